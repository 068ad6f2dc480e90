//! The command line: its options and commands. Doc comments here and in `commands` are the help.

use clap::{Args, Parser};

use crate::commands::Command;

/// Linux kernel modules, managed: see, load, block for real and prove it, keep parameters, explain.
///
/// Exit codes: 0 done, or in order; 1 failed; 2 something is not as it should be (a block leaks,
/// what is wanted differs from what is); 64 the arguments are not understood.
#[derive(Debug, Parser)]
#[command(name = "kmodctl", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Common {
    /// Show the answer as JSON, with a schema number.
    #[arg(short = 'J', long, global = true)]
    pub(crate) json: bool,
    /// Work on the host whose files are below DIR, and on no kernel.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) root: Option<std::ffi::OsString>,
    /// The kernel whose modules are meant; otherwise the running one, or the newest below --root.
    #[arg(short = 'k', long, value_name = "RELEASE", global = true)]
    pub(crate) kernel: Option<std::ffi::OsString>,
}
