//! `kmodctl param forget`: values are no longer kept.

use clap::Args;
use kmodctl::decide::parameters::Kept;
use kmodctl::decide::parameters::keep::{Forgetting, forget};
use kmodctl::decide::parameters::owned::Setting;
use kmodctl::format::ModuleName;
use kmodctl::format::module_parameters::is_same_name;
use serde_json::json;

use super::images::{Wanted, change_around};
use super::lines::kept_words;
use super::words::{named, own_file};
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::plan::{change, change_value};
use crate::show::text;

/// Forget a value that was kept, or all values of a module
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl param forget e1000e
      Forget all that is kept for a module")]
pub(crate) struct Arguments {
    /// The parameter with its module, or the module for all its parameters.
    #[arg(value_name = "MODULE[.PARAMETER]", required = true)]
    parameters: Vec<String>,
    /// Show what would be written, and write nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Make the images of the first root directory anew that still give the module a value.
    #[arg(long)]
    rebuild: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let asked: Vec<_> = arguments.parameters.iter().map(|word| meant(word)).collect();
    let failed = |problem| Failure::new("nothing was forgotten", problem);
    let file = own_file(session).map_err(failed)?;
    let forgetting = forget(&session.machine, &file, &asked).map_err(failed)?;
    let wanted = wanted(&forgetting);
    let how = (arguments.dry_run, arguments.rebuild);
    let made = change_around(session, &wanted, forgetting.change.as_ref(), how);
    let (stale, told) = made.map_err(failed)?;
    let mut answer = answer(session, &forgetting, arguments.dry_run);
    answer.json.insert("stale_images".into(), stale);
    answer.remarks.extend(told);
    Ok(answer)
}

/// What modules are to get from now on: what other lines keep, or nothing.
fn wanted(forgetting: &Forgetting) -> Vec<Wanted> {
    let wanted = |gone: &Setting| {
        let of = |(module, kept): &&(ModuleName, Kept)| {
            *module == gone.module && is_same_name(&kept.name, &gone.parameter)
        };
        let left = forgetting.left.iter().rfind(of).map(|(_, kept)| kept.value.clone());
        (gone.module.clone(), gone.parameter.clone(), left)
    };
    forgetting.forgotten.iter().map(wanted).collect()
}

/// The module, which need not be there any more, and the parameter.
fn meant(word: &str) -> (ModuleName, Option<Vec<u8>>) {
    match named(word) {
        Ok(named) => (ModuleName::new(named.module), Some(named.parameter.into())),
        Err(_) => (ModuleName::new(word), None),
    }
}

fn answer(session: &Session, forgetting: &Forgetting, dry_run: bool) -> Answer {
    let planned = forgetting.change.as_ref();
    let shown = planned.map(|planned| change(planned, session.paint)).unwrap_or_default();
    let values: Vec<_> = forgetting
        .forgotten
        .iter()
        .map(|setting| {
            json!({
                "module": text(setting.module.as_bytes()),
                "name": text(&setting.parameter),
                "value": text(&setting.value),
            })
        })
        .collect();
    let mut answer = Answer::new(shown, "forgotten", values);
    answer.json.insert("changed".into(), forgetting.change.is_some().into());
    answer.json.insert("files".into(), forgetting.change.iter().map(change_value).collect());
    answer.json.insert("dry_run".into(), dry_run.into());
    answer.remarks = forgetting
        .left
        .iter()
        .map(|(module, kept)| Remark {
            code: "kept-elsewhere",
            told: format!("`{module}.{}` is still {}", text(&kept.name), kept_words(kept)),
            fix: Some("take it out there".into()),
        })
        .collect();
    answer
}
