//! From a name or an alias to the kernel: it is resolved, decided about, loaded, and told, one line a
//! decision. What is decided is known in `kmodctl::decide`.

use kmodctl::decide::autoload::{self, Decision};
use kmodctl::decide::plan::Step;
use kmodctl::decide::resolve::Match;
use kmodctl::decide::{LoadPolicy, Origin, Outcome, Plan, Problem, Watch, World, resolve, run};
use kmodctl::format::ModuleName;
use kmodctl::system::{Freshness, LiveKernel, Machine, Place};

use crate::account::{Outcomes, problem_fields};
use crate::complaints;
use crate::log::Log;
use crate::record::{Priority, Record};

/// Who asks for a module.
pub(crate) struct Asker {
    /// The fields that say so.
    pub(crate) about: Record,
    /// How grave it is when there is no such module.
    pub(crate) unknown: Priority,
}

/// The machine, its kernel, and where lines go.
pub(crate) struct Loader {
    pub(crate) log: Log,
    pub(crate) outcomes: Outcomes,
    kernel: LiveKernel,
    machine: Machine,
    freshness: Freshness,
    policy: LoadPolicy,
    dry_run: bool,
}

impl Loader {
    /// A loader for the machine we run on. Its configuration is read now.
    pub(crate) fn new(log: Log, dry_run: bool) -> Self {
        let place = Place::running();
        let mut loader = Self {
            log,
            outcomes: Outcomes::default(),
            kernel: LiveKernel::new(&place),
            freshness: Freshness::of(&place),
            machine: Machine::new(place),
            policy: autoload::policy(),
            dry_run,
        };
        loader.tell_complaints();
        loader
    }

    /// Where the machine's files are.
    pub(crate) fn place(&self) -> &Place {
        self.machine.place()
    }

    /// Forgets what was read of configuration and indexes; it is read anew.
    pub(crate) fn reload(&mut self) {
        let place = self.machine.place().clone();
        self.freshness = Freshness::of(&place);
        self.machine = Machine::new(place);
        self.log.tell(&Record::new(Priority::Info, "reload"));
        self.tell_complaints();
    }

    /// Reads configuration and indexes anew, if they have changed.
    pub(crate) fn reload_if_changed(&mut self) {
        if Freshness::of(self.machine.place()) != self.freshness {
            self.reload();
        }
    }

    /// Loads all that a name or alias stands for. Each failure is told, and returned with the module
    /// that was asked for.
    pub(crate) fn load(&mut self, query: &[u8], asker: &Asker) -> Vec<(Vec<u8>, Problem)> {
        let told = |priority, outcome| {
            let record = Record::new(priority, "decision").text("outcome", outcome);
            record.text("query", query).with(asker.about.clone())
        };
        let found = match resolve(&self.machine, query) {
            Ok(found) => found,
            Err(problem) => {
                self.outcomes.failed += 1;
                let record = told(Priority::Warning, "failed");
                self.log.tell(&problem_fields(record, &problem));
                return vec![(query.to_vec(), problem)];
            }
        };
        if found.is_empty() {
            self.outcomes.no_module += 1;
            self.log.tell(&told(asker.unknown, "no-module"));
        }
        let mut failures = Vec::new();
        for requested in &found {
            if let Err(problem) = self.load_module(requested, query, &asker.about) {
                failures.push((requested.module.as_bytes().to_vec(), problem));
            }
        }
        failures
    }

