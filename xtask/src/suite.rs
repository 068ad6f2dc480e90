//! `cargo xtask test`: every layer of tests, one stage after the other, each with its time. A
//! stage that fails is named at the end and fails the whole; the others still run.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::{
    binary, cache, completions, fetch, fuzz, house, instructions, kernels, libkmod, licences, man,
    msrv, package, progress, shell, theirs,
};

/// One stage, in the order of the table.
#[derive(Debug)]
struct Stage {
    name: &'static str,
    run: fn() -> Result<()>,
    /// Whether it runs the built binary, or what was fetched.
    prepared: bool,
}

const STAGES: [Stage; 24] = [
    Stage { name: "fetch", run: fetch::everything, prepared: false },
    Stage { name: "build", run: binary::build, prepared: false },
    Stage { name: "libkmod", run: libkmod::build_for_tests, prepared: false },
    Stage { name: "fmt", run: fmt, prepared: false },
    Stage { name: "clippy", run: clippy, prepared: false },
    Stage { name: "house", run: house::check, prepared: false },
    Stage { name: "licences", run: licences::check, prepared: false },
    Stage { name: "unit", run: unit, prepared: true },
    Stage { name: "man", run: man::check, prepared: false },
    Stage { name: "completions", run: completions::check, prepared: true },
    Stage { name: "compliance", run: compliance, prepared: true },
    Stage { name: "hostile", run: hostile, prepared: true },
    Stage { name: "interrupted", run: interrupted, prepared: true },
    Stage { name: "depmod-cache", run: depmod_cache, prepared: true },
    Stage { name: "fast-codecs", run: fast_codecs, prepared: true },
    Stage { name: "instructions", run: instructions::check, prepared: true },
    Stage { name: "whole-tree", run: whole_tree, prepared: true },
    Stage { name: "whole-depmod", run: whole_depmod, prepared: true },
    Stage { name: "library", run: library, prepared: true },
    Stage { name: "library-memory", run: library_memory, prepared: true },
    Stage { name: "fuzz", run: fuzz::run, prepared: true },
    Stage { name: "vm", run: vm, prepared: true },
    Stage { name: "debian", run: debian, prepared: true },
    Stage { name: "msrv", run: msrv::check, prepared: false },
];

/// Stages without which the prepared ones cannot run.
const PREPARING: [&str; 3] = ["fetch", "build", "libkmod"];

/// The tests of `tests/vm` that need no whole Debian.
const SMALL_GUESTS: [&str; 13] = [
    "blocking",
    "coldplug",
    "compressed",
    "daemon",
    "damaged",
    "diagnosis",
    "experiments",
    "indexes",
    "kmodctl",
    "load",
    "only",
    "policy",
    "why",
];

/// The workspaces beside the main one.
const OTHERS: [&str; 3] = ["fuzz", "tests/compliance", "tests/vm"];

/// Runs the stages named by `chosen`, with those that prepare them; all when it is empty.
pub fn run(chosen: &[String]) -> Result<()> {
    let stages = choose(chosen)?;
    let started = Instant::now();
    let mut report = Vec::new();
    let mut failed = Vec::new();
    for stage in stages {
        progress::doing(stage.name);
        let started = Instant::now();
        let outcome = (stage.run)();
        report.push(line(stage.name, started.elapsed(), outcome.is_ok()));
        let Err(error) = outcome else { continue };
        progress::failure(&error);
        failed.push(stage.name);
        if PREPARING.contains(&stage.name) {
            break;
        }
    }
    report.push(line("all", started.elapsed(), failed.is_empty()));
    progress::line(&format!("\n{}", report.join("\n")));
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

fn line(name: &str, time: Duration, fine: bool) -> String {
    let outcome = if fine { "ok" } else { "FAILED" };
    format!("{name:14} {:6.1} s  {outcome}", time.as_secs_f32())
}

fn choose(chosen: &[String]) -> Result<Vec<&'static Stage>> {
    for name in chosen {
        if !STAGES.iter().any(|stage| stage.name == name) {
            let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
            bail!("no such stage: `{name}`; there are {}", names.join(", "));
        }
    }
    let named = |stage: &Stage| chosen.iter().any(|name| name == stage.name);
    let prepare = STAGES.iter().any(|stage| stage.prepared && named(stage));
    let wanted = |stage: &&Stage| {
        chosen.is_empty() || named(stage) || (prepare && PREPARING.contains(&stage.name))
    };
    Ok(STAGES.iter().filter(wanted).collect())
}

/// Cargo at the root of the workspace.
fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(words).current_dir(cache::workspace());
    command
}

fn fmt() -> Result<()> {
    shell::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    for room in OTHERS {
        let manifest = format!("{room}/Cargo.toml");
        shell::run(&mut cargo(&["fmt", "--manifest-path", &manifest, "--check"]))?;
    }
    Ok(())
}

