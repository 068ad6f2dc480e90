//! Runs: a plan, a kernel that answers as told, and the whole course of it.
#![allow(clippy::unwrap_used)]

mod text_world;

use std::collections::BTreeMap;
use std::fmt::Write;

use kmodctl_decide::plan::{Command, Insertion, Removal};
use kmodctl_decide::{
    Action, Errno, InitState, Kernel, LoadPolicy, Match, Outcome, Problem, Step, UnloadPolicy,
    Watch, plan_load, plan_unload, run,
};
use kmodctl_format::ModuleName;
use text_world::{InKernel, TextWorld};

/// A kernel that refuses what it is told to refuse, and otherwise does it.
struct ToldKernel {
    world: TextWorld,
    refusals: BTreeMap<&'static str, Errno>,
    /// Modules that come into use when the named one goes.
    seizes: BTreeMap<&'static str, &'static str>,
}

impl ToldKernel {
    fn refusal(&self, module: &ModuleName) -> Option<Errno> {
        self.refusals.get(std::str::from_utf8(module.as_bytes()).unwrap()).copied()
    }
}

impl Kernel for ToldKernel {
    fn insert(&mut self, module: &ModuleName, insertion: &Insertion) -> Result<(), Problem> {
        let file = insertion.path.clone().ok_or(Problem::NoFile { module: module.clone() })?;
        if let Some(errno) = self.refusal(module) {
            return Err(Problem::InsertRefused { module: module.clone(), file, errno });
        }
        let live = InKernel { state: InitState::Live, uses: 0, by: Vec::new() };
        self.world.kernel.borrow_mut().insert(module.clone(), live);
        Ok(())
    }

    fn remove(&mut self, module: &ModuleName, _removal: &Removal) -> Result<(), Problem> {
        if let Some(errno) = self.refusal(module) {
            return Err(Problem::RemoveRefused { module: module.clone(), errno });
        }
        let mut kernel = self.world.kernel.borrow_mut();
        kernel.remove(module);
        for other in kernel.values_mut() {
            if other.by.contains(module) {
                other.by.retain(|holder| holder != module);
                other.uses -= 1;
            }
        }
        if let Some(seized) = self.seizes.get(std::str::from_utf8(module.as_bytes()).unwrap()) {
            kernel.get_mut(&ModuleName::new(seized)).unwrap().uses += 1;
        }
        Ok(())
    }

    fn command(&mut self, module: &ModuleName, command: &Command) -> Result<(), Problem> {
        let problem = |status| Problem::CommandFailed {
            module: module.clone(),
            kind: command.kind,
            command: command.filled_in(),
            status,
        };
        self.refusal(module).map_or(Ok(()), |errno| Err(problem(errno.0)))
    }
}

/// Writes down the course of a run: `insert a ok`.
#[derive(Default)]
struct Course(String);

impl Watch for Course {
    fn begins(&mut self, step: &Step) {
        let verb = match step.action {
            Action::Command(_) => "command",
            Action::Insert(_) => "insert",
            Action::Note(_) => "note",
            Action::Remove(_) => "remove",
        };
        let _ = write!(self.0, "{verb} ");
    }

    fn ends(&mut self, step: &Step, outcome: &Result<Outcome, Problem>) {
        let told = match outcome {
            Ok(Outcome::Done) => "ok",
            Ok(Outcome::NotNeeded) => "not needed",
            Err(problem) => problem.code(),
        };
        let _ = writeln!(self.0, "{} {told}", step.subject);
    }
}

struct Case {
    what: &'static str,
    world: &'static str,
    unload: bool,
    first_time: bool,
    refusals: &'static [(&'static str, i32)],
    seizes: &'static [(&'static str, &'static str)],
    course: &'static str,
}

const CASE: Case = Case {
    what: "",
    world: "",
    unload: false,
    first_time: false,
    refusals: &[],
    seizes: &[],
    course: "",
};

