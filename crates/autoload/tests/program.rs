//! The program as a whole, in dry runs on the machine that the tests run on: exit codes, streams,
//! and that every line is one.
#![allow(clippy::unwrap_used)]

use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kmodctl-autoload"))
}

fn run(line: &str) -> Output {
    program().args(line.split_whitespace()).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_64() {
    let table = [
        ("", "say what to do: --coldplug, --daemon or --modules-load (see --help)"),
        ("--daemons", "invalid option '--daemons'"),
        ("--coldplug x", "files are for --modules-load"),
    ];
    for (line, complaint) in table {
        let output = run(line);
        assert_eq!(output.status.code(), Some(64), "{line}");
        assert_eq!(text(&output.stderr), format!("kmodctl-autoload: {complaint}\n"), "{line}");
        assert_eq!(text(&output.stdout), "", "{line}");
    }
}

#[test]
fn help_and_version_are_data() {
    let help = run("--help");
    assert_eq!((help.status.code(), text(&help.stderr)), (Some(0), String::new()));
    assert!(text(&help.stdout).starts_with("Usage: kmodctl-autoload --coldplug"));
    let version = text(&run("--coldplug --version").stdout);
    assert_eq!(version, concat!("kmodctl-autoload ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_dry_coldplug_tells_one_line_a_decision_and_adds_up() {
    let output = run("--coldplug --dry-run --settle 0");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let first = lines.lines().next().unwrap();
    assert!(first.starts_with("event=start ") || first.starts_with("event=complaint "), "{first}");
    let statistics = lines.lines().last().unwrap();
    let number = |key: &str| -> usize {
        let mut words = statistics.split(' ');
        words.find_map(|word| word.strip_prefix(key)?.strip_prefix('=')?.parse().ok()).unwrap()
    };
    let outcomes = [
        "already_loaded",
        "built_in",
        "blacklisted",
        "no_module",
        "would_load",
        "failed",
        "loaded",
    ];
    let decisions = lines.lines().filter(|line| line.starts_with("event=decision ")).count();
    assert_eq!(outcomes.map(number).iter().sum::<usize>(), decisions, "{statistics}");
    assert_eq!((number("loaded"), number("coldplugs")), (0, 1), "{statistics}");
    assert!(number("devices") > 0, "{statistics}");
}

#[test]
fn json_lines_are_objects_and_the_statistics_have_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stats");
    let words = ["--coldplug", "-n", "-J", "--settle=0", "--priority-prefix", "--stats"];
    let output = program().args(words).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    for line in text(&output.stdout).lines() {
        let (priority, object) = line.split_once('>').unwrap();
        assert!(["<3", "<4", "<6", "<7"].contains(&priority), "{line}");
        assert!(
            object.starts_with("{\"schema\":1,\"event\":\"") && object.ends_with('}'),
            "{line}"
        );
    }
    let statistics = std::fs::read_to_string(&file).unwrap();
    assert!(statistics.starts_with("{\"schema\":1,\"event\":\"statistics\""), "{statistics}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut command = program();
    command.args(["--coldplug", "-n", "--settle=0", "--log=stdout"]).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said), (Some(0), String::new()));
}

#[test]
fn it_is_a_loader_of_boot_lists_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("systemd-modules-load");
    symlink(env!("CARGO_BIN_EXE_kmodctl-autoload"), &link).unwrap();
    let list = directory.path().join("list");
    std::fs::write(&list, "# nothing\nno-such-module-anywhere\n").unwrap();
    let run = |words: &[&str]| Command::new(&link).args(words).output().unwrap();
    let list = list.to_str().unwrap();
    let output = run(&["-n", list]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stdout),
        format!(
            "event=decision outcome=no-module query=no-such-module-anywhere source=boot-list \
             file={list} line=2\n"
        )
    );
    let output = run(&["-n", "/nowhere/list", list]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.starts_with("event=list-unreadable code=file-unreadable cause="), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
    assert_eq!(run(&["--nonsense"]).status.code(), Some(1));
}
