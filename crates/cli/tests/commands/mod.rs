//! The commands that `kmodctl` has, as its help lists them.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a part of tests")]

use std::collections::BTreeSet;
use std::process::{Command, Output};

/// The commands that `kmodctl --help` lists; those with commands of their own by these, with `-`
/// between both words.
pub fn commands() -> BTreeSet<String> {
    let mut commands = BTreeSet::new();
    for name in listed(&help(&[])) {
        let own = listed(&help(&[&name]));
        if own.is_empty() {
            commands.insert(name.clone());
        }
        commands.extend(own.iter().map(|own| format!("{name}-{own}")));
    }
    assert!(commands.len() > 10, "{commands:?}");
    commands
}

fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
    let output: Output = command.args(words).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn listed(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}
