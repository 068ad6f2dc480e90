//! The `kmod` command itself: it prints help, or hands on to one of its own commands.

use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag};
use crate::log::to_stderr;
use crate::output::Output;
use crate::{Invocation, lsmod, static_nodes, version};

const HELP: &[u8] = include_bytes!("help/kmod.txt");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    Help,
    Version,
}

const TABLE: [Row<Opt>; 2] = [flag(b'h', "help", Opt::Help), flag(b'V', "version", Opt::Version)];

/// Options of kmod, and those of its commands, end at the first operand.
const STOPS_AT_OPERAND: bool = true;

/// Runs kmod.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let mut getopt = Getopt::new(&TABLE, invocation.arguments, STOPS_AT_OPERAND);
    if let Some(met) = getopt.next() {
        return match met {
            Ok((Opt::Help, _)) => output.write(&[HELP]),
            Ok((Opt::Version, _)) => version::show(output),
            Err(complaint) => Err(complaint.told(&invocation.name)),
        };
    }
    command(getopt.operands(), output)
}

fn command(operands: Vec<Vec<u8>>, output: &mut Output) -> Result<(), Ended> {
    let mut operands = operands.into_iter();
    let Some(name) = operands.next() else {
        to_stderr(&[b"missing command"]);
        return output.write(&[HELP]).and(Err(Ended::Failed));
    };
    let invocation = Invocation { name, arguments: operands.collect() };
    match invocation.name.as_slice() {
        b"help" => output.write(&[HELP]),
        b"list" => lsmod::run_as("kmod", invocation, STOPS_AT_OPERAND, output),
        b"static-nodes" => static_nodes::run(invocation, output),
        other => {
            to_stderr(&[b"invalid command '", other, b"'"]);
            output.write(&[HELP]).and(Err(Ended::Failed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("kmod.8", Some("Of kmod itself"), &TABLE);
    }
}
