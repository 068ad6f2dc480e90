//! Every module of a tree that ships a soft dependency, blocked by kmodctl and asked for by the
//! modprobe that is installed, in its dry run. `cargo xtask test` names the tree by
//! `KMODCTL_MODULE_TREE`; without one a line says that nothing was compared.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn stock_modprobe_is_kept_from_every_module_with_a_softdep() {
    let Some(tree) = std::env::var_os("KMODCTL_MODULE_TREE").map(PathBuf::from) else {
        println!("KMODCTL_MODULE_TREE is not set: nothing is compared");
        return;
    };
    let host = tempfile::tempdir().unwrap();
    let release = tree.file_name().unwrap().to_str().unwrap();
    fs::create_dir_all(host.path().join("lib/modules")).unwrap();
    symlink(&tree, host.path().join("lib/modules").join(release)).unwrap();
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
        let gets_in = |module: &&&str| gets_in(host.path(), release, configuration, module);
        modules.iter().filter(gets_in).copied().collect()
    };
    assert_eq!(leaks(ours.parent().unwrap()), [""; 0]);

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
    assert!(leaks(&recipe).len() > 20, "{:?}", leaks(&recipe));
}

/// Whether the dry run of the installed modprobe inserts the module itself.
fn gets_in(root: &Path, release: &str, configuration: &Path, module: &str) -> bool {
    let mut modprobe = Command::new("/sbin/modprobe");
    modprobe.args(["-n", "-v", "-S", release, "-d"]).arg(root).arg("-C").arg(configuration);
    let output = modprobe.arg(module).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| -> Option<String> {
        let file = line.strip_prefix("insmod ")?.split(' ').next()?.rsplit('/').next()?;
        Some(file.split('.').next()?.replace('-', "_"))
    };
    text.lines().filter_map(name).any(|inserted| inserted == module.replace('-', "_"))
}
