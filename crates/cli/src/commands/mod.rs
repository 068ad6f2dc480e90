//! The commands, one file each: its arguments with their help, its question, and its answer.

mod block;
mod blocking;
mod info;
mod list;
mod unblock;
mod verify_block;

use clap::Subcommand;

use crate::answer::{Answer, Failure};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Info(info::Arguments),
    Block(block::Arguments),
    Unblock(unblock::Arguments),
    VerifyBlock(verify_block::Arguments),
}

impl Command {
    pub(crate) fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Block(arguments) => block::run(&arguments, session),
            Self::Info(arguments) => info::run(&arguments, session),
            Self::List(arguments) => list::run(&arguments, session),
            Self::Unblock(arguments) => unblock::run(&arguments, session),
            Self::VerifyBlock(arguments) => verify_block::run(&arguments, session),
        }
    }
}
