//! Modules into the kernel and out of it: the question for the planner, the walk of its plan, and
//! what of it the caller is shown.

use std::ffi::CStr;
use std::rc::Rc;

use kmodctl::decide::plan::{
    Action, Command, Force, Forecast, Insertion, Note, Reason, Removal, Step, When,
};
use kmodctl::decide::resolve::Match;
use kmodctl::decide::{
    BlacklistRule, Kernel, LoadPolicy, Outcome, Plan, Problem, Watch, World, plan_load, run,
};
use kmodctl::format::ModuleName;
use kmodctl::system::LiveKernel;

use crate::core::context::Context;
use crate::core::module::{Module, terminated};
use crate::core::words;

/// A caller's own way of running install commands: the module, the command; 0 is success.
pub type RunInstall<'a> = &'a mut dyn FnMut(&Rc<Module>, &CStr) -> i32;

/// A caller that wants to see each action: the module, whether its command stands for it, options.
pub type ShowAction<'a> = &'a mut dyn FnMut(&Rc<Module>, bool, &CStr);

/// How a module is to be loaded.
pub struct Probe<'a> {
    /// What the planner takes into account.
    pub policy: LoadPolicy,
    /// Whether nothing is carried out.
    pub dry_run: bool,
    /// Runs install commands, if the shell is not to.
    pub run_install: Option<RunInstall<'a>>,
    /// Is shown each action.
    pub show: Option<ShowAction<'a>>,
}

/// How a load ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probed {
    /// All was done that was to do.
    Done,
    /// A blacklist line keeps the module out.
    KeptOut(BlacklistRule),
}

/// Why a load failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The caller's function said so, with this number.
    ByCaller(i32),
    /// Because of a problem.
    By(Problem),
}

/// Loads a module with all it needs.
pub fn probe<'a>(module: &'a Rc<Module>, mut probe: Probe<'a>) -> Result<Probed, Failed> {
    let context = module.context();
    let world = context.world();
    let requested = module.as_match();
    let plan = plan_load(world, &requested, &probe.policy).map_err(|problem| {
        words::tell(&context.log, &problem);
        Failed::By(problem)
    })?;
    if let [Step { action: Action::Note(Note::Blacklisted(_)), .. }] = plan.steps.as_slice() {
        let rule = probe.policy.blacklist.keeps_out(world.configuration(), &requested);
        return Ok(rule.map_or(Probed::Done, |(rule, _)| Probed::KeptOut(rule)));
    }
    let mut audience = Audience { module, show: probe.show.take() };
    if probe.dry_run {
        let ignores_loaded = probe.policy.ignore_loaded;
        let steps = plan.steps.iter().filter(|step| step.forecast == Forecast::Applies);
        steps.for_each(|step| audience.show(step, ignores_loaded));
        return Ok(Probed::Done);
    }
    let mut hands = Hands {
        module,
        kernel: LiveKernel::new(world.place()),
        run_install: probe.run_install,
        refused_with: None,
    };
    match run(&plan, world, &mut hands, &mut audience) {
        Ok(()) => Ok(Probed::Done),
        Err(failure) => Err(match hands.refused_with {
            Some(number) => Failed::ByCaller(number),
            None => Failed::By(failure.problem),
        }),
    }
}

/// Gives the file of a module to the kernel, without what it needs.
pub fn insert(module: &Rc<Module>, force: Force, options: Vec<u8>) -> Result<(), Problem> {
    let path = module.path().map(|path| path.to_bytes().to_vec());
    let insertion = Insertion { path, options, force, fails_if_loaded: true };
    alone(module, Action::Insert(insertion), &mut Telling { context: module.context() })
}

/// Takes a module out of the kernel, without a look at what uses it.
pub fn remove(module: &Rc<Module>, force: bool, silent: bool) -> Result<(), Problem> {
    let removal = Removal { force, wait_milliseconds: None, fails_if_absent: true };
    match silent {
        true => alone(module, Action::Remove(removal), &mut Silent),
        false => alone(module, Action::Remove(removal), &mut Telling { context: module.context() }),
    }
}

