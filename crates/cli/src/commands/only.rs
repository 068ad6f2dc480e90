//! `kmodctl block --only FILE` and `kmodctl unblock --only`: the allow-list, its images, and how it is
//! shown. What is kept is known in `decide`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use kmodctl::decide::block::only::{self, Because, KeepLine, OnlyPlan, OnlyRequest};
use kmodctl::decide::{Errno, FileChange, Plan, Problem};
use kmodctl::format::{ModuleName, modules_load};
use kmodctl::system::file_change;
use serde_json::{Map, Value, json};

use super::block::several;
use super::blocking::{Common, carry_out};
use super::stale::StaleImages;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{Align, Paint, Table, joined, names, origin, text};

pub(super) fn block(
    common: &Common,
    list: &OsStr,
    trial: bool,
    session: &Session,
) -> Result<Answer, Failure> {
    const HEADLINE: &str = "the allow-list was not made";
    let failed = |problem| Failure::new(HEADLINE, problem);
    let mut request = request(session).map_err(failed)?;
    request.trial = trial;
    request.lines = lines(list.as_bytes()).map_err(failed)?;
    let others = session.other_kernels();
    let kernels = session.inventories(&others);
    let plan = only::only(&kernels, &request).map_err(failed)?;
    let (stale, unreadable) = stale_images(session, &plan, &request).map_err(failed)?;
    let change = plan.change.as_ref();
    let told = carry_out(common, session, change, &Plan::default(), &stale, HEADLINE)?;
    let mut answer = shown(&plan, &request, &stale, list.as_bytes(), common.dry_run);
    answer.remarks = remarks(&plan, list.as_bytes());
    answer.remarks.extend(told.into_iter().chain(unreadable));
    Ok(answer)
}

pub(super) fn unblock(common: &Common, session: &Session) -> Result<Answer, Failure> {
    const HEADLINE: &str = "the allow-list was not ended";
    let failed = |problem| Failure::new(HEADLINE, problem);
    let request = request(session).map_err(failed)?;
    let change = only::end(&request).map_err(failed)?;
    let plan = OnlyPlan { change, ..OnlyPlan::default() };
    let (stale, unreadable) = stale_images(session, &plan, &request).map_err(failed)?;
    let change = plan.change.as_ref();
    let mut remarks = carry_out(common, session, change, &Plan::default(), &stale, HEADLINE)?;
    remarks.extend(unreadable);
    let text = match change {
        Some(change) => format!("remove {}\n", text(&change.path)),
        None => "nothing to do\n".into(),
    };
    Ok(Answer { text, json: value(&plan, &request, &stale, common.dry_run), remarks, code: 0 })
}

fn request(session: &Session) -> Result<OnlyRequest, Problem> {
    let path = session.host.path(only::FILE);
    Ok(OnlyRequest { current: file_change::current(&path)?, path, ..OnlyRequest::default() })
}

/// The administrator's list: lines as in modules-load.d.
fn lines(path: &[u8]) -> Result<Vec<KeepLine>, Problem> {
    let missing = || Problem::FileUnreadable { file: path.to_vec(), errno: Errno::ENOENT };
    let bytes = file_change::current(path)?.ok_or_else(missing)?;
    let line =
        |line: modules_load::Line<'_>| KeepLine { name: line.name.to_vec(), number: line.number };
    Ok(modules_load::parse(&bytes).map(line).collect())
}

/// The images with another copy of our file than the one that will be there.
fn stale_images<'a>(
    session: &'a Session,
    plan: &'a OnlyPlan,
    request: &'a OnlyRequest,
) -> Result<(StaleImages<'a>, Vec<Remark>), Problem> {
    let after = match &plan.change {
        Some(change) => change.after.as_deref(),
        None => request.current.as_deref(),
    };
    StaleImages::find(session, move |image| {
        let Ok(contents) = &image.contents else { return Ok(None) };
        let modules = only::stale_in(contents, &request.path, after);
        let why = || format!("other lines of {}", several(&joined(&modules), modules.len()));
        Ok((!modules.is_empty()).then(why))
    })
}

