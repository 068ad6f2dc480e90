//! `kmodctl status`: one screen about the host: its kernels, how modules are trusted, the blocks in
//! force, and what is open.

use clap::Args;
use kmodctl::decide::block::{self, Outcome, Rules, blocked_modules, simulate};
use kmodctl::decide::taint::taints;
use kmodctl::decide::{Inventory, World, resolve};
use kmodctl::format::ModuleName;
use kmodctl::format::proc_modules::LoadedModule;
use kmodctl::system::kernel_status::{self, KernelStatus};
use kmodctl::system::{Complaint, file_change};
use serde_json::{Map, Value, json};

use super::allow_list::AllowList;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, joined, names, text};

/// Show the host at a glance: kernels, trust, taint, blocks, and what is not in order
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl status
      Show the host at a glance
  kmodctl status --root /mnt
      The same of a system that is mounted there")]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let machine = &session.machine;
    let status = kernel_status::read(machine);
    let loaded = machine.loaded_modules().unwrap_or_default();
    let others = session.other_kernels();
    let (blocks, mut remarks) = blocks(session);
    let allow_list = AllowList::read(session, &others);
    remarks.extend(allow_list.remarks(session));
    remarks.extend(session.missing_tree_remark());
    remarks.extend(indexes(session));
    remarks.extend(complaints(session));
    remarks.extend(super::idle::remarks(session, &others));
    remarks.extend(boot_list(session));
    let kernels = session.host.kernels();
    let mut shown = String::new();
    let mut line = |label: &str, value: String| shown += &format!("{label:<12} {value}\n");
    line("kernel", text(&session.release));
    let installed = kernels.iter().map(text).collect::<Vec<_>>().join(", ");
    line("installed", if installed.is_empty() { "no kernel".into() } else { installed });
    line("modules", modules_words(session, loaded.len()));
    line("trust", trust_words(&status));
    line("taint", taint_words(&status, &loaded));
    line("requests", requests_words(session));
    line("blocks", if blocks.is_empty() { "none of kmodctl's".into() } else { joined(&blocks) });
    line("allow-list", allow_list.words());
    line("problems", problems_words(remarks.len()));
    let json = Map::from_iter([
        ("kernel".to_owned(), text(&session.release).into()),
        ("installed".to_owned(), kernels.iter().map(text).collect::<Vec<_>>().into()),
        ("loaded".to_owned(), loaded.len().into()),
        ("trust".to_owned(), trust_value(&status)),
        ("taint".to_owned(), taint_value(&status, &loaded)),
        ("blocks".to_owned(), names(&blocks).into()),
        ("allow_list".to_owned(), allow_list.value()),
    ]);
    Ok(Answer { text: shown, json, remarks, ..Answer::default() })
}

fn modules_words(session: &Session, loaded: usize) -> String {
    let mut files = 0;
    // A damaged index is told where its modules are asked for.
    let _ = session.machine.each_need(&mut |_, _| files += 1);
    let builtin = session.machine.builtin_modules().map_or(0, |modules| modules.len());
    format!("{loaded} loaded, {files} installed, {builtin} built in")
}

fn problems_words(count: usize) -> String {
    match count {
        0 => "none".into(),
        1 => "1, told on the standard error".into(),
        count => format!("{count}, told on the standard error"),
    }
}

fn trust_words(status: &KernelStatus) -> String {
    let switch = |value: Option<bool>| match value {
        Some(true) => "on",
        Some(false) => "off",
        None => "unknown",
    };
    let lockdown = status.lockdown.as_deref().map_or_else(|| "unknown".into(), text);
    format!(
        "Secure Boot {}, lockdown {lockdown}, enforced signatures {}",
        switch(status.secure_boot),
        switch(status.signatures_enforced)
    )
}

fn trust_value(status: &KernelStatus) -> Value {
    json!({
        "secure_boot": status.secure_boot,
        "lockdown": status.lockdown.as_deref().map(text),
        "signatures_enforced": status.signatures_enforced,
    })
}

/// The modules that taint, each with its letters.
fn tainting(loaded: &[LoadedModule]) -> impl Iterator<Item = &LoadedModule> {
    loaded.iter().filter(|module| !module.taints.is_empty())
}

fn taint_words(status: &KernelStatus, loaded: &[LoadedModule]) -> String {
    let Some(mask) = status.taint else { return "unknown".into() };
    let words: Vec<_> = taints(mask).map(|(letter, words)| format!("{letter} ({words})")).collect();
    if words.is_empty() {
        return "none".into();
    }
    let modules: Vec<_> = tainting(loaded)
        .map(|module| format!("{} {}", text(module.name.as_bytes()), text(&module.taints)))
        .collect();
    let by =
        if modules.is_empty() { String::new() } else { format!("; by {}", modules.join(", ")) };
    format!("{}{by}", words.join(", "))
}

