//! Sessions on hosts made of text: `tests/sessions/NAME.txt` is a host, a line `---`, and commands
//! with what each prints. A line `# kmodctl …` is typed, with `--root` of the host; then come the
//! lines of its standard output as they are, those of its standard error after `! `, and `= N` when
//! its exit code is not 0. `# cat PATH` (each line after `| `) and `# ls PATH` show files of the host, `-- WORDS` says what
//! follows. JSON is shown with indents; `answers.rs` holds every answer against its published schema.
//!
//! `docs/guide/*.md` are sessions as well: the host stands in a comment `<!-- host`, the commands in
//! blocks of `console`.
//!
//! Whatever a session is about, a command with `--dry-run` changes no byte of the host.
//!
//! `KMODCTL_SESSIONS=write` writes what happened into the session instead of comparing.
#![allow(clippy::panic, clippy::unwrap_used)]

mod host;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use host::Host;

#[test]
fn sessions() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut files: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut failed = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let (host, session) = text.split_once("---\n").unwrap();
        let found = format!("{host}---\n{}", replayed(&Host::new(host), session));
        if std::env::var("KMODCTL_SESSIONS").as_deref() == Ok("write") {
            fs::write(&file, found).unwrap();
        } else if found != text {
            failed.push(format!("{}\n{}", file.display(), differences(&text, &found)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn guides() {
    let mut failed = Vec::new();
    for name in [
        "blocking.md",
        "boot-list.md",
        "explaining.md",
        "from-blacklist-recipes.md",
        "from-kmod.md",
        "graph.md",
        "parameters.md",
        "verify-block.md",
    ] {
        let file = guide(name);
        let text = fs::read_to_string(&file).unwrap();
        let found = guided(&text);
        if std::env::var("KMODCTL_SESSIONS").as_deref() == Ok("write") {
            fs::write(&file, found).unwrap();
        } else if found != text {
            failed.push(format!("{}\n{}", file.display(), differences(&text, &found)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn guide(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name)
}

/// A guide with the answers that are given now.
fn guided(text: &str) -> String {
    const OPEN: &str = "```console\n";
    let (_, rest) = text.split_once("<!-- host\n").unwrap();
    let host = Host::new(rest.split_once("-->").unwrap().0);
    let mut parts = text.split(OPEN);
    let mut found = parts.next().unwrap().to_owned();
    for part in parts {
        let (session, after) = part.split_once("```\n").unwrap();
        found += &format!("{OPEN}{}```\n{after}", replayed(&host, session));
    }
    found
}

/// A session with the answers that are given now.
fn replayed(host: &Host, session: &str) -> String {
    let mut text = String::new();
    for line in session.lines() {
        if line.starts_with("-- ") {
            let gap = if text.is_empty() { "" } else { "\n" };
            text += &format!("{gap}{line}\n");
        } else if let Some(command) = line.strip_prefix("# ") {
            text += &format!("{line}\n{}", answer(host, command));
        }
    }
    text
}

fn answer(host: &Host, command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["cat", path] => {
            let text = fs::read_to_string(host.root().join(path)).unwrap();
            text.lines().map(|line| format!("| {line}").trim_end().to_owned() + "\n").collect()
        }
        ["ls", path] => {
            let entries = fs::read_dir(host.root().join(path)).unwrap();
            let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
            let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap()) + "\n").collect();
            names.sort();
            names.concat()
        }
        ["kmodctl", words @ ..] => run(host, words),
        _ => panic!("what is `{command}`?"),
    }
}

fn run(host: &Host, words: &[&str]) -> String {
    let before = words.contains(&"--dry-run").then(|| host.snapshot());
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
    command.args(words).arg("--root").arg(host.root()).env("PATH", "/nowhere");
    command.current_dir(host.root());
    let output = command.output().unwrap();
    if let Some(before) = before {
        assert!(before == host.snapshot(), "a dry run changes nothing: {words:?}");
    }
    let mut stdout = String::from_utf8(output.stdout).unwrap();
    if words.contains(&"-J") && !stdout.is_empty() {
        let value: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        stdout = format!("{value:#}\n");
    }
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stderr: String = stderr.lines().map(|line| format!("! {line}\n")).collect();
    let code = output.status.code().unwrap();
    let code = if code == 0 { String::new() } else { format!("= {code}\n") };
    let root = host.root().to_str().unwrap();
    let text = stdout + &stderr + &code;
    text.replace(&format!("-b {root} "), "-b ROOT ").replace(root, "")
}

/// The commands whose answers differ, with both answers.
fn differences(expected: &str, found: &str) -> String {
    let blocks = |text: &str| text.split("\n# ").map(str::to_owned).collect::<Vec<_>>();
    let (expected, found) = (blocks(expected), blocks(found));
    let mut shown = String::new();
    for (expected, found) in expected.iter().zip(&found).filter(|(a, b)| a != b) {
        shown += &format!("---- expected\n# {expected}\n---- found\n# {found}\n");
    }
    shown
}