fn clippy() -> Result<()> {
    const WORDS: [&str; 5] = ["--locked", "--all-targets", "--", "-D", "warnings"];
    shell::run(cargo(&["clippy", "--workspace"]).args(WORDS))?;
    for room in OTHERS {
        let manifest = format!("{room}/Cargo.toml");
        shell::run(cargo(&["clippy", "--manifest-path", &manifest]).args(WORDS))?;
    }
    Ok(())
}

fn unit() -> Result<()> {
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    let [old, new] = [kernels::V6_1, kernels::V6_12].map(kernels::fetch);
    let trees = [old?.modules(), new?.modules()];
    command.env("KMODCTL_MODULE_TREE", &trees[0]);
    command.env("KMODCTL_MODULE_TREES", std::env::join_paths(&trees)?);
    shell::run(command.env("KMODCTL_THEIRS", theirs::fetch()?))
}

fn compliance() -> Result<()> {
    tests_of_compliance(&["--lib", "--bins", "--test", "themes"])
}

fn hostile() -> Result<()> {
    let tests = ["hostile_modules", "hostile_indexes", "damaged_tree"];
    tests_of_compliance(&tests.map(|test| ["--test", test]).concat())
}

fn interrupted() -> Result<()> {
    tests_of_compliance(&["--test", "interrupted"])
}

fn library() -> Result<()> {
    let tests = ["library", "library_abi", "library_panic", "library_tree"];
    tests_of_compliance(&tests.map(|test| ["--test", test]).concat())
}

fn library_memory() -> Result<()> {
    tests_of_compliance(&["--test", "library_memory"])
}

fn depmod_cache() -> Result<()> {
    tests_of_compliance(&["--test", "depmod_cache"])
}

/// The build with the C codecs: its codecs, hostile files, and depmod over a compressed tree.
fn fast_codecs() -> Result<()> {
    binary::build_fast()?;
    let words = ["test", "--locked", "--package", "kmodctl-system", "--features", "fast-codecs"];
    shell::run(cargo(&words).arg("codec"))?;
    let manifest = ["--manifest-path", "tests/compliance/Cargo.toml"];
    let ours = ("KMODCTL_BIN", binary::fast_directory());
    let mut hostile = cargo(&["test", "--locked", "--no-fail-fast"]);
    hostile.args(manifest).args(["--test", "hostile_modules"]);
    shell::run(hostile.env(ours.0, &ours.1))?;
    let mut whole = cargo(&["run", "--locked", "--release", "--bin", "whole-depmod"]);
    shell::run(whole.args(manifest).args(["--", "6.12"]).env(ours.0, &ours.1))
}

fn tests_of_compliance(words: &[&str]) -> Result<()> {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast"]);
    shell::run(command.args(["--manifest-path", "tests/compliance/Cargo.toml"]).args(words))
}

fn whole_tree() -> Result<()> {
    whole("whole-tree")
}

fn whole_depmod() -> Result<()> {
    whole("whole-depmod")
}

fn whole(program: &str) -> Result<()> {
    let words = ["run", "--locked", "--release", "--bin", program];
    shell::run(cargo(&words).args(["--manifest-path", "tests/compliance/Cargo.toml"]))
}

/// One session at a time: each runs two guests.
fn vm() -> Result<()> {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast"]);
    command.args(["--manifest-path", "tests/vm/Cargo.toml", "--lib"]);
    command.args(SMALL_GUESTS.map(|test| ["--test", test]).concat());
    shell::run(command.args(["--", "--test-threads=1"]))
}

/// The packages, and a whole Debian of each release with them; two guests at a time at most.
fn debian() -> Result<()> {
    package::build()?;
    package::check::check()?;
    let mut command = cargo(&["test", "--locked", "--no-fail-fast"]);
    command.args(["--manifest-path", "tests/vm/Cargo.toml"]);
    command.args(["--test", "debian", "--test", "debian_block"]);
    shell::run(command.args(["--", "--test-threads=2", "--nocapture"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(chosen: &[&str]) -> String {
        let chosen: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
        match choose(&chosen) {
            Ok(stages) => stages.iter().map(|stage| stage.name).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_test_of_guests_is_run() {
        let files = std::fs::read_dir(cache::workspace().join("tests/vm/tests")).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
            .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| !name.starts_with("debian"))
            .collect();
        names.sort();
        assert_eq!(names, SMALL_GUESTS);
    }

    #[test]
    fn a_chosen_stage_brings_what_it_needs() {
        let all = "fetch build libkmod fmt clippy house licences unit man completions \
                   compliance hostile interrupted depmod-cache fast-codecs instructions \
                   whole-tree whole-depmod library library-memory fuzz vm debian msrv";
        assert_eq!(names(&[]), all);
        assert_eq!(names(&["fmt"]), "fmt");
        assert_eq!(names(&["vm", "house"]), "fetch build libkmod house vm");
        let expected = format!("no such stage: `vn`; there are {}", all.replace(' ', ", "));
        assert_eq!(names(&["vn"]), expected);
    }
}
