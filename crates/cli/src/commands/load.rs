//! `kmodctl load M…`: loads modules with what they need, and reads the kernel's messages when one
//! is refused, or when a parameter was passed over.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::diagnosis::{
    Refusal, blocked, diagnosed, ignored_parameters, line_of_option, missing_firmware, turned_away,
};
use kmodctl::decide::plan::{Action, Note};
use kmodctl::decide::problem::firmware_fix;
use kmodctl::decide::resolve::Match;
use kmodctl::decide::{
    BlacklistPolicy, LoadPolicy, Plan, Problem, Reason, World, plan_load, resolve,
};
use kmodctl::format::kernel_log::{Message, message};
use kmodctl::format::{ModuleName, module_parameters};
use kmodctl::system::LiveKernel;
use kmodctl::system::kernel_log::KernelLog;
use serde_json::{Map, Value, json};

use super::steps::{Silent, refuse_other_host};
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, origin, text};

/// Load modules with all that they need; say why when one is refused
///
/// A name or an alias may be given. After a failure the kernel log is read: it names the missing
/// symbol, the parameter, the part of the version magic, or the signature that is refused.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl load e1000e copybreak=128 --dry-run
      Show what would be loaded, with a parameter
  kmodctl load e1000e ptp
      Load two modules, and what they need")]
pub(crate) struct Arguments {
    /// Modules; PARAMETER=VALUE words belong to the module before them.
    #[arg(required = true, value_name = "MODULE [PARAMETER=VALUE]")]
    words: Vec<OsString>,
    /// Show the plan and change nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let requests = requests(&arguments.words).map_err(|word| {
        let problem = Problem::NotFound {
            query: word.clone(),
            directory: session.machine.module_directory().to_vec(),
        };
        Failure::new("the first word is a module", problem)
    })?;
    let mut answer = Answer::default();
    let mut values = Vec::new();
    for Request { name, parameters } in &requests {
        let headline = format!("`{}` was not loaded", text(name));
        let value = load(session, name, parameters, arguments.dry_run, &mut answer)
            .map_err(|failed| Failure { headline, ..failed })?;
        values.extend(value);
    }
    answer.json = Map::from_iter([
        ("dry_run".to_owned(), arguments.dry_run.into()),
        ("modules".to_owned(), values.into()),
    ]);
    Ok(answer)
}

/// A module that is asked for.
struct Request {
    name: Vec<u8>,
    /// Words `PARAMETER=VALUE`.
    parameters: Vec<Vec<u8>>,
}

/// The modules with their parameters; the error is a parameter before any module.
fn requests(words: &[OsString]) -> Result<Vec<Request>, Vec<u8>> {
    let mut requests: Vec<Request> = Vec::new();
    for word in words.iter().map(|word| word.as_bytes()) {
        // A modalias may hold a `=` as well, but always behind a colon.
        let is_parameter =
            word.iter().position(|byte| b"=:".contains(byte)).is_some_and(|at| word[at] == b'=');
        match (is_parameter, requests.last_mut()) {
            (false, _) => requests.push(Request { name: word.to_vec(), parameters: Vec::new() }),
            (true, Some(request)) => request.parameters.push(word.to_vec()),
            (true, None) => return Err(word.to_vec()),
        }
    }
    Ok(requests)
}

fn load(
    session: &Session,
    name: &[u8],
    parameters: &[Vec<u8>],
    dry_run: bool,
    answer: &mut Answer,
) -> Result<Vec<Value>, Failure> {
    let failed = |problem| Failure::new("", problem);
    let machine = &session.machine;
    let found = resolve(machine, name).map_err(failed)?;
    if found.is_empty() {
        let directory = machine.module_directory().to_vec();
        return Err(failed(Problem::NotFound { query: name.to_vec(), directory }));
    }
    let mut values = Vec::new();
    for found in &found {
        super::parameters::check(session, &found.module, parameters)?;
        let policy = policy(parameters);
        let plan = plan_load(machine, found, &policy).map_err(failed)?;
        answer.text += &show::plan::steps(&plan);
        answer.remarks.extend(remarks(&plan, found, parameters));
        let subjects = plan.steps.iter().map(|step| &step.subject);
        answer.remarks.extend(super::idle::about(session, subjects));
        if !dry_run {
            refuse_other_host(session)?;
            if let Some(problem) = blocked(machine, &plan) {
                return Err(failed(problem));
            }
            carry_out(session, found, &plan, answer)?;
        } else if let Some(problem) = blocked(machine, &plan) {
            answer.remarks.push(Remark {
                code: "blocked",
                told: show::problem::cause(&problem),
                fix: show::problem::cures(&problem).into_iter().next(),
            });
        }
        values.push(json!({
            "name": text(found.module.as_bytes()),
            "steps": show::plan::steps_value(&plan),
        }));
    }
    Ok(values)
}

/// As modprobe has it: a blacklist line counts for aliases.
fn policy(parameters: &[Vec<u8>]) -> LoadPolicy {
    LoadPolicy {
        blacklist: BlacklistPolicy { aliases: true, ..BlacklistPolicy::default() },
        extra_options: module_parameters::join(parameters.iter().map(Vec::as_slice)),
        ..LoadPolicy::default()
    }
}

