//! `kmodctl unload M…`: takes modules out of the kernel, and says who uses one that stays.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::block::{KernelState, kernel_state};
use kmodctl::decide::diagnosis;
use kmodctl::decide::named::modules_named;
use kmodctl::decide::resolve::Match;
use kmodctl::decide::{Forecast, Plan, Problem, UnloadPolicy, plan_unload};
use kmodctl::format::ModuleName;
use kmodctl::system::{LiveKernel, uses};
use serde_json::{Map, json};

use super::block::initcall_fix;
use super::steps::{Silent, refuse_other_host};
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, text};

/// Unload modules, and what nothing else uses afterwards; say who uses one that stays
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl unload e1000e --dry-run
      Show what would go, and who uses it
  kmodctl unload --holders ptp
      Unload a module, and first those that use it")]
pub(crate) struct Arguments {
    /// The modules.
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<OsString>,
    /// Show the plan and change nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Unload first the modules that use these.
    #[arg(long)]
    holders: bool,
    /// Have the kernel unload a module that is in use: what uses it will crash, and perhaps the
    /// kernel with it. Few kernels allow it.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    let mut values = Vec::new();
    for word in &arguments.modules {
        let word = word.as_bytes();
        let headline = format!("`{}` was not unloaded", text(word));
        let failed = |problem| Failure::new(headline.clone(), problem);
        for module in modules_named(&session.machine, word).map_err(failed)? {
            let plan = unload(arguments, session, &module, &mut answer)
                .map_err(|failure| Failure { headline: headline.clone(), ..failure })?;
            values.push(json!({
                "name": text(module.as_bytes()),
                "steps": show::plan::steps_value(&plan),
            }));
        }
    }
    answer.json = Map::from_iter([
        ("dry_run".to_owned(), arguments.dry_run.into()),
        ("modules".to_owned(), values.into()),
    ]);
    Ok(answer)
}

fn unload(
    arguments: &Arguments,
    session: &Session,
    module: &ModuleName,
    answer: &mut Answer,
) -> Result<Plan, Failure> {
    let policy = UnloadPolicy {
        force: arguments.force,
        remove_holders: arguments.holders,
        // A forced removal is the kernel's to decide: nobody is to be unused for it.
        wait_milliseconds: arguments.force.then_some(0),
        ..UnloadPolicy::default()
    };
    let plan = plan_unload(&session.machine, &Match::of_name(module.clone()), &policy);
    let plan = plan.map_err(|problem| told(session, problem))?;
    answer.text += &show::plan::steps(&plan);
    let refused = plan.steps.iter().find_map(|step| match &step.forecast {
        Forecast::Refused(problem) if step.required => Some(problem.clone()),
        _ => None,
    });
    if let Some(problem) = refused {
        if !arguments.dry_run {
            return Err(told(session, problem));
        }
        let failure = told(session, problem);
        answer.remarks.push(Remark {
            code: "in-use",
            told: [vec![show::problem::cause(&failure.problem)], failure.seen.clone()]
                .concat()
                .join("; "),
            fix: show::problem::fixes(&failure).into_iter().next(),
        });
    }
    if !arguments.dry_run {
        refuse_other_host(session)?;
        let mut kernel = LiveKernel::new(session.machine.place());
        let ran = kmodctl::decide::run(&plan, &session.machine, &mut kernel, &mut Silent);
        ran.map_err(|failure| told(session, failure.problem))?;
    }
    Ok(plan)
}

/// The failure, with who uses the module and what to stop.
fn told(session: &Session, problem: Problem) -> Failure {
    let mut failure = Failure::new("", diagnosis::removal(&session.machine, problem));
    if let Problem::BuiltIn { module } = &*failure.problem {
        let state = kernel_state(&session.machine, module);
        if let Ok(KernelState::BuiltIn { functions, .. }) = state {
            failure.fixes.push(initcall_fix(session, &functions));
        }
        return failure;
    }
    let (module, has_holders) = match &*failure.problem {
        Problem::InUse { module, holders, .. } => (module.clone(), !holders.is_empty()),
        Problem::RemoveRefused { module, .. } => (module.clone(), false),
        _ => return failure,
    };
    let users = uses::of(&session.machine, &module);
    if has_holders {
        failure.fixes.push(format!("kmodctl unload --holders {module}"));
    }
    failure.seen.extend(users.iter().map(show::uses::words));
    failure.seen.dedup();
    if users.is_empty() && !has_holders {
        failure.seen.push(show::uses::NOBODY.to_owned());
    }
    if show::uses::may_be_the_kernels(&users) && !has_holders {
        failure.fixes.push(format!("kmodctl block {module} (and restart: it is left out then)"));
    }
    failure.fixes.extend(show::uses::stop(&users));
    failure
}