    fn load_module(
        &mut self,
        requested: &Match,
        query: &[u8],
        about: &Record,
    ) -> Result<(), Problem> {
        let decided = autoload::decide(&self.machine, requested, &self.policy);
        let mut done = Done::default();
        let ended = decided.map(|decision| match &decision {
            Decision::Load(plan) if !self.dry_run => {
                let ran = run(plan, &self.machine, &mut self.kernel, &mut done);
                (decision, ran.map_err(|failure| failure.problem))
            }
            _ => (decision, Ok(())),
        });
        let (told, problem) = match ended {
            Ok((decision, Ok(()))) => (self.judged(&decision, &done), None),
            Ok((_, Err(problem))) | Err(problem) => {
                self.outcomes.failed += 1;
                (Told::new(Priority::Warning, "failed"), Some(problem))
            }
        };
        let mut record = Record::new(told.priority, "decision")
            .text("outcome", told.outcome)
            .text("module", requested.module.as_bytes())
            .text("query", query)
            .with(about.clone())
            .list("inserted", names(&done.inserted))
            .list("not_inserted", names(&done.failed))
            .list("would_insert", names(&told.would_insert));
        if let Some(origin) = told.origin {
            record = record.text("by", shown(&origin));
        }
        if let Some(problem) = &problem {
            record = problem_fields(record, problem);
        }
        self.log.tell(&record);
        problem.map_or(Ok(()), Err)
    }

    /// What came of a decision that did not fail, counted.
    fn judged(&mut self, decision: &Decision, done: &Done) -> Told {
        let outcomes = &mut self.outcomes;
        match decision {
            Decision::AlreadyLoaded => {
                outcomes.already_loaded += 1;
                Told::new(Priority::Detail, "already-loaded")
            }
            Decision::Blacklisted(origin) => {
                outcomes.blacklisted += 1;
                let told = Told::new(Priority::Info, "blacklisted");
                Told { origin: Some(origin.clone()), ..told }
            }
            Decision::BuiltIn => {
                outcomes.built_in += 1;
                Told::new(Priority::Detail, "built-in")
            }
            Decision::Load(plan) if self.dry_run => {
                outcomes.would_load += 1;
                would_load(plan)
            }
            // Somebody else was faster, between the plan and its run.
            Decision::Load(_) if done.inserted.is_empty() => {
                outcomes.already_loaded += 1;
                Told::new(Priority::Detail, "already-loaded")
            }
            Decision::Load(_) => {
                outcomes.loaded += 1;
                Told::new(Priority::Info, "loaded")
            }
        }
    }

    fn tell_complaints(&mut self) {
        for complaint in self.machine.complaints() {
            self.log.tell(&complaints::record(complaint));
        }
    }

    /// The directory of modules, for a line about the whole.
    pub(crate) fn module_directory(&self) -> &[u8] {
        self.machine.module_directory()
    }
}

struct Told {
    priority: Priority,
    outcome: &'static str,
    origin: Option<Origin>,
    would_insert: Vec<ModuleName>,
}

impl Told {
    fn new(priority: Priority, outcome: &'static str) -> Self {
        Self { priority, outcome, origin: None, would_insert: Vec::new() }
    }
}

fn would_load(plan: &Plan) -> Told {
    let told = Told::new(Priority::Info, "would-load");
    Told { would_insert: autoload::brings(plan), ..told }
}

fn names(modules: &[ModuleName]) -> Vec<Vec<u8>> {
    modules.iter().map(|module| module.as_bytes().to_vec()).collect()
}

fn shown(origin: &Origin) -> Vec<u8> {
    match origin {
        Origin::File { path, line, .. } => [path, &b":"[..], line.to_string().as_bytes()].concat(),
        Origin::KernelCommandLine => b"kernel-command-line".to_vec(),
    }
}

/// What a run has done.
#[derive(Default)]
struct Done {
    inserted: Vec<ModuleName>,
    failed: Vec<ModuleName>,
}

impl Watch for Done {
    fn begins(&mut self, _step: &Step) {}

    fn ends(&mut self, step: &Step, outcome: &Result<Outcome, Problem>) {
        match outcome {
            Ok(Outcome::Done) => self.inserted.push(step.subject.clone()),
            Ok(Outcome::NotNeeded) => {}
            Err(_) => self.failed.push(step.subject.clone()),
        }
    }
}
