//! modprobe: inserts modules with all they need, removes them, and shows what it would do and what
//! it knows. Here its command line becomes one kind of work; each kind has its file.

mod environment;
mod load;
mod number;
mod options;
mod remove;
mod show;
mod steps;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use kmodctl::decide::{Plan, Problem};
use kmodctl::format::modprobe_options;
use kmodctl::system::{LiveKernel, Machine, Place};

use crate::ended::Ended;
use crate::getopt::posixly_correct;
use crate::log::{Log, Priority};
use crate::output::Output;
use crate::{Invocation, complaints, stderr, version};
use options::{Options, Parsed, Work};
use steps::Steps;

const HELP: &[u8] = include_bytes!("help/modprobe.txt");

/// Runs modprobe.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let log = Log::new("modprobe", Priority::Warning);
    let inherited = std::env::var_os(environment::VARIABLE).map(OsStringExt::into_vec);
    let mut arguments = modprobe_options::split(inherited.as_deref().unwrap_or_default());
    arguments.extend(invocation.arguments);
    match options::parse(&invocation.name, arguments, posixly_correct(), &log)? {
        Parsed::Help => output.write(&[HELP]),
        Parsed::Run(options) => work(&options, inherited.as_deref(), log, output),
        Parsed::Version => version::show(output),
    }
}

/// What all kinds of work have at hand.
struct Session<'a> {
    options: &'a Options,
    machine: Machine,
    kernel: LiveKernel,
    steps: Steps<'a>,
}

impl Session<'_> {
    /// Carries a plan out, and says which problem ended it.
    fn carry_out(&mut self, plan: &Plan) -> Result<Result<(), Problem>, Ended> {
        let done = kmodctl::decide::run(plan, &self.machine, &mut self.kernel, &mut self.steps);
        self.steps.ended?;
        Ok(done.map_err(|failure| failure.problem))
    }
}

fn work(
    options: &Options,
    inherited: Option<&[u8]>,
    mut log: Log,
    output: &mut Output,
) -> Result<(), Ended> {
    if options.syslog || !stderr::is_usable() {
        log.use_syslog();
    }
    if options.operands.is_empty() && options.work != Work::ShowConfiguration {
        log.error(&[b"missing parameters. See -h."]);
        return Err(Ended::Failed);
    }
    let machine = machine(options, &log)?;
    complaints::show(machine.complaints());
    log.set_level(options.level);
    let mut kernel = LiveKernel::new(machine.place());
    if let Some(handed_on) = environment::handed_on(inherited, &options.handed_on) {
        let variable = (environment::VARIABLE.into(), OsString::from_vec(handed_on));
        kernel.environment.push(variable);
    }
    let (shows, tolerates) = (options.shows_steps(), options.all);
    let steps = Steps { log, output, shows, tolerates, ended: Ok(()) };
    let session = Session { options, machine, kernel, steps };
    match options.work {
        Work::Insert | Work::Resolve => load::run(session),
        Work::Remove => remove::run(session),
        Work::ShowConfiguration => show::configuration(session),
        Work::ShowExports => show::exports(session),
        Work::ShowModversions => show::modversions(session),
    }
}

fn machine(options: &Options, log: &Log) -> Result<Machine, Ended> {
    let root = options.root.as_deref();
    let Ok(mut place) = Place::with_modules(root, options.release.as_deref()) else {
        log.error(&[b"kmod_new() failed!"]);
        return Err(Ended::Failed);
    };
    if !options.configuration.is_empty() {
        place.configuration.clone_from(&options.configuration);
    }
    Ok(Machine::new(place))
}
