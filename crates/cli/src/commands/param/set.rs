//! `kmodctl param set`: live values become others; nothing is kept.

use clap::Args;
use kmodctl::decide::Problem;
use kmodctl::decide::parameters::set::{LiveChange, set};
use serde_json::json;

use super::words::{Valued, failed, valued};
use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::text;

/// Set the live value of a parameter, until the module is loaded anew
///
/// Where the kernel does not let it be written, the command that brings the value into force is
/// named: a reload or a restart.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl param set e1000e.copybreak=128
      Set a live value until the module is loaded anew")]
pub(crate) struct Arguments {
    /// The parameter, with its module and its new value.
    #[arg(value_name = "MODULE.PARAMETER=VALUE", value_parser = valued, required = true)]
    settings: Vec<Valued>,
    /// Show what would be set, and set nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let mut changes = Vec::new();
    for one in &arguments.settings {
        let headline = format!("`{}.{}` cannot be set", one.named.module, one.named.parameter);
        let failed = |problem| {
            failed(session, headline.clone(), one.setting(session).ok().as_ref(), problem)
        };
        let setting = one.setting(session).map_err(failed)?;
        let change = set(&session.machine, &setting.module, &setting.parameter, &setting.value);
        changes.push(change.map_err(failed)?);
    }
    let mut answer = Answer::default();
    let mut values = Vec::new();
    for change in &changes {
        let live = if arguments.dry_run { None } else { write(session, change)? };
        let live = live.as_deref().unwrap_or(&change.after);
        let before = change.before.as_deref().map_or_else(|| "?".to_owned(), text);
        let name = format!("{}.{}", change.module, text(&change.parameter));
        answer.text += &format!("{name}: {before} -> {}\n", text(live));
        values.push(json!({
            "module": text(change.module.as_bytes()),
            "name": text(&change.parameter),
            "before": change.before.as_deref().map(text),
            "after": text(live),
        }));
    }
    answer.json.insert("set".into(), values.into());
    answer.json.insert("dry_run".into(), arguments.dry_run.into());
    Ok(answer)
}

fn write(session: &Session, change: &LiveChange) -> Result<Option<Vec<u8>>, Failure> {
    let headline = format!("`{}.{}` was not set", change.module, text(&change.parameter));
    let failed = |problem| Failure::new(headline, problem);
    if !session.host.is_running() {
        return Err(failed(Problem::OtherHost { root: session.host.root().to_vec() }));
    }
    session.machine.set_parameter(change).map_err(failed)
}
