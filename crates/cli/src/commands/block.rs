//! `kmodctl block M…`: keeps modules out, on every engine that obeys modprobe.d, and says what that
//! does not reach.

use std::ffi::OsString;

use clap::Args;
use kmodctl::decide::Inventory;
use kmodctl::decide::block::{BlockPlan, Blocked, BlockedKind, ImageState, Why, block};

use super::blocking::{self, Common};
use super::only;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, joined, problem, text};

/// Keep modules from being loaded: by alias, by name, as a dependency; unload them if they are free
///
/// The lines stand in a file of kmodctl's own, /etc/modprobe.d/00-kmodctl-block.conf. What they do
/// not reach (what is built in, images of the first root directory, lines of others that count
/// before them) is told, with what to do about it. `kmodctl verify-block` proves the result.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl block nfsd --dry-run
      Show the lines that would keep a module out
  kmodctl block dccp_ipv4 --with-unused --rebuild
      Keep out a module and what only it needs, and make stale images anew
  kmodctl block --only /dev/null --trial
      Only tell, in the kernel log, of what is loaded and was not in use before")]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Block as well the modules that only these need.
    #[arg(long)]
    with_unused: bool,
    /// Take names that no installed kernel has.
    #[arg(long)]
    absent: bool,
    /// Block every module but what is in use and what FILE keeps.
    ///
    /// Kept are the modules that are loaded, that devices ask for, that are in the boot list or in
    /// FILE, and all that these need, in every installed kernel. FILE has a module, a pattern of
    /// modules (`snd_*`) or an alias a line; /dev/null keeps nothing more. The lines stand in a file
    /// of their own, /etc/modprobe.d/01-kmodctl-only.conf; `kmodctl unblock --only` ends them. Only
    /// modules that are installed now are blocked: make the list anew after a new kernel came.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["with_unused", "absent"])]
    only: Option<OsString>,
    /// With --only: load the other modules all the same, and tell of it in the kernel log.
    #[arg(long, requires = "only", conflicts_with = "modules")]
    trial: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    if let Some(list) = &arguments.only {
        return only::block(&arguments.common, list, arguments.trial, session);
    }
    const HEADLINE: &str = "the block was not made";
    let failed = |problem| Failure::new(HEADLINE, problem);
    let others = blocking::worlds(session);
    let mut worlds: Vec<&dyn Inventory> = vec![&session.machine];
    worlds.extend(others.iter().map(|machine| machine as &dyn Inventory));
    let mut request = blocking::request(&arguments.common, session).map_err(failed)?;
    request.with_unused = arguments.with_unused;
    request.allow_absent = arguments.absent;
    let plan = block(&worlds, &request).map_err(|problem| failed(problem).with_alias(session))?;
    let lets_in =
        |state: &ImageState| matches!(state, ImageState::Leaks(_) | ImageState::Passes(_));
    let (stale, unreadable) = blocking::stale_images(session, &plan, lets_in).map_err(failed)?;
    let mut answer = blocking::finish(&arguments.common, session, &plan, &stale, HEADLINE)?;
    answer.remarks.splice(0..0, remarks(session, &plan));
    answer.remarks.extend(unreadable);
    Ok(answer)
}

fn remarks(session: &Session, plan: &BlockPlan) -> Vec<Remark> {
    plan.modules.iter().flat_map(|blocked| remarks_of(session, blocked)).collect()
}

fn remarks_of(session: &Session, blocked: &Blocked) -> Vec<Remark> {
    let name = text(blocked.module.as_bytes());
    let mut remarks = Vec::new();
    let mut add =
        |code, told: String, fix: Option<String>| remarks.push(Remark { code, told, fix });
    if let Some(leak) = blocked.rival() {
        let at = show::block::leak_at(leak).unwrap_or_default();
        let told = format!("`{name}` still gets in: {}", show::block::leak(leak));
        add(
            "rival-line",
            told,
            Some(format!("take out the line {at}, which counts before the block")),
        );
    }
    if let BlockedKind::BuiltIn { functions, blacklisted: false } = &blocked.kind {
        let told =
            format!("`{name}` is built into the kernel, which no file of modprobe.d changes");
        add("built-in", told, Some(initcall_fix(session, functions)));
    }
    if blocked.kind == BlockedKind::Absent {
        add("absent", format!("no installed kernel has a module `{name}`"), None);
    }
    if let Some(stays) = &blocked.stays {
        let fix = problem::cures(stays).into_iter().next();
        add(
            "stays-loaded",
            format!("`{name}` stays in the kernel: {}", problem::cause(stays)),
            fix,
        );
    }
    if !blocked.needed_by.is_empty() {
        let users = several(&joined(&blocked.needed_by), blocked.needed_by.len());
        add("dependents", format!("what needs `{name}` will not load either: {users}"), None);
    }
    if blocked.why == Why::Asked && !blocked.still_loads.is_empty() {
        let needs = several(&joined(&blocked.still_loads), blocked.still_loads.len());
        let told =
            format!("a request for `{name}` loads what it needs before it is refused: {needs}");
        let alone = joined(&blocked.alone_needs);
        let fix = || format!("add --with-unused to block what only it needs: {alone}");
        add("still-loads", told, (!alone.is_empty()).then(fix));
    }
    remarks
}

/// A list, cut after some words when it is long.
pub(super) fn several(list: &str, count: usize) -> String {
    const MOST: usize = 8;
    let words: Vec<_> = list.split(", ").take(MOST).collect();
    let more = count.saturating_sub(MOST);
    if more == 0 { list.to_owned() } else { format!("{} and {more} more", words.join(", ")) }
}

/// How the functions that start a built-in module are kept from it.
pub(super) fn initcall_fix(session: &Session, functions: &[Vec<u8>]) -> String {
    if functions.is_empty() {
        return "find its initcall in /proc/kallsyms as root, and put initcall_blacklist=FUNCTION on \
            the kernel command line"
            .into();
    }
    let functions = text(functions.join(&b','));
    session.on_command_line(&format!("initcall_blacklist={functions}")).join("; or ")
}
