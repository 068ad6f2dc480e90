//! The commands, one file each: its arguments with their help, its question, and its answer.

mod info;
mod list;
mod param;

use clap::Subcommand;

use crate::answer::{Answer, Failure};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Info(info::Arguments),
    List(list::Arguments),
    Param(param::Arguments),
}

impl Command {
    pub(crate) fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Info(arguments) => info::run(&arguments, session),
            Self::List(arguments) => list::run(&arguments, session),
            Self::Param(arguments) => param::run(&arguments, session),
        }
    }
}
