//! The commands behind `cargo xtask`, one file each, and the guests in which `tests/vm` tries
//! the tools on real kernels. Nothing here is shipped.

pub mod apt;
pub mod cache;
pub mod fetch;
pub mod kernels;
pub mod progress;
pub mod shell;
pub mod theirs;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  fetch              fetch what the tests need into the user's cache directory";

/// A command line of `cargo xtask`, understood.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Fetch what the tests need.
    Fetch,
    /// Say which commands there are.
    Help,
}

impl Command {
    /// Reads the words after `cargo xtask`.
    pub fn from_words(words: &[String]) -> Result<Command> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["help" | "--help" | "-h"] => Ok(Command::Help),
            ["fetch"] => Ok(Command::Fetch),
            _ => bail!("no such command: `{}`\n\n{USAGE}", words.join(" ")),
        }
    }

    /// Does what the command says.
    pub fn run(&self) -> Result<()> {
        match self {
            Command::Fetch => fetch::everything(),
            Command::Help => {
                progress::line(USAGE);
                Ok(())
            }
        }
    }
}
