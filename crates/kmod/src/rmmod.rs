//! rmmod: removes modules by name or file, each by itself and without the configuration.

use kmodctl::decide::{Plan, Problem, World, plan_lone_removal, run as carry_out};
use kmodctl::format::ModuleName;
use kmodctl::system::{LiveKernel, Machine, Place};

use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, hidden, posixly_correct};
use crate::log::{Log, Priority};
use crate::lsmod::no_holders;
use crate::output::Output;
use crate::problems::Told;
use crate::words::errno_text;
use crate::{Invocation, path, problems, version};

const HELP: &[u8] = include_bytes!("help/rmmod.txt");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    Force,
    Help,
    Ignored,
    Syslog,
    Verbose,
    Version,
}

/// `--wait` is of the time before kmod, when kernels could wait until a module is free; none since
/// 3.13 can.
const TABLE: [Row<Opt>; 6] = [
    flag(b'f', "force", Opt::Force),
    flag(b's', "syslog", Opt::Syslog),
    flag(b'v', "verbose", Opt::Verbose),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
    hidden(b'w', "wait", Opt::Ignored),
];

/// Runs rmmod.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let mut log = Log::new("rmmod", Priority::Error);
    let mut force = false;
    let mut level = Priority::Error as i32;
    let mut getopt = Getopt::new(&TABLE, invocation.arguments, posixly_correct());
    while let Some(met) = getopt.next() {
        match met {
            Ok((Opt::Force, _)) => force = true,
            Ok((Opt::Help, _)) => return output.write(&[HELP]),
            Ok((Opt::Ignored, _)) => {}
            Ok((Opt::Syslog, _)) => log.use_syslog(),
            Ok((Opt::Verbose, _)) => level += 1,
            Ok((Opt::Version, _)) => return version::show(output),
            Err(complaint) => return Err(complaint.told(&invocation.name)),
        }
    }
    log.set_level(level);
    remove_all(&getopt.operands(), force, &log)
}

fn remove_all(operands: &[Vec<u8>], force: bool, log: &Log) -> Result<(), Ended> {
    if operands.is_empty() {
        log.error(&[b"missing module name."]);
        return Err(Ended::Failed);
    }
    let machine = Machine::new(Place::running());
    let mut failed = false;
    for operand in operands {
        let module = named(operand, log)?;
        failed |= match plan_lone_removal(&machine, &module, force) {
            Ok(plan) => {
                if !force {
                    tell_missing_holders(&machine, &module, log);
                }
                !remove(&plan, &machine, operand, log)
            }
            Err(problem) => {
                refuse(&machine, &problem, log);
                true
            }
        };
    }
    Ended::if_failed(failed)
}

/// The module of a file, if there is one at that path, or of that name.
fn named(operand: &[u8], log: &Log) -> Result<ModuleName, Ended> {
    if path::existing(operand).is_err() {
        return Ok(ModuleName::new(operand));
    }
    let path = path::of_module(operand).map_err(|errno| {
        log.error(&[b"could not use module ", operand, b": ", &errno_text(errno)]);
        Ended::Failed
    })?;
    Ok(ModuleName::of_path(path))
}

fn remove(plan: &Plan, machine: &Machine, operand: &[u8], log: &Log) -> bool {
    let mut kernel = LiveKernel::new(machine.place());
    let done = carry_out(plan, machine, &mut kernel, &mut Told { log });
    if let Err(failure) = &done {
        let text = errno_text(failure.problem.errno());
        log.error(&[b"could not remove module ", operand, b": ", &text]);
    }
    done.is_ok()
}

/// Tells why a module is not even tried.
fn refuse(machine: &Machine, problem: &Problem, log: &Log) {
    match problem {
        Problem::BuiltIn { module } => log.error(&[b"Module ", module.as_bytes(), b" is builtin."]),
        Problem::InUse { module, holders, .. } if holders.is_empty() => {
            tell_missing_holders(machine, module, log);
            log.error(&[b"Module ", module.as_bytes(), b" is in use"]);
        }
        Problem::InUse { module, holders, .. } => {
            let names: Vec<_> = holders.iter().map(ModuleName::as_bytes).collect();
            let names = names.join(&b' ');
            log.error(&[b"Module ", module.as_bytes(), b" is in use by: ", &names]);
        }
        Problem::NotLoaded { module } => {
            log.error(&[b"Module ", module.as_bytes(), b" is not currently loaded"]);
        }
        Problem::UnloadingUnsupported { module } => {
            tell_missing_holders(machine, module, log);
            log.error(&[b"Module unloading is not supported"]);
        }
        other => problems::tell(log, other),
    }
}

fn tell_missing_holders(machine: &Machine, module: &ModuleName, log: &Log) {
    if let Err(errno) = machine.holders(module) {
        no_holders(module, errno, log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("rmmod.8", None, &TABLE);
    }
}
