//! `kmodctl list`: the modules in the kernel, those built into it, or all that are installed.

mod tree;

use clap::Args;
use kmodctl::decide::{Errno, Inventory, Problem, World};
use kmodctl::format::proc_modules::LoadedModule;
use kmodctl::format::{ModuleName, signature};
use kmodctl::system::open_module;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::{Align, Table, joined, names, size, text};

/// List the modules in the kernel, with their size, use count, users and taint
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl list --tree
      Show who needs whom among the modules in the kernel
  kmodctl list --all --json
      All installed modules, for a program")]
pub(crate) struct Arguments {
    /// List the modules that are part of the kernel image.
    #[arg(long, conflicts_with_all = ["all", "tree"])]
    builtin: bool,
    /// List every module that is installed, and whether it is loaded.
    #[arg(long, conflicts_with = "tree")]
    all: bool,
    /// Show who needs whom, the users above what they use.
    #[arg(long)]
    tree: bool,
    /// Show who signed each module's file; reads all the files.
    #[arg(long, conflicts_with_all = ["all", "builtin", "tree"])]
    signer: bool,
}

impl Arguments {
    /// Whether it lists what is installed, not what is in the kernel.
    pub(super) fn asks_tree(&self) -> bool {
        self.all || self.builtin
    }
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    if arguments.builtin {
        builtin(session)
    } else if arguments.all {
        all(session)
    } else if arguments.tree {
        Ok(tree::answer(&loaded(session)?))
    } else {
        Ok(in_kernel(arguments, session, &loaded(session)?))
    }
}

/// What is in the kernel, in byte order of the names.
fn loaded(session: &Session) -> Result<Vec<LoadedModule>, Failure> {
    let mut loaded = session.machine.loaded_modules().map_err(|errno| {
        let file = [&session.machine.place().proc[..], b"/modules"].concat();
        let problem = Problem::FileUnreadable { file, errno };
        let failure = Failure::new("the modules in the kernel cannot be listed", problem);
        let fix = "mount /proc; where it is mounted, this kernel has no support of modules";
        let is_missing = errno == Errno::ENOENT;
        Failure { fixes: is_missing.then(|| fix.to_owned()).into_iter().collect(), ..failure }
    })?;
    loaded.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(loaded)
}

fn in_kernel(arguments: &Arguments, session: &Session, loaded: &[LoadedModule]) -> Answer {
    let mut heads = vec![
        ("MODULE", Align::Left),
        ("SIZE", Align::Right),
        ("USES", Align::Right),
        ("TAINT", Align::Left),
        ("USED BY", Align::Left),
    ];
    if arguments.signer {
        heads.insert(4, ("SIGNER", Align::Left));
    }
    let mut table = Table::new(&heads);
    let mut values = Vec::new();
    for module in loaded {
        let signer = arguments.signer.then(|| signer(session, &module.name).unwrap_or_default());
        let mut row = vec![
            text(module.name.as_bytes()),
            module.size.map(size).unwrap_or_default(),
            module.references.map(|uses| uses.to_string()).unwrap_or_default(),
            text(&module.taints),
        ];
        row.extend(signer.clone());
        row.push(joined(&module.users));
        table.row(row);
        values.push(value(module, signer));
    }
    Answer::new(table.text(0, session.paint), "modules", values)
}

fn value(module: &LoadedModule, signer: Option<String>) -> Value {
    let mut value = json!({
        "name": text(module.name.as_bytes()),
        "size_bytes": module.size,
        "uses": module.references,
        "holders": names(&module.users),
        "taints": text(&module.taints),
        "permanent": module.is_permanent,
    });
    if let (Some(signer), Some(object)) = (signer, value.as_object_mut()) {
        object.insert("signer".into(), signer.into());
    }
    value
}

/// Who signed a module's file; nothing of one that has no file or no signature.
fn signer(session: &Session, module: &ModuleName) -> Option<String> {
    let file = session.machine.module_file(module.as_bytes()).ok()??;
    let signature = signature::read(&open_module(&file.path).ok()?.bytes).ok()??;
    Some(text(&signature.signer))
}

fn builtin(session: &Session) -> Result<Answer, Failure> {
    let modules = session.machine.builtin_modules().map_err(cannot_list)?;
    let text = names(&modules).iter().map(|name| format!("{name}\n")).collect();
    let values: Vec<_> = names(&modules).iter().map(|name| json!({ "name": name })).collect();
    Ok(Answer::new(text, "modules", values))
}

fn all(session: &Session) -> Result<Answer, Failure> {
    let loaded = session.machine.loaded_modules().unwrap_or_default();
    let mut table =
        Table::new(&[("MODULE", Align::Left), ("STATE", Align::Left), ("FILE", Align::Left)]);
    let mut values = Vec::new();
    let mut add = |name: &ModuleName, state: &str, file: Option<&[u8]>| {
        let file = file.map(text);
        values.push(json!({ "name": text(name.as_bytes()), "state": state, "file": file }));
        table.row([text(name.as_bytes()), state.to_owned(), file.unwrap_or_default()]);
    };
    for (name, file) in session.machine.module_files().map_err(cannot_list)? {
        let is_loaded = loaded.iter().any(|one| one.name == name);
        add(&name, if is_loaded { "loaded" } else { "installed" }, Some(&file.path));
    }
    for name in session.machine.builtin_modules().map_err(cannot_list)? {
        add(&name, "built-in", None);
    }
    Ok(Answer::new(table.text(0, session.paint), "modules", values))
}

fn cannot_list(problem: Problem) -> Failure {
    Failure::new("the installed modules cannot be listed", problem)
}
