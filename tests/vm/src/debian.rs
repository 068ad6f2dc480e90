//! Whole Debian systems with kmod or with ours: what a guest reports about itself when it is
//! up, and what is in an initramfs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xtask::debian::root::Root;
use xtask::{cache, package, shell};

const REPORT: &str = include_str!("debian/report.sh");
const WATCH: &str = include_str!("debian/watch.c");

/// Unpacks the initramfs $1 and says where it has files of each of the names that follow, and
/// of what content.
const LOOK: &str = r#"
directory=$(mktemp -d)
unmkinitramfs "/boot/$1" "$directory"
cd "$directory"
find . -type f \( -name kmod -o -name 'libkmod.so*' -o -name 'probe_module.ko*' \) |
	while read -r file; do md5sum "$file"; done
find . -name modprobe -exec readlink -f {} ';' | sed "s|^$directory||"
rm -rf "$directory"
"#;

/// What a guest said, by the names of its parts.
#[derive(Debug)]
pub struct Report(BTreeMap<String, String>);

impl Report {
    /// Takes a guest's text apart: `== NAME` begins a part.
    pub fn new(text: &str) -> Report {
        let parts = text.split("== ").skip(1).filter_map(|part| part.split_once('\n'));
        Report(parts.map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
    }

    /// The text of a part.
    pub fn part(&self, name: &str) -> &str {
        self.0.get(name).map_or_else(|| panic!("no part `{name}`: {:?}", self.0), String::as_str)
    }

    /// The names of all programs that loaded a module, as the kernel's trace has them.
    pub fn loaders(&self, module: &str) -> BTreeSet<&str> {
        let lines = self.part("loaders").lines().filter_map(|line| line.rsplit_once(' '));
        lines.filter(|(_, loaded)| *loaded == module).map(|(program, _)| program).collect()
    }

    /// How long udev took at boot, in seconds.
    pub fn settled(&self) -> Result<f64> {
        let part = self.part("settle");
        let mut lines = part.lines().map(str::parse::<f64>);
        let (begin, end) = (lines.next().context("no begin")??, lines.next().context("no end")??);
        Ok((end - begin) / 1e6)
    }

    /// How long it took each time that udev was told of every device again, in seconds.
    pub fn turns(&self, part: &str) -> Result<Vec<f64>> {
        let pairs = self.part(part).lines().filter_map(|line| line.split_once(' '));
        let turn = |(before, after): (&str, &str)| {
            anyhow::Ok(after.parse::<f64>()? - before.parse::<f64>()?)
        };
        let turns = pairs.map(turn).collect::<Result<Vec<f64>>>()?;
        ensure!(turns.len() == 3, "{part}: {turns:?}");
        Ok(turns)
    }
}

/// The script of a report, and then `more`.
pub fn report(more: &str) -> String {
    format!("{REPORT}\n{more}")
}

/// Puts into a system what the tests use in it: the packages for its release, the program
/// that watches the library, a module to be loaded at boot.
pub fn prepare(root: &Root, release: xtask::debian::Release) -> Result<()> {
    let watch = watch(release.name)?;
    root.copy_in(&watch, "root/watch")?;
    fs::remove_file(watch)?;
    for entry in fs::read_dir(package::of(release))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            let name = path.file_name().context("no name")?.to_string_lossy().into_owned();
            root.copy_in(&path, &format!("root/packages/{name}"))?;
        }
    }
    root.write("etc/modules-load.d/probe.conf", "dummy\n")
}

/// Builds the program that watches the library; `name` tells tests apart that run together.
fn watch(name: &str) -> Result<PathBuf> {
    let directory = cache::directory()?.join("guests");
    fs::create_dir_all(&directory)?;
    let program = directory.join(format!("watch-{name}-{}", std::process::id()));
    let source = program.with_extension("c");
    fs::write(&source, WATCH)?;
    let mut gcc = Command::new("gcc");
    gcc.args(["-O2", "-Wall", "-Werror", "-D_GNU_SOURCE", "-o"]).arg(&program).arg(&source);
    shell::quietly(&mut gcc)?;
    fs::remove_file(source)?;
    Ok(program)
}

/// Files of an initramfs: the sum of each, by its path; and where `modprobe` leads.
pub fn initramfs(root: &Root, name: &str) -> Result<Vec<(String, String)>> {
    let text = root.run(&format!("set -- {name}\n{LOOK}"))?;
    ensure!(!text.is_empty(), "{name} has none of the files");
    let files = text.lines().map(|line| {
        let (sum, path) = line.split_once("  ").unwrap_or(("", line));
        (path.trim_start_matches('.').to_owned(), sum.to_owned())
    });
    Ok(files.collect())
}

/// The sums that a file of this machine may have in an initramfs: its own, and its own without
/// symbols for debugging, which dracut takes away.
pub fn sums(root: &Root, file: &Path) -> Result<BTreeSet<String>> {
    root.copy_in(file, "root/plain")?;
    let script = "cd /root; cp plain stripped; strip -g -p stripped; md5sum plain stripped";
    let text = root.run(script)?;
    Ok(text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}