fn taint_value(status: &KernelStatus, loaded: &[LoadedModule]) -> Value {
    let letters: Option<String> =
        status.taint.map(|mask| taints(mask).map(|(letter, _)| letter).collect());
    let modules: Vec<_> = tainting(loaded)
        .map(|module| json!({ "name": text(module.name.as_bytes()), "taints": text(&module.taints) }))
        .collect();
    json!({ "mask": status.taint, "letters": letters, "modules": modules })
}

fn requests_words(session: &Session) -> String {
    let facts = session.machine.kernel_facts();
    match (facts.modules_disabled, &facts.modprobe) {
        (true, _) => "no module is taken until the next start (kernel.modules_disabled)".into(),
        (false, Some(engine)) => format!("of the kernel go to {}", show::block::engine(engine)),
        (false, None) => "of the kernel: unknown".into(),
    }
}

/// The modules that kmodctl blocks, and a remark for each that gets in all the same.
fn blocks(session: &Session) -> (Vec<ModuleName>, Vec<Remark>) {
    let path = session.host.path(block::FILE);
    let found =
        file_change::current(&path).and_then(|current| blocked_modules(&path, current.as_deref()));
    let blocks = match found {
        Ok(blocks) => blocks,
        Err(problem) => return (Vec::new(), vec![Remark::of(&problem)]),
    };
    let machine = &session.machine;
    let leak = |module: &ModuleName| {
        let outcome = simulate(machine, module.as_bytes(), module, Rules::default()).ok()?;
        let why = match outcome {
            _ if machine.state(module).is_some() => "it is loaded".to_owned(),
            Outcome::Leaks(leak) if machine.is_builtin(module.as_bytes()) != Ok(true) => {
                show::block::leak(&leak)
            }
            _ => return None,
        };
        let name = text(module.as_bytes());
        let fix = Some(format!("kmodctl verify-block {name}"));
        Some(Remark { code: "block-leaks", told: format!("`{name}` is blocked, but {why}"), fix })
    };
    let remarks = blocks.iter().filter_map(leak).collect();
    (blocks, remarks)
}

/// A remark for each kernel whose index is out of date.
fn indexes(session: &Session) -> Vec<Remark> {
    let kernels = session.host.kernels().into_iter();
    let stale = kernels.filter(|release| session.host.has_stale_index(release));
    stale
        .map(|release| {
            let release = text(release);
            Remark {
                code: "index-stale",
                told: format!("the module index of {release} is older than its modules"),
                fix: Some(format!("depmod {release}")),
            }
        })
        .collect()
}

/// A remark for each line of the configuration that is passed over.
fn complaints(session: &Session) -> Vec<Remark> {
    let told = |complaint: &Complaint| match complaint {
        Complaint::BadLine { file, line, first_word } => {
            format!("{}:{line}: `{}` is no directive", text(file), text(first_word))
        }
        Complaint::CannotList { path, errno } | Complaint::Unreadable { path, errno } => {
            format!("{}: {}", text(path), show::problem::errno_text(errno.0))
        }
        Complaint::CannotStat { path } => format!("{} leads nowhere", text(path)),
        Complaint::Deprecated { file, directive } => {
            format!("{}: `{}` is no directive any more", text(file), text(directive))
        }
        Complaint::DirectoryInDirectory { path } => {
            format!("{} is a directory and is not read", text(path))
        }
        Complaint::UnmatchedBracket { name } => {
            format!("`{}` on the kernel command line lacks a bracket", text(name))
        }
    };
    let remark = |complaint| Remark { code: "configuration", told: told(complaint), fix: None };
    session.machine.complaints().iter().map(remark).collect()
}

/// A remark for each line of the boot list that leads to nothing in the kernel that is meant.
fn boot_list(session: &Session) -> Vec<Remark> {
    let machine = &session.machine;
    let lines = machine.boot_lines().into_iter();
    let odd = lines.filter(|line| {
        let known = resolve(machine, &line.name).is_ok_and(|found| !found.is_empty());
        !known && machine.is_builtin(ModuleName::new(&line.name).as_bytes()) != Ok(true)
    });
    odd.map(|line| {
        let at = match &line.file {
            Some(file) => format!("{}:{}", text(file), line.line),
            None => "the kernel command line".into(),
        };
        let near = kmodctl::decide::named::meant(machine, &line.name);
        let fix = (!near.is_empty()).then(|| format!("did you mean {}?", joined(&near)));
        let told =
            format!("{at}: `{}` is no module of {}", text(&line.name), text(&session.release));
        Remark { code: "boot-list", told, fix }
    })
    .collect()
}
