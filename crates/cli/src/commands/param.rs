//! `kmodctl param`: parameters of modules, live and kept. Each of its commands has a file.

mod diff;
mod forget;
mod get;
mod images;
mod keep;
mod lines;
mod list;
mod set;
mod words;

use clap::{Args, Subcommand};

use crate::answer::{Answer, Failure};
use crate::session::Session;

/// See, set, keep and compare the parameters of modules
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diff(diff::Arguments),
    Forget(forget::Arguments),
    Get(get::Arguments),
    Keep(keep::Arguments),
    List(list::Arguments),
    Set(set::Arguments),
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    match &arguments.command {
        Command::Diff(arguments) => diff::run(arguments, session),
        Command::Forget(arguments) => forget::run(arguments, session),
        Command::Get(arguments) => get::run(arguments, session),
        Command::Keep(arguments) => keep::run(arguments, session),
        Command::List(arguments) => list::run(arguments, session),
        Command::Set(arguments) => set::run(arguments, session),
    }
}
