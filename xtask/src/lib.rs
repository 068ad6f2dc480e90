//! The commands behind `cargo xtask`, one file each, and the guests in which `tests/vm` tries
//! the tools on real kernels. Nothing here is shipped.

pub mod apt;
pub mod bench;
pub mod binary;
pub mod cache;
pub mod fetch;
pub mod fuzz;
pub mod guest;
pub mod house;
pub mod instructions;
pub mod kernels;
pub mod licences;
pub mod msrv;
pub mod progress;
pub mod rooms;
pub mod shell;
pub mod suite;
pub mod theirs;
pub mod tour;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  bench [WORD...]    measure the tools beside kmod 34.2 and 30, write docs/performance.md
  build              the static binary and its tools' names in target/static/bin
  fetch              fetch what the tests need into the user's cache directory
  house              compare the workspace with the table of its rooms
  licences           licences, duplicates, withdrawn versions, advisories of dependencies
  msrv               build kmod with Debian trixie's own Rust 1.85
  test [STAGE...]    every layer of tests, or the named ones
  try [--shell]      boot a real kernel and show the tools at work";

/// A command line of `cargo xtask`, understood.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Measure the tools beside kmod's.
    Bench {
        /// Words for the program that measures: `--quick`, or parts of cases' titles.
        words: Vec<String>,
    },
    /// Build the binary as it is shipped.
    Build,
    /// Fetch what the tests need.
    Fetch,
    /// Say which commands there are.
    Help,
    /// Check the rooms.
    House,
    /// Check what is depended on.
    Licences,
    /// Build with the oldest Rust that is supported.
    Msrv,
    /// Run the tests.
    Test {
        /// The stages to run; all when there is none.
        stages: Vec<String>,
    },
    /// Show the tools at work on a real kernel.
    Try {
        /// Leave a prompt in the guest.
        shell: bool,
    },
}

impl Command {
    /// Reads the words after `cargo xtask`.
    pub fn from_words(words: &[String]) -> Result<Command> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["help" | "--help" | "-h"] => Ok(Command::Help),
            ["bench", words @ ..] => {
                Ok(Command::Bench { words: words.iter().map(|word| (*word).to_owned()).collect() })
            }
            ["build"] => Ok(Command::Build),
            ["fetch"] => Ok(Command::Fetch),
            ["house"] => Ok(Command::House),
            ["licences"] => Ok(Command::Licences),
            ["msrv"] => Ok(Command::Msrv),
            ["test", stages @ ..] => {
                let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
                Ok(Command::Test { stages })
            }
            ["try"] => Ok(Command::Try { shell: false }),
            ["try", "--shell"] => Ok(Command::Try { shell: true }),
            _ => bail!("no such command: `{}`\n\n{USAGE}", words.join(" ")),
        }
    }

    /// Does what the command says.
    pub fn run(&self) -> Result<()> {
        match self {
            Command::Bench { words } => bench::run(words),
            Command::Build => binary::build(),
            Command::Fetch => fetch::everything(),
            Command::House => house::check(),
            Command::Licences => licences::check(),
            Command::Msrv => msrv::check(),
            Command::Test { stages } => suite::run(stages),
            Command::Try { shell } => tour::run(*shell),
            Command::Help => {
                progress::line(USAGE);
                Ok(())
            }
        }
    }
}
