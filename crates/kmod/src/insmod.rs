//! insmod: inserts one module file, without what it needs and without the configuration.

use kmodctl::decide::plan::{Action, Force, Forecast, Insertion, Plan, Reason, Step, When};
use kmodctl::decide::{Errno, run as carry_out};
use kmodctl::format::{ModuleName, module_parameters};
use kmodctl::system::{LiveKernel, Machine, Place};

use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, hidden, posixly_correct};
use crate::log::{Log, Priority};
use crate::output::Output;
use crate::problems::Told;
use crate::words::{errno_text, insmod_text};
use crate::{Invocation, path, version};

const HELP: &[u8] = include_bytes!("help/insmod.txt");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    Force,
    ForceModversions,
    ForceVermagic,
    Help,
    Ignored,
    Syslog,
    Verbose,
    Version,
}

/// Versions before 34 took `-p` and ignored it, versions after it have one option for each check.
const TABLE: [Row<Opt>; 8] = [
    flag(b'f', "force", Opt::Force),
    flag(b's', "syslog", Opt::Syslog),
    flag(b'v', "verbose", Opt::Verbose),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
    hidden(0, "force-modversion", Opt::ForceModversions),
    hidden(0, "force-vermagic", Opt::ForceVermagic),
    hidden(b'p', "", Opt::Ignored),
];

/// Runs insmod.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let mut log = Log::new("insmod", Priority::Error);
    let mut force = Force::default();
    let mut level = Priority::Error as i32;
    let mut getopt = Getopt::new(&TABLE, invocation.arguments, posixly_correct());
    while let Some(met) = getopt.next() {
        match met {
            Ok((Opt::Force, _)) => force = Force { modversions: true, vermagic: true },
            Ok((Opt::ForceModversions, _)) => force.modversions = true,
            Ok((Opt::ForceVermagic, _)) => force.vermagic = true,
            Ok((Opt::Help, _)) => return output.write(&[HELP]),
            Ok((Opt::Ignored, _)) => {}
            Ok((Opt::Syslog, _)) => log.use_syslog(),
            Ok((Opt::Verbose, _)) => level += 1,
            Ok((Opt::Version, _)) => return version::show(output),
            Err(complaint) => return Err(complaint.told(&invocation.name)),
        }
    }
    log.set_level(level);
    insert(&getopt.operands(), force, &log)
}

fn insert(operands: &[Vec<u8>], force: Force, log: &Log) -> Result<(), Ended> {
    let Some((file, words)) = operands.split_first() else {
        log.error(&[b"missing filename."]);
        return Err(Ended::Failed);
    };
    if file == b"-" {
        log.error(&[b"this tool does not support loading from stdin!"]);
        return Err(Ended::Failed);
    }
    let path = path::of_module(file).map_err(|errno| {
        log.error(&[b"could not load module ", file, b": ", &errno_text(errno)]);
        Ended::Failed
    })?;
    carry(&plan(path, words, force), log).map_err(|errno| {
        log.error(&[b"could not insert module ", file, b": ", &insmod_text(errno)]);
        Ended::Failed
    })
}

/// One insertion, whatever is in the kernel already.
fn plan(path: Vec<u8>, words: &[Vec<u8>], force: Force) -> Plan {
    let subject = ModuleName::of_path(&path);
    let options = module_parameters::join(words.iter().map(Vec::as_slice));
    let insertion = Insertion { path: Some(path), options, force, fails_if_loaded: true };
    let step = Step {
        subject,
        action: Action::Insert(insertion),
        reason: Reason::Asked,
        when: When::Always,
        required: true,
        forecast: Forecast::Applies,
    };
    Plan { steps: vec![step] }
}

fn carry(plan: &Plan, log: &Log) -> Result<(), Errno> {
    let machine = Machine::new(Place::running());
    let mut kernel = LiveKernel::new(machine.place());
    let done = carry_out(plan, &machine, &mut kernel, &mut Told { log });
    done.map_err(|failure| failure.problem.errno())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("insmod.8", None, &TABLE);
    }
}
