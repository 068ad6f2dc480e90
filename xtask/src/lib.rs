//! The commands behind `cargo xtask`, one file each, and the guests in which `tests/vm` tries
//! the tools on real kernels. Nothing here is shipped.

pub mod apt;
pub mod bench;
pub mod binary;
pub mod cache;
pub mod completions;
pub mod debian;
pub mod elf;
pub mod fetch;
pub mod fuzz;
pub mod guest;
pub mod holders;
pub mod house;
pub mod instructions;
pub mod kernels;
pub mod libkmod;
pub mod licences;
pub mod man;
pub mod miri;
pub mod msrv;
pub mod package;
pub mod progress;
pub mod rooms;
pub mod shell;
pub mod suite;
pub mod theirs;
pub mod tour;
pub mod udev;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  bench [WORD...]    measure the tools beside kmod 34.2 and 30, write docs/performance.md
  build              the static binaries and the tools' names in target/static/bin
  completions        try the completions in bash, zsh and fish
  fetch              fetch what the tests need into the user's cache directory
  house              compare the workspace with the table of its rooms
  libkmod            the C library, its header and pkg-config files in target/static
  licences           licences, duplicates, withdrawn versions, advisories of dependencies
  man                check the manual pages
  miri               the C library's pointers under miri, with a nightly Rust
  msrv               build what is shipped with Debian trixie's own Rust 1.85
  package            Debian packages and a tarball in target/packages
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
    /// Try the completions.
    Completions,
    /// Fetch what the tests need.
    Fetch,
    /// Say which commands there are.
    Help,
    /// Check the rooms.
    House,
    /// Build the C library as it is shipped.
    Libkmod,
    /// Check what is depended on.
    Licences,
    /// Check the manual pages.
    Man,
    /// Run the C library's own tests under miri.
    Miri,
    /// Build with the oldest Rust that is supported.
    Msrv,
    /// Build what is installed on systems.
    Package,
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
            ["completions"] => Ok(Command::Completions),
            ["fetch"] => Ok(Command::Fetch),
            ["house"] => Ok(Command::House),
            ["libkmod"] => Ok(Command::Libkmod),
            ["licences"] => Ok(Command::Licences),
            ["man"] => Ok(Command::Man),
            ["miri"] => Ok(Command::Miri),
            ["msrv"] => Ok(Command::Msrv),
            ["package"] => Ok(Command::Package),
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
            Command::Completions => completions::check(),
            Command::Fetch => fetch::everything(),
            Command::House => house::check(),
            Command::Libkmod => libkmod::build(),
            Command::Licences => licences::check(),
            Command::Man => man::check(),
            Command::Miri => miri::check(),
            Command::Msrv => msrv::check(),
            Command::Package => package::build(),
            Command::Test { stages } => suite::run(stages),
            Command::Try { shell } => tour::run(*shell),
            Command::Help => {
                progress::line(USAGE);
                Ok(())
            }
        }
    }
}
