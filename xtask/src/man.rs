//! `cargo xtask man`: checks the manual pages in `dist/man`: that mandoc and groff find no fault,
//! that pages they refer to are there, and that each has the options of its tool. Also knows, for
//! the check of the completions, which options a page describes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{apt, cache, progress, shell};

/// Pages of other packages that ours refer to.
const OTHERS: [&str; 3] = ["dmesg 1", "systemd-tmpfiles 8", "udev 7"];

/// The section of options that tools understand and nobody should use.
const OLD: &str = "\n.Ss Options of other versions of kmod\n";

/// Checks all pages; the error lists everything that is wrong.
pub fn check() -> Result<()> {
    apt::install(&["groff-base", "mandoc"])?;
    let pages = pages()?;
    let mut faults = Vec::new();
    for page in &pages {
        faults.extend(faults_by_mandoc(page)?);
        faults.extend(faults_by_groff(page)?);
        faults.extend(missing_references(page)?);
    }
    ensure!(faults.is_empty(), "the manual pages are at fault:\n  {}", faults.join("\n  "));
    let words = ["test", "--quiet", "--locked", "--package", "kmod", "every_option"];
    shell::run(Command::new(env!("CARGO")).args(words).current_dir(cache::workspace()))?;
    progress::line(&format!("man: {} pages in order", pages.len()));
    Ok(())
}

/// The options that a page describes, without those of other versions: `-a`, `--all`. Of one of
/// its subsections, when its title is given.
pub fn options(page: &str, section: Option<&str>) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(directory().join(page)).with_context(|| page.to_owned())?;
    let mut text = text.as_str();
    if let Some(title) = section {
        let heading = format!("\n.Ss {title}\n");
        let (_, below) = text.split_once(&heading).with_context(|| format!("{page}: {title}"))?;
        text = below.split("\n.S").next().unwrap_or_default();
    }
    if let Some((before, below)) = text.split_once(OLD) {
        let after = below.find("\n.S").map_or("", |end| &below[end..]);
        return Ok(named(before).chain(named(after)).collect());
    }
    Ok(named(text).collect())
}

/// The pages of kmodctl and its commands, each with the commands of a command that it describes.
pub fn kmodctl_pages() -> Result<Vec<(String, Vec<String>)>> {
    let mut pages = Vec::new();
    for path in self::pages()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("kmodctl") && name != "kmodctl-autoload.8" {
            let text = fs::read_to_string(&path)?;
            let titles = text.lines().filter_map(|line| line.strip_prefix(".Ss Of "));
            pages.push((name, titles.map(str::to_owned).collect()));
        }
    }
    Ok(pages)
}

/// The options in lines such as `.It Fl C Ar path , Fl -config Ns = Ns Ar path`.
fn named(text: &str) -> impl Iterator<Item = String> + '_ {
    let lines = text.lines().filter_map(|line| line.strip_prefix(".It Fl "));
    lines.flat_map(|line| line.split(" , ")).map(|option| {
        let name = option.strip_prefix("Fl ").unwrap_or(option);
        format!("-{}", name.split(' ').next().unwrap_or_default())
    })
}

fn directory() -> PathBuf {
    cache::workspace().join("dist/man")
}

fn pages() -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(directory())? {
        pages.push(entry?.path());
    }
    pages.sort();
    ensure!(!pages.is_empty(), "no page in {}", directory().display());
    Ok(pages)
}

/// mandoc's complaints; whether other pages are installed here is not among them.
fn faults_by_mandoc(page: &Path) -> Result<Vec<String>> {
    let mut command = shell::command("mandoc", ["-T", "lint", "-W", "style"]);
    let output = command.arg(page).output().context("cannot run mandoc")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let of_here = |line: &&str| line.contains("referenced manual") || line.contains("mandoc.db");
    Ok(said.lines().filter(|line| !of_here(line)).map(str::to_owned).collect())
}

fn faults_by_groff(page: &Path) -> Result<Vec<String>> {
    let mut command = shell::command("groff", ["-mandoc", "-ww", "-Tutf8"]);
    let output = command.arg(page).output().context("cannot run groff")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut faults: Vec<String> =
        said.lines().map(|line| format!("{}: {line}", page.display())).collect();
    if !output.status.success() {
        faults.push(format!("{}: groff: {}", page.display(), output.status));
    }
    Ok(faults)
}

fn missing_references(page: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(page)?;
    let mut faults = Vec::new();
    for reference in text.lines().filter_map(|line| line.strip_prefix(".Xr ")) {
        let words: Vec<&str> = reference.split(' ').take(2).collect();
        let ours = directory().join(words.join(".")).exists();
        if !ours && !OTHERS.contains(&words.join(" ").as_str()) {
            faults.push(format!("{}: there is no {}", page.display(), words.join(" ")));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_other_versions_are_left_out() {
        let shown = |page, section| {
            let options = options(page, section).unwrap();
            options.into_iter().collect::<Vec<_>>().join(" ")
        };
        let insmod = "--force --help --syslog --verbose --version -V -f -h -s -v";
        assert_eq!(shown("insmod.8", None), insmod);
        let nodes = "--format --help --output -f -h -o";
        assert_eq!(shown("kmod.8", Some("Of kmod static-nodes")), nodes);
        assert!(options("insmod.8", Some("Of nothing")).is_err());
    }

    #[test]
    fn pages_of_kmodctl_say_which_commands_they_describe() {
        let pages = kmodctl_pages().unwrap();
        let boot = pages.iter().find(|(name, _)| name == "kmodctl-boot.8").unwrap();
        let commands = ["kmodctl boot list", "kmodctl boot add", "kmodctl boot remove"];
        assert_eq!(boot.1, commands);
        assert!(pages.iter().any(|(name, parts)| name == "kmodctl.8" && parts.is_empty()));
    }
}