/// What a plan of notes leaves unsaid.
fn remarks(plan: &Plan, found: &Match, parameters: &[Vec<u8>]) -> Vec<Remark> {
    let name = text(found.module.as_bytes());
    let asked = plan.steps.iter().find(|step| step.reason == Reason::Asked);
    let mut remarks = Vec::new();
    match asked.map(|step| &step.action) {
        Some(Action::Note(Note::AlreadyLoaded | Note::BuiltIn)) if !parameters.is_empty() => {
            remarks.push(Remark {
                code: "parameters-unchanged",
                told: format!(
                    "`{name}` is in the kernel already, so its parameters stay as they are"
                ),
                fix: Some(reload(plan, &name, parameters)),
            });
        }
        Some(Action::Note(Note::Blacklisted(at))) => remarks.push(Remark {
            code: "blacklisted",
            told: format!(
                "nothing was loaded: {} keeps `{name}` from being loaded by an alias",
                origin(at)
            ),
            fix: Some(format!("kmodctl load {name} (by its own name)")),
        }),
        _ => {}
    }
    remarks
}

/// How a module that is there gets other parameters.
fn reload(plan: &Plan, name: &str, parameters: &[Vec<u8>]) -> String {
    let is_builtin = plan.steps.iter().any(|step| step.action == Action::Note(Note::BuiltIn));
    let words = text(parameters.join(&b' '));
    match is_builtin {
        true => format!("kmodctl param keep {name}.PARAMETER=VALUE (tells where that is done)"),
        false => format!("kmodctl unload {name} && kmodctl load {name} {words} (while it is free)"),
    }
}

fn carry_out(
    session: &Session,
    found: &Match,
    plan: &Plan,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let log = KernelLog::from_now();
    let mut kernel = LiveKernel::new(session.machine.place());
    let ran = kmodctl::decide::run(plan, &session.machine, &mut kernel, &mut Silent);
    let lines = log.as_ref().map(KernelLog::lines).unwrap_or_default();
    let messages: Vec<Message> = lines.iter().filter_map(|line| message(line)).collect();
    let Err(failure) = ran else {
        if let Some(problem) = turned_away(&session.machine, plan) {
            return Err(Failure { seen: seen(&lines, &problem), ..Failure::new("", problem) });
        }
        answer.remarks.extend(ignored(session, &found.module, &messages));
        answer.remarks.extend(firmware(&messages));
        return Ok(());
    };
    let options = options_of(plan, failure.step);
    let problem = diagnosed(&session.machine, failure.problem, options, &messages);
    let mut seen = seen(&lines, &problem);
    if let Err(errno) = &log {
        let why = show::problem::errno_text(errno.0);
        seen.push(format!("the kernel log could not be read ({why}): root may read it"));
    }
    Err(Failure { seen, ..Failure::new("", problem) })
}

/// The parameters that a step gives its module.
fn options_of(plan: &Plan, step: usize) -> &[u8] {
    match plan.steps.get(step).map(|step| &step.action) {
        Some(Action::Insert(insertion)) => &insertion.options,
        _ => &[],
    }
}

/// The first few of the kernel's lines about modules; of one whose own start failed all that was
/// said meanwhile may tell why.
fn seen(lines: &[Vec<u8>], problem: &Problem) -> Vec<String> {
    const MOST: usize = 3;
    let started = match problem {
        Problem::InsertDiagnosed { refusal, .. } => matches!(**refusal, Refusal::Start { .. }),
        _ => false,
    };
    let mut about: Vec<_> =
        lines.iter().filter(|line| started || message(line).is_some()).collect();
    // A compressed module that is refused may be offered twice.
    about.dedup();
    let shown = about.iter().take(MOST).map(|line| format!("kernel log: \"{}\"", text(line)));
    let more = about.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("kernel log: {more} more lines about modules"));
    shown.chain(more).collect()
}

/// A remark for each parameter that the kernel passed over.
fn ignored(session: &Session, module: &ModuleName, messages: &[Message]) -> Vec<Remark> {
    ignored_parameters(module, messages)
        .map(|parameter| {
            let told = format!(
                "`{}` is loaded, but has no parameter `{}`, which was passed over",
                text(module.as_bytes()),
                text(parameter)
            );
            let line = line_of_option(session.machine.configuration(), module, parameter);
            let fix = super::parameters::corrected(session, module, parameter, line.as_ref());
            Remark { code: "unknown-parameter", told, fix }
        })
        .collect()
}

/// A remark for each file of firmware that a driver asked for in vain: its device does not work.
fn firmware(messages: &[Message]) -> Vec<Remark> {
    let missing: BTreeSet<_> = missing_firmware(messages).collect();
    let remark = |(driver, file): (&[u8], &[u8])| Remark {
        code: "firmware-missing",
        told: format!("the driver {} found no firmware {} for a device", text(driver), text(file)),
        fix: Some(format!("{} (and unload and load it again)", firmware_fix(file))),
    };
    missing.into_iter().map(remark).collect()
}
