//! `cargo xtask licences`: what the workspace depends on: licences, duplicate crates, where
//! crates come from, withdrawn versions and known vulnerabilities, by cargo-deny and
//! `deny.toml`. Says so when the vulnerabilities could not be looked up.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{cache, progress, shell};

const VERSION: &str = "0.20.2";

/// Checks all of it. An advisory database out of reach is said, and not a failure.
pub fn check() -> Result<()> {
    let program = program()?;
    shell::run(deny(&program).args(["check", "bans", "licenses", "sources"]))?;
    let output = deny(&program).args(["check", "advisories"]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        progress::line("advisories: checked");
        return Ok(());
    }
    if !said.contains("failed to fetch advisory database") {
        std::io::stderr().write_all(&output.stderr)?;
        bail!("the advisories found fault");
    }
    progress::line("advisories: NOT CHECKED: their database is unreachable");
    check_withdrawn(&program)?;
    progress::line("withdrawn versions: checked");
    Ok(())
}

fn deny(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(cache::workspace());
    command
}

fn program() -> Result<PathBuf> {
    let _lock = cache::locked()?;
    let directory = cache::once(&format!("cargo-deny-{VERSION}"), |directory| {
        let mut install = Command::new(env!("CARGO"));
        install.args(["install", "cargo-deny", "--locked", "--version", VERSION, "--debug"]);
        install.env("CARGO_PROFILE_DEV_DEBUG", "0").arg("--root").arg(directory);
        install.arg("--target-dir").arg(directory.join("target"));
        shell::run(install.env_remove("CARGO_TARGET_DIR"))?;
        fs::remove_dir_all(directory.join("target")).context("cannot tidy up")
    })?;
    Ok(directory.join("bin/cargo-deny"))
}

const NO_ADVISORIES: &str = "https://none.invalid/advisories";

/// cargo-deny looks for withdrawn versions only with some advisories at hand: this hands it a
/// database with a single one, of a crate that is none.
fn check_withdrawn(program: &Path) -> Result<()> {
    let directory = cache::once("no-advisories", make_no_advisories)?;
    let database = directory.join("database");
    let config = directory.join("deny.toml");
    let text = format!(
        "[advisories]\nyanked = \"deny\"\ndb-path = {:?}\ndb-urls = [{NO_ADVISORIES:?}]\n",
        directory.join("clones")
    );
    fs::write(&config, text)?;
    let mut command = deny(program);
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_VALUE_0", NO_ADVISORIES);
    command.env("GIT_CONFIG_KEY_0", format!("url.{}.insteadOf", database.display()));
    shell::run(command.arg("--config").arg(config).args(["check", "advisories"]))
}

fn make_no_advisories(directory: &Path) -> Result<()> {
    const NONE: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2000-0001\"\npackage = \"none\"\n\
        date = \"2000-01-01\"\n[versions]\npatched = []\n```\n\n# None\n";
    let database = directory.join("database");
    fs::create_dir_all(database.join("crates/none"))?;
    fs::write(database.join("crates/none/RUSTSEC-2000-0001.md"), NONE)?;
    let author = ["-c", "user.name=none", "-c", "user.email=none"];
    for words in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-q", "-m", "none"]]
    {
        shell::run(Command::new("git").args(author).args(words).current_dir(&database))?;
    }
    Ok(())
}
