//! The commands, one file each: its arguments with their help, its question, and its answer.

mod allow_list;
mod block;
mod blocking;
mod boot;
mod devices;
mod graph;
mod idle;
mod info;
mod list;
mod load;
mod only;
mod param;
mod parameters;
mod stale;
mod status;
mod steps;
mod unblock;
mod unload;
mod verify_block;
mod why;
mod why_not;

use clap::Subcommand;

use crate::answer::{Answer, Failure};
use crate::complete;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Status(status::Arguments),
    List(list::Arguments),
    Info(info::Arguments),
    Load(load::Arguments),
    Unload(unload::Arguments),
    Block(block::Arguments),
    Unblock(unblock::Arguments),
    VerifyBlock(verify_block::Arguments),
    Param(param::Arguments),
    Boot(boot::Arguments),
    Why(why::Arguments),
    WhyNot(why_not::Arguments),
    Devices(devices::Arguments),
    Graph(graph::Arguments),
    #[command(name = "__complete", hide = true)]
    Complete(complete::Arguments),
}

impl Command {
    /// Whether the answer speaks of installed modules, so that it is another one where none are.
    pub(crate) fn asks_tree(&self) -> bool {
        match self {
            Self::List(arguments) => arguments.asks_tree(),
            Self::Boot(_)
            | Self::Devices(_)
            | Self::Graph(_)
            | Self::Info(_)
            | Self::Param(_)
            | Self::VerifyBlock(_)
            | Self::Why(_)
            | Self::WhyNot(_) => true,
            Self::Block(_)
            | Self::Complete(_)
            | Self::Load(_)
            | Self::Status(_)
            | Self::Unblock(_)
            | Self::Unload(_) => false,
        }
    }

    pub(crate) fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Block(arguments) => block::run(&arguments, session),
            Self::Boot(arguments) => boot::run(&arguments, session),
            Self::Complete(arguments) => Ok(complete::answer(&arguments)),
            Self::Devices(arguments) => devices::run(&arguments, session),
            Self::Graph(arguments) => graph::run(&arguments, session),
            Self::Info(arguments) => info::run(&arguments, session),
            Self::List(arguments) => list::run(&arguments, session),
            Self::Load(arguments) => load::run(&arguments, session),
            Self::Param(arguments) => param::run(&arguments, session),
            Self::Status(arguments) => status::run(&arguments, session),
            Self::Unblock(arguments) => unblock::run(&arguments, session),
            Self::Unload(arguments) => unload::run(&arguments, session),
            Self::VerifyBlock(arguments) => verify_block::run(&arguments, session),
            Self::Why(arguments) => why::run(&arguments, session),
            Self::WhyNot(arguments) => why_not::run(&arguments, session),
        }
    }
}
