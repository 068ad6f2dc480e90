//! Commands that write a file of kmodctl's own, killed at each call to the kernel that has to do with
//! files: what is found then is the old file or the new one, and the command, run again, makes the
//! new one. `strace` does the killing.
#![allow(clippy::unwrap_used, clippy::panic)]

mod host;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use host::Host;

const HOST: &str = "
    kernel 6.1.0
    module loop
    | parmtype=max_loop:int
    module nfsd
    loaded loop
    device pci0/0 pci:v1
";

/// Calls that open, change, name or remove files; those this machine does not have are left out.
const CALLS: [&str; 11] = [
    "openat",
    "write",
    "fsync",
    "fchmod",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
];

/// The words that prepare a host, the words that are killed, and the file that they write.
const TABLE: [(&[&str], &[&str], &str); 6] = [
    (&[], &["param", "keep", "loop.max_loop=8"], "etc/modprobe.d/zz-kmodctl-parameters.conf"),
    (
        &["param", "keep", "loop.max_loop=8"],
        &["param", "keep", "loop.max_loop=16"],
        "etc/modprobe.d/zz-kmodctl-parameters.conf",
    ),
    (
        &["param", "keep", "loop.max_loop=8"],
        &["param", "forget", "loop"],
        "etc/modprobe.d/zz-kmodctl-parameters.conf",
    ),
    (&["boot", "add", "nfsd"], &["boot", "add", "loop"], "etc/modules-load.d/kmodctl.conf"),
    (&["block", "nfsd"], &["block", "loop"], "etc/modprobe.d/00-kmodctl-block.conf"),
    (&[], &["block", "--only", "/dev/null"], "etc/modprobe.d/01-kmodctl-only.conf"),
];

#[test]
fn killed_at_every_call() {
    let runs = TABLE.map(|(before, words, file)| {
        std::thread::spawn(move || killed_at_calls(before, words, file))
    });
    let kills: usize = runs.map(|run| run.join().unwrap()).iter().sum();
    println!("killed {kills} times");
    assert!(kills > 6 * 20, "{kills}");
}

fn killed_at_calls(before: &[&str], words: &[&str], file: &str) -> usize {
    let old = content(&prepared(before), file);
    let host = prepared(before);
    assert!(kmodctl(&host, words).status().unwrap().success(), "{words:?}");
    let new = content(&host, file);
    assert_ne!(old, new, "{words:?}");
    CALLS.iter().map(|call| killed_at(call, before, words, file, &[&old, &new])).sum()
}

/// Kills a command at the first, the second, … of its calls of a name, until it comes to its end.
fn killed_at(
    call: &str,
    before: &[&str],
    words: &[&str],
    file: &str,
    expected: &[&Option<Vec<u8>>; 2],
) -> usize {
    const MOST: usize = 500;
    for number in 1..MOST {
        let host = prepared(before);
        let mut strace = Command::new("strace");
        strace.args(["-qq", "-o", "/dev/null", "-e"]);
        strace.arg(format!("inject=?{call}:signal=KILL:when={number}"));
        strace.arg(env!("CARGO_BIN_EXE_kmodctl")).args(words).arg("--root").arg(host.root());
        let status = strace.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        let found = content(&host, file);
        let at = format!("{words:?} at {call} {number}");
        assert!(expected.contains(&&found), "{at}: {found:?}");
        if status.signal().is_none() {
            assert_eq!((status.code(), &found), (Some(0), expected[1]), "{at}");
            return number - 1;
        }
        let again = kmodctl(&host, words).output().unwrap();
        let done = again.status.success() || words.contains(&"forget");
        assert!(done && &content(&host, file) == expected[1], "{at}: {again:?}");
    }
    panic!("{words:?} has no end of {call}");
}

fn prepared(words: &[&str]) -> Host {
    let host = Host::new(HOST);
    if !words.is_empty() {
        assert!(kmodctl(&host, words).status().unwrap().success(), "{words:?}");
    }
    host
}

fn kmodctl(host: &Host, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
    command.args(words).arg("--root").arg(host.root()).stdout(Stdio::null());
    command
}

fn content(host: &Host, file: &str) -> Option<Vec<u8>> {
    fs::read(host.root().join(file)).ok()
}