fn course(case: &Case) -> String {
    let world = TextWorld::new(case.world);
    let asked = Match::of_name(ModuleName::new("a"));
    let first_time = case.first_time;
    let plan = if case.unload {
        plan_unload(&world, &asked, &UnloadPolicy { first_time, ..UnloadPolicy::default() })
    } else {
        plan_load(&world, &asked, &LoadPolicy { first_time, ..LoadPolicy::default() })
    };
    let mut kernel = ToldKernel {
        world: world.clone(),
        refusals: case.refusals.iter().map(|&(name, errno)| (name, Errno(errno))).collect(),
        seizes: case.seizes.iter().copied().collect(),
    };
    let mut course = Course::default();
    if let Err(failure) = run(&plan.unwrap(), &world, &mut kernel, &mut course) {
        let _ = writeln!(course.0, "ended at {} by {}", failure.step, failure.problem.code());
    }
    course.0
}

fn check(cases: &[Case]) {
    for case in cases {
        let expected: String =
            case.course.lines().map(|line| format!("{}\n", line.trim())).collect();
        assert_eq!(course(case).trim(), expected.trim(), "{}", case.what);
    }
}

#[test]
fn loads() {
    const CHAIN: &str = "module a: b c\nmodule b: c\nmodule c";
    check(&[
        Case {
            what: "all goes well",
            world: CHAIN,
            course: "insert c ok
                     insert b ok
                     insert a ok",
            ..CASE
        },
        Case {
            what: "the first required failure ends the run",
            world: CHAIN,
            refusals: &[("b", 2)],
            course: "insert c ok
                     insert b unknown-symbol
                     ended at 1 by unknown-symbol",
            ..CASE
        },
        Case {
            what: "somebody else was faster",
            world: CHAIN,
            refusals: &[("b", 17)],
            course: "insert c ok
                     insert b not needed
                     insert a ok",
            ..CASE
        },
        Case {
            what: "the first time means the requested module, not what it needs",
            world: CHAIN,
            first_time: true,
            refusals: &[("b", 17), ("a", 17)],
            course: "insert c ok
                     insert b not needed
                     insert a already-loaded
                     ended at 2 by already-loaded",
            ..CASE
        },
        Case {
            what: "what a softdep asks for may fail",
            world: "module a\nmodule b\nmodule c\nsoftdep a pre: b post: c",
            refusals: &[("b", 2), ("c", 2)],
            course: "insert b unknown-symbol
                     insert a ok
                     insert c unknown-symbol",
            ..CASE
        },
        Case {
            what: "a module that stands twice on the list is inserted once",
            world: "module a: b c\nmodule b\nmodule c\nsoftdep b pre: c",
            course: "insert c ok
                     c not needed
                     insert b ok
                     insert a ok",
            ..CASE
        },
        Case {
            what: "a name without a file",
            world: "alias a off\nmodule b",
            course: "insert a no-file
                     ended at 0 by no-file",
            ..CASE
        },
        Case {
            what: "a command that fails",
            world: "module a\ninstall a refuse",
            refusals: &[("a", 1)],
            course: "command a command-failed
                     ended at 0 by command-failed",
            ..CASE
        },
    ]);
}

#[test]
fn removals() {
    const CHAIN: &str = "module a: b c\nmodule b: c\nmodule c
                         loaded a\nloaded b by=a\nloaded c by=b";
    let unload = Case { unload: true, ..CASE };
    check(&[
        Case {
            what: "a chain goes to its end",
            world: CHAIN,
            course: "remove a ok
                     remove b ok
                     remove c ok",
            ..unload
        },
        Case {
            what: "what came into use meanwhile stays, and what it uses",
            world: CHAIN,
            seizes: &[("a", "b")],
            course: "remove a ok
                     b not needed
                     c not needed",
            ..unload
        },
        Case {
            what: "the kernel refuses",
            world: CHAIN,
            refusals: &[("a", 11)],
            course: "remove a remove-refused
                     ended at 0 by remove-refused",
            ..unload
        },
        Case {
            what: "in use",
            world: "module a\nloaded a uses=2",
            course: "a in-use
                     ended at 0 by in-use",
            ..unload
        },
        Case {
            what: "a soft dependency in use ends the run, as kmod's FATAL does",
            world: "module a\nmodule b\nsoftdep a post: b\nloaded a\nloaded b uses=1",
            course: "b in-use
                     ended at 0 by in-use",
            ..unload
        },
        Case {
            what: "a soft dependency that the kernel holds on to does not",
            world: "module a\nmodule b\nsoftdep a post: b\nloaded a\nloaded b",
            refusals: &[("b", 1)],
            course: "remove b remove-refused
                     remove a ok",
            ..unload
        },
    ]);
}
