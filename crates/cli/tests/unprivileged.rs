//! Whoever is not root gets a sentence and never a trace: from every command, on a host where some
//! files may be read by root only, and on the machine that runs the test.
#![allow(clippy::panic, clippy::unwrap_used)]

mod commands;
mod host;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use host::Host;

const HOST: &str = "
kernel 6.1.0
module e1000e ptp
| parm=copybreak:Maximum size
| parmtype=copybreak:uint
module ptp
module nfsd
alias fs-nfsd nfsd
loaded e1000e uses=0
loaded ptp by=e1000e
parameter e1000e copybreak 256
parameter e1000e hidden 1
device pci0000:00/0000:00:1f.6 pci:v00008086d000010D3 driver=e1000e module=e1000e
file etc/modprobe.d/secret.conf
| blacklist nfsd
file proc/kallsyms
| 0
file proc/cmdline
| quiet
file boot/config-6.1.0
| CONFIG_E1000E=m
image boot/initrd.img-6.1.0
| usr/lib/modules/6.1.0/kernel/nfsd.ko
";

/// What only root may read there.
const SECRET: [&str; 5] = [
    "etc/modprobe.d/secret.conf",
    "proc/kallsyms",
    "boot/config-6.1.0",
    "boot/initrd.img-6.1.0",
    "sys/module/e1000e/parameters/hidden",
];

/// Where nothing may be written.
const DIRECTORIES: [&str; 4] = ["", "boot", "etc", "etc/modprobe.d"];

/// Every command; of those that change something what they plan, and the change itself, which ends
/// in a sentence as well.
const COMMANDS: [&str; 36] = [
    "status",
    "list",
    "list --all",
    "list --builtin",
    "list --tree",
    "list --signer",
    "info e1000e",
    "info --aliases nfsd",
    "load nfsd -n",
    "load nfsd",
    "unload e1000e -n",
    "unload e1000e",
    "block nfsd -n",
    "block nfsd",
    "block --only /dev/null -n",
    "block --only /dev/null",
    "unblock nfsd",
    "unblock --only",
    "verify-block nfsd",
    "verify-block nfsd --all",
    "param list e1000e",
    "param get e1000e.copybreak",
    "param get e1000e.hidden",
    "param set e1000e.copybreak=1",
    "param keep e1000e.copybreak=1 -n",
    "param keep e1000e.copybreak=1",
    "param forget e1000e",
    "param diff",
    "boot list",
    "boot add e1000e",
    "boot remove e1000e",
    "why e1000e",
    "why-not nfsd",
    "devices",
    "graph e1000e",
    "graph e1000e --svg",
];

/// Words that must be in what is told of the host.
const TOLD: [(&str, &str); 7] = [
    ("status", "secret.conf: Permission denied"),
    ("info e1000e", "no kernel's configuration is installed here"),
    ("block nfsd", "cannot be written (Permission denied)"),
    ("verify-block nfsd", "initrd.img-6.1.0 cannot be read: Permission denied"),
    ("param get e1000e.copybreak", "256"),
    ("param keep e1000e.copybreak=1", "cannot be written (Permission denied)"),
    ("boot add e1000e", "cannot be written (Permission denied)"),
];

#[test]
fn nobody_gets_sentences() {
    let host = Host::new(HOST);
    let mode = |path: &str, mode| {
        let path = host.root().join(path);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    };
    let program = program(host.root());
    SECRET.iter().for_each(|path| mode(path, 0));
    DIRECTORIES.iter().for_each(|path| mode(path, 0o555));
    for line in COMMANDS {
        let output = run(&program, line, Some(host.root()));
        check(line, &output);
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        for (_, words) in TOLD.iter().filter(|(command, _)| *command == line) {
            assert!(told.contains(words), "`{line}` does not say `{words}`:\n{told}");
        }
        check_json(line, &run(&program, &format!("{line} --json"), Some(host.root())));
        // What this machine has is not known here: only that it is told in sentences. What would
        // change it is not tried, whoever runs the test.
        let acts = ["load", "unload", "block", "unblock", "set", "keep", "forget", "add", "remove"];
        let acts = line.split(' ').any(|word| acts.contains(&word)) && !line.ends_with(" -n");
        if !acts {
            check(line, &run(&program, line, None));
            check_json(line, &run(&program, &format!("{line} --json"), None));
        }
    }
    // So that whoever it belongs to can remove it.
    DIRECTORIES.iter().for_each(|path| mode(path, 0o755));
}

#[test]
fn every_command_is_tried() {
    for name in commands::commands() {
        let words = match name.as_str() {
            "verify-block" | "why-not" => name,
            name => name.replace('-', " "),
        };
        let is_tried = |line: &str| format!("{line} ").starts_with(&format!("{words} "));
        assert!(COMMANDS.iter().any(|line| is_tried(line)), "add `{words}` to COMMANDS");
    }
}

/// The program where everybody may run it.
fn program(directory: &Path) -> PathBuf {
    let program = directory.join("kmodctl");
    // Another test of this process may start a program meanwhile, which has our open files for a
    // moment; and what is open to be written cannot be run.
    let cp = Command::new("cp").arg(env!("CARGO_BIN_EXE_kmodctl")).arg(&program).status();
    assert!(cp.unwrap().success());
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program
}

/// Runs a command as somebody without rights.
fn run(program: &Path, line: &str, root: Option<&Path>) -> Output {
    let id = Command::new("id").arg("-u").output().unwrap();
    let mut command = match id.stdout == b"0\n" {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
            command
        }
        false => Command::new(program),
    };
    command.args(line.split(' ')).env("RUST_BACKTRACE", "1").current_dir("/");
    if let Some(root) = root {
        command.arg("--root").arg(root);
    }
    command.output().unwrap()
}

/// An answer, or a problem with its cause.
fn check(line: &str, output: &Output) {
    const BEGINNINGS: [&str; 7] =
        ["error: ", "warning: ", " cause: ", "  seen: ", "   fix: ", "     fix: ", "    or: "];
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let is_sentence = |line: &str| BEGINNINGS.iter().any(|start| line.starts_with(start));
    assert!(said.lines().all(is_sentence), "{line}:\n{said}");
    assert!(matches!(output.status.code(), Some(0..=2)), "{line}: {}\n{said}", output.status);
    if output.status.code() == Some(1) && !line.starts_with("verify-block") {
        assert!(said.starts_with("error: ") && said.contains(" cause: "), "{line}:\n{said}");
    }
}

fn check_json(line: &str, output: &Output) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["schema"], 1, "{line}");
}
