//! Every module of whole trees that ships a soft dependency, blocked by kmodctl and asked for in the dry
//! run of the modprobe that is installed and of kmod 34.2's. `cargo xtask test` names the trees by
//! `KMODCTL_MODULE_TREES` and kmod 34.2 by `KMODCTL_THEIRS`; without them a line says that nothing was
//! compared.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn stock_modprobe_is_kept_from_every_module_with_a_softdep() {
    let Some(trees) = std::env::var_os("KMODCTL_MODULE_TREES") else {
        println!("KMODCTL_MODULE_TREES is not set: nothing is compared");
        return;
    };
    for tree in std::env::split_paths(&trees) {
        for modprobe in modprobes() {
            check(&tree, &modprobe);
        }
    }
}

/// Each modprobe as the words that run it.
fn modprobes() -> Vec<Vec<String>> {
    let mut modprobes = vec![vec!["/sbin/modprobe".to_owned()]];
    if let Some(theirs) = std::env::var_os("KMODCTL_THEIRS").map(PathBuf::from) {
        let words = fs::read_to_string(theirs.join("command")).unwrap();
        modprobes.push(words.lines().map(|word| word.replace("{argv0}", "modprobe")).collect());
    }
    modprobes
}

fn check(tree: &Path, modprobe: &[String]) {
    let host = tempfile::tempdir().unwrap();
    let release = tree.file_name().unwrap().to_str().unwrap();
    fs::create_dir_all(host.path().join("lib/modules")).unwrap();
    symlink(tree, host.path().join("lib/modules").join(release)).unwrap();
    let softdeps = fs::read_to_string(tree.join("modules.softdep")).unwrap();
    let mut modules: Vec<&str> = softdeps
        .lines()
        .filter_map(|line| line.strip_prefix("softdep ")?.split(' ').next())
        .collect();
    modules.sort_unstable();
    modules.dedup();
    assert!(modules.len() > 20, "{modules:?}");

    let mut kmodctl = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
    let output = kmodctl.arg("block").args(&modules).arg("--root").arg(host.path()).output();
    assert!(output.unwrap().status.success());
    let ours = host.path().join("etc/modprobe.d/00-kmodctl-block.conf");
    let leaks = |configuration: &Path| -> Vec<&str> {
        let question = |module: &&&str| gets_in(modprobe, host.path(), configuration, module);
        modules.iter().filter(question).copied().collect()
    };
    assert_eq!(leaks(ours.parent().unwrap()), [""; 0], "{modprobe:?}");

    // The same lines without the cure, as recipes have them: most of the modules get in.
    let recipe = host.path().join("recipe");
    fs::create_dir(&recipe).unwrap();
    let lines = fs::read_to_string(ours).unwrap();
    let lines: String = lines
        .lines()
        .filter(|line| !line.starts_with("softdep"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(recipe.join("a.conf"), lines).unwrap();
    assert!(leaks(&recipe).len() > 20, "{modprobe:?}: {:?}", leaks(&recipe));
}

/// Whether the dry run of a modprobe inserts the module itself; `root` has one kernel's tree.
fn gets_in(modprobe: &[String], root: &Path, configuration: &Path, module: &str) -> bool {
    let tree = fs::read_dir(root.join("lib/modules")).unwrap().next().unwrap().unwrap();
    let mut command = Command::new(&modprobe[0]);
    command.args(&modprobe[1..]).args(["-n", "-v", "-S"]).arg(tree.file_name());
    command.arg("-d").arg(root).arg("-C").arg(configuration);
    let output = command.arg(module).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| -> Option<String> {
        let file = line.strip_prefix("insmod ")?.split(' ').next()?.rsplit('/').next()?;
        Some(file.split('.').next()?.replace('-', "_"))
    };
    text.lines().filter_map(name).any(|inserted| inserted == module.replace('-', "_"))
}