fn shown(
    plan: &OnlyPlan,
    request: &OnlyRequest,
    stale: &StaleImages,
    list: &[u8],
    dry_run: bool,
) -> Answer {
    let all = plan.blocked.len() + plan.kept.len();
    let verb = match &plan.change {
        None => "nothing to do",
        Some(FileChange { before: None, .. }) => "create",
        Some(FileChange { after: None, .. }) => "remove",
        Some(_) => "change",
    };
    let file = plan.change.as_ref().map(|change| format!(" {}", text(&change.path)));
    let what = if request.trial { "would be kept out" } else { "are kept out" };
    let mut shown = format!(
        "{verb}{}: {} of {all} modules {what}\n",
        file.unwrap_or_default(),
        plan.blocked.len()
    );
    let mut table =
        Table::new(&[("KEPT BECAUSE", Align::Left), ("", Align::Right), ("MODULES", Align::Left)]);
    for (reason, modules) in grouped(&plan.kept, list) {
        let count = modules.len();
        table.row([reason, count.to_string(), several(&joined(&modules), count)]);
    }
    shown += &table.text(2, Paint::of_stdout());
    if request.trial {
        shown += "what is loaded all the same is told in the kernel log: \
            journalctl -k -g 'kmodctl: trial'\n";
    }
    Answer { text: shown, json: value(plan, request, stale, dry_run), ..Answer::default() }
}

/// The modules by the words of their reasons.
fn grouped(kept: &BTreeMap<ModuleName, Because>, list: &[u8]) -> Vec<(String, Vec<ModuleName>)> {
    let mut groups: BTreeMap<(usize, String), Vec<ModuleName>> = BTreeMap::new();
    for (module, because) in kept {
        let group = match because {
            Because::Loaded => (0, "it is loaded".to_owned()),
            Because::Device(_) => (1, "a device asks for it".to_owned()),
            Because::Boot(_) => (2, "the boot list has it".to_owned()),
            Because::Listed(_) => (3, format!("{} keeps it", text(list))),
            Because::TookOver(_) => (4, "it took a loaded one's place".to_owned()),
            Because::Needed(_) => (5, "one of these needs it".to_owned()),
        };
        groups.entry(group).or_default().push(module.clone());
    }
    groups.into_iter().map(|((_, words), modules)| (words, modules)).collect()
}

fn remarks(plan: &OnlyPlan, list: &[u8]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> =
        plan.idle.iter().map(|(line, meant)| idle(line, meant, list)).collect();
    remarks.extend(plan.rivals.iter().map(|(module, rival)| Remark {
        code: "rival-line",
        told: format!("`{module}` still gets in: {} counts before the allow-list", origin(rival)),
        fix: Some("take out that line, or keep the module".into()),
    }));
    let mut absent: BTreeMap<&[u8], Vec<ModuleName>> = BTreeMap::new();
    for (release, module) in &plan.absent {
        absent.entry(release).or_default().push(module.clone());
    }
    remarks.extend(absent.into_iter().map(|(release, modules)| Remark {
        code: "absent-elsewhere",
        told: format!(
            "the kernel {} has none of these, which are loaded now: {}",
            text(release),
            several(&joined(&modules), modules.len())
        ),
        fix: Some(format!("if others do their work there, {}", name_them(list))),
    }));
    remarks
}

fn name_them(list: &[u8]) -> String {
    match list {
        b"/dev/null" => "name them in a file, and give that to --only".into(),
        list => format!("name them in {}", text(list)),
    }
}

fn idle(line: &KeepLine, meant: &[ModuleName], list: &[u8]) -> Remark {
    let meant: Vec<_> = meant.iter().map(|name| format!("`{name}`")).collect();
    Remark {
        code: "keeps-nothing",
        told: format!(
            "{}:{}: `{}` is no module, pattern or alias of any installed kernel",
            text(list),
            line.number,
            text(&line.name)
        ),
        fix: Some(match meant.is_empty() {
            true => "take the line out, or leave it for hosts that have the module".into(),
            false => format!("did you mean {}?", meant.join(" or ")),
        }),
    }
}

fn value(
    plan: &OnlyPlan,
    request: &OnlyRequest,
    stale: &StaleImages,
    dry_run: bool,
) -> Map<String, Value> {
    let kept = |(module, because): (&ModuleName, &Because)| {
        let (code, of) = match because {
            Because::Boot(line) => ("boot-list", Some(text(&line.name))),
            Because::Device(path) => ("device", Some(text(path))),
            Because::Listed(line) => ("listed", Some(line.to_string())),
            Because::Loaded => ("loaded", None),
            Because::Needed(user) => ("needed", Some(text(user.as_bytes()))),
            Because::TookOver(old) => ("took-over", Some(text(old.as_bytes()))),
        };
        json!({ "name": text(module.as_bytes()), "because": code, "of": of })
    };
    Map::from_iter([
        ("dry_run".to_owned(), dry_run.into()),
        ("changed".to_owned(), plan.change.is_some().into()),
        ("file".to_owned(), text(&request.path).into()),
        ("trial".to_owned(), request.trial.into()),
        ("kept".to_owned(), plan.kept.iter().map(kept).collect()),
        ("blocked".to_owned(), names(&plan.blocked).into()),
        ("stale_images".to_owned(), stale.value()),
    ])
}
