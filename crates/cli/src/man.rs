//! The manual pages `dist/man/kmodctl*.8`, made of the same definitions as the help: one of
//! `kmodctl`, one of each of its commands. Made by the test below only; the binary has none of it.
//!
//! `KMODCTL_MAN=write cargo test -p kmodctl-cli man` writes them.
#![allow(clippy::panic, clippy::unwrap_used)]

mod examples;
mod mdoc;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory, Parser};

use crate::arguments::Arguments;

/// The pages that are of other programs.
const OTHERS: [&str; 1] = ["kmodctl-autoload.8"];

#[test]
fn man_pages_are_those_of_the_definitions() {
    let made = pages();
    let directory = directory();
    if std::env::var("KMODCTL_MAN").as_deref() == Ok("write") {
        kept().iter().for_each(|(name, _)| fs::remove_file(directory.join(name)).unwrap());
        made.iter().for_each(|(name, text)| fs::write(directory.join(name), text).unwrap());
    }
    let kept = kept();
    let differ: Vec<&String> =
        made.keys().chain(kept.keys()).filter(|name| made.get(*name) != kept.get(*name)).collect();
    assert!(
        differ.is_empty(),
        "dist/man: not as the definitions have it: {differ:?}\n\
         write them: KMODCTL_MAN=write cargo test -p kmodctl-cli man"
    );
}

/// Every command has examples, and each of them is one that `kmodctl` understands.
#[test]
fn man_examples_are_understood() {
    for command in leaves(&definitions()) {
        let shown = examples::of(&command);
        let name = command.get_bin_name().unwrap().to_owned();
        assert!(!shown.is_empty(), "`{name}` lacks `after_help = \"Examples:\\n  …\"`");
        for example in shown {
            let line = example.command.split(" | ").next().unwrap();
            let words = line.split(" > ").next().unwrap().split(' ');
            assert!(line.starts_with(&name), "an example of `{name}` is about another: {line}");
            if let Err(no) = Arguments::try_parse_from(words) {
                panic!("{line}\n{no}");
            }
        }
    }
}

/// All commands, with what clap adds to them.
fn definitions() -> Command {
    let mut command = Arguments::command();
    command.build();
    command
}

/// The commands of a command that a page speaks of.
fn own(command: &Command) -> Vec<&Command> {
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    command.get_subcommands().filter(shown).collect()
}

/// The commands that have none of their own.
fn leaves(command: &Command) -> Vec<Command> {
    let own = own(command);
    if own.is_empty() {
        return vec![command.clone()];
    }
    own.into_iter().flat_map(leaves).collect()
}

fn pages() -> BTreeMap<String, String> {
    let all = definitions();
    let of_commands = own(&all).into_iter().map(page::of_command);
    of_commands.chain([page::of_all(&all)]).collect()
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/man")
}

/// The pages that are kept.
fn kept() -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    named
        .filter(|(name, _)| name.starts_with("kmodctl") && !OTHERS.contains(&name.as_str()))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect()
}
