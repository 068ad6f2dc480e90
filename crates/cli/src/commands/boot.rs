//! `kmodctl boot`: the modules that are loaded at boot. Each of its commands has a file.

mod add;
mod list;
mod remove;
mod standings;

use clap::{Args, Subcommand};
use kmodctl::decide::boot_list::owned::{self, BootRequest};
use kmodctl::decide::{FileChange, Problem};
use kmodctl::system::file_change;

use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::plan::{change, change_value};

/// See and change the list of modules that are loaded at boot
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Add(Change),
    Remove(RemoveChange),
}

/// Have modules loaded at boot
///
/// The names are written to /etc/modules-load.d/kmodctl.conf, which belongs to kmodctl. They are
/// checked against every installed kernel: one that is missing, built in or kept out is told.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl boot add nfsd
      Have a module loaded at boot")]
struct Change {
    #[command(flatten)]
    names: Names,
}

/// No longer have modules loaded at boot
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl boot remove nfsd
      No longer have it loaded")]
struct RemoveChange {
    #[command(flatten)]
    names: Names,
}

#[derive(Args, Debug)]
struct Names {
    /// The modules, or aliases of modules.
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<String>,
    /// Show what would be written, and write nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    match &arguments.command {
        Command::Add(change) => add::run(&change.names, session),
        Command::List(arguments) => list::run(arguments, session),
        Command::Remove(change) => remove::run(&change.names, session),
    }
}

fn request(session: &Session, names: &[String]) -> Result<BootRequest, Problem> {
    let path = session.host.path(owned::FILE);
    Ok(BootRequest {
        names: names.iter().map(|name| name.clone().into_bytes()).collect(),
        current: file_change::current(&path)?,
        path,
    })
}

/// Makes the change, unless it is only to be shown.
fn finish(
    session: &Session,
    planned: Option<&FileChange>,
    names: &Names,
) -> Result<Answer, Problem> {
    if let (Some(change), false) = (planned, names.dry_run) {
        file_change::make(change)?;
    }
    let text = match planned {
        Some(planned) => change(planned, session.paint),
        None => "nothing to do\n".into(),
    };
    let files: Vec<_> = planned.into_iter().map(change_value).collect();
    let mut answer = Answer::new(text, "files", files);
    answer.json.insert("changed".into(), planned.is_some().into());
    answer.json.insert("dry_run".into(), names.dry_run.into());
    Ok(answer)
}