/// Carries out one action, whatever is in the kernel already.
fn alone(module: &Rc<Module>, action: Action, watch: &mut dyn Watch) -> Result<(), Problem> {
    let step = Step {
        subject: module.name().clone(),
        action,
        reason: Reason::Asked,
        when: When::Always,
        required: true,
        forecast: Forecast::Applies,
    };
    let machine = &module.context().machine;
    let mut kernel = LiveKernel::new(machine.place());
    let plan = Plan { steps: vec![step] };
    run(&plan, machine, &mut kernel, watch).map_err(|failure| failure.problem)
}

/// Who is told of steps: the caller of each that begins, the log of each that fails.
struct Audience<'a> {
    module: &'a Rc<Module>,
    show: Option<ShowAction<'a>>,
}

impl Audience<'_> {
    /// Shows a step to the caller. That a module is built in is told to those who ask what a load
    /// consists of.
    fn show(&mut self, step: &Step, with_builtin: bool) {
        let Some(show) = &mut self.show else { return };
        let (is_command, path, options) = match &step.action {
            Action::Command(command) => (true, None, command.options.as_slice()),
            Action::Insert(insertion) => {
                (false, insertion.path.as_deref(), insertion.options.as_slice())
            }
            Action::Note(Note::BuiltIn) if with_builtin => (false, None, &b""[..]),
            Action::Note(_) | Action::Remove(_) => return,
        };
        show(&subject(self.module, &step.subject, path), is_command, &terminated(options));
    }
}

impl Watch for Audience<'_> {
    fn begins(&mut self, step: &Step) {
        self.show(step, false);
    }

    fn ends(&mut self, step: &Step, outcome: &Result<Outcome, Problem>) {
        Telling { context: self.module.context() }.ends(step, outcome);
    }
}

/// Tells the log of what fails.
struct Telling<'a> {
    context: &'a Context,
}

impl Watch for Telling<'_> {
    fn begins(&mut self, _step: &Step) {}

    fn ends(&mut self, _step: &Step, outcome: &Result<Outcome, Problem>) {
        if let Err(problem) = outcome {
            words::tell(&self.context.log, problem);
        }
    }
}

/// Tells nobody.
struct Silent;

impl Watch for Silent {
    fn begins(&mut self, _step: &Step) {}
    fn ends(&mut self, _step: &Step, _outcome: &Result<Outcome, Problem>) {}
}

/// The running kernel, and the caller's own way of running commands.
struct Hands<'a> {
    module: &'a Rc<Module>,
    kernel: LiveKernel,
    run_install: Option<RunInstall<'a>>,
    /// What the caller's function said when it failed last.
    refused_with: Option<i32>,
}

impl Kernel for Hands<'_> {
    fn insert(&mut self, module: &ModuleName, insertion: &Insertion) -> Result<(), Problem> {
        self.refused_with = None;
        self.kernel.insert(module, insertion)
    }

    fn remove(&mut self, module: &ModuleName, removal: &Removal) -> Result<(), Problem> {
        self.kernel.remove(module, removal)
    }

    fn command(&mut self, module: &ModuleName, command: &Command) -> Result<(), Problem> {
        self.refused_with = None;
        let Some(run_install) = &mut self.run_install else {
            return self.kernel.command(module, command);
        };
        let text = command.filled_in();
        match run_install(&subject(self.module, module, None), &terminated(&text)) {
            0 => Ok(()),
            status => {
                self.refused_with = Some(status);
                let (module, kind) = (module.clone(), command.kind);
                Err(Problem::CommandFailed { module, kind, command: text, status })
            }
        }
    }
}

/// The module that a step is about: the requested one, or one of the same context.
fn subject(requested: &Rc<Module>, name: &ModuleName, path: Option<&[u8]>) -> Rc<Module> {
    if requested.name() == name {
        return Rc::clone(requested);
    }
    let path = path.map(Into::into);
    requested.context().module(Match { path, ..Match::of_name(name.clone()) })
}
