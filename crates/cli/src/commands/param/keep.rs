//! `kmodctl param keep`: values that modules get whenever they are loaded.

use clap::Args;
use kmodctl::decide::World;
use kmodctl::decide::parameters::keep::{Keeping, KeptSetting, keep};
use kmodctl::decide::parameters::owned::Setting;
use kmodctl::decide::parameters::{Presence, Survey};
use serde_json::{Value, json};

use super::images::{Wanted, change_around};
use super::lines::{kept_value, kept_words};
use super::words::{Valued, failed, item, not_live, on_command_line, own_file, valued};
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::plan::{change, change_value};
use crate::show::text;

/// Keep a value for a parameter: the module gets it whenever it is loaded
///
/// The value is written to /etc/modprobe.d/zz-kmodctl-parameters.conf, which belongs to kmodctl. A
/// module that is part of the kernel image takes parameters from the kernel command line only; for
/// one of those the item and the file to put it in are named, and nothing is written.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl param keep e1000e.copybreak=128 --dry-run
      Show the line that would be written")]
pub(crate) struct Arguments {
    /// The parameter, with its module and its value.
    #[arg(value_name = "MODULE.PARAMETER=VALUE", value_parser = valued, required = true)]
    settings: Vec<Valued>,
    /// Show what would be written, and write nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Make the images of the first root directory anew that give the module another value.
    #[arg(long)]
    rebuild: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let file = own_file(session).map_err(|problem| Failure::new("nothing was kept", problem))?;
    let mut settings = Vec::new();
    for one in &arguments.settings {
        let headline = format!("`{}.{}` cannot be kept", one.named.module, one.named.parameter);
        let failed = |problem| {
            failed(session, headline.clone(), one.setting(session).ok().as_ref(), problem)
        };
        settings.push(one.setting(session).map_err(failed)?);
        // Planned one by one, so that a problem is told of the value it is about.
        keep(&session.machine, &file, &settings[settings.len() - 1..]).map_err(failed)?;
    }
    let failed = |problem| Failure::new("nothing was kept", problem);
    let keeping = keep(&session.machine, &file, &settings).map_err(failed)?;
    let wanted: Vec<_> = keeping.kept.iter().map(wanted).collect();
    let how = (arguments.dry_run, arguments.rebuild);
    let made = change_around(session, &wanted, keeping.change.as_ref(), how);
    let (stale, told) = made.map_err(failed)?;
    let mut answer = answer(session, &keeping, arguments.dry_run);
    answer.json.insert("stale_images".into(), stale);
    answer.remarks.extend(told);
    Ok(answer)
}

/// What a module is to get: the value of the line that counts.
fn wanted(kept: &KeptSetting) -> Wanted {
    let (module, name) = (kept.setting.module.clone(), kept.setting.parameter.clone());
    let value = match &kept.overruled_by {
        Some(other) => other.value.clone(),
        None => Some(kept.setting.value.clone()),
    };
    (module, name, Some(value))
}

fn answer(session: &Session, keeping: &Keeping, dry_run: bool) -> Answer {
    let text = match &keeping.change {
        Some(planned) => change(planned, session.paint),
        None => "nothing to do: that is kept already\n".into(),
    };
    let values: Vec<_> = keeping.kept.iter().map(value).collect();
    let mut answer = Answer::new(text, "kept", values);
    answer.json.insert("changed".into(), keeping.change.is_some().into());
    answer.json.insert("files".into(), keeping.change.iter().map(change_value).collect());
    answer.json.insert("dry_run".into(), dry_run.into());
    answer.remarks = keeping.kept.iter().flat_map(|kept| remarks(session, kept)).collect();
    answer
}

fn value(kept: &KeptSetting) -> Value {
    json!({
        "module": text(kept.setting.module.as_bytes()),
        "name": text(&kept.setting.parameter),
        "value": text(&kept.setting.value),
        "live": kept.live.as_deref().map(text),
        "overrules": kept.overrules.iter().map(kept_value).collect::<Vec<_>>(),
        "overruled_by": kept.overruled_by.as_ref().map(kept_value),
    })
}

fn remarks(session: &Session, kept: &KeptSetting) -> Vec<Remark> {
    let name = format!("{}.{}", kept.setting.module, text(&kept.setting.parameter));
    let mut remarks = Vec::new();
    if let Some(other) = &kept.overruled_by {
        remarks.push(Remark {
            code: "overruled",
            told: format!(
                "`{name}` will be {} all the same, which comes later; the kernel takes the last one",
                kept_words(other)
            ),
            fix: Some("take it out there".into()),
        });
    }
    let before: Vec<_> = kept.overrules.iter().map(kept_words).collect();
    remarks.extend((!before.is_empty()).then(|| Remark {
        code: "conflicting-lines",
        told: format!("`{name}` is {} before, which does not count any more", before.join(" and ")),
        fix: None,
    }));
    if let (Some(live), None) = (&kept.live, &kept.overruled_by) {
        remarks.push(not_live(session, &kept.setting, live, kept.is_writable));
    }
    remarks.extend(in_other_kernels(session, &kept.setting));
    remarks
}

/// Kernels in which the value has no effect.
fn in_other_kernels(session: &Session, setting: &Setting) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (release, machine) in session.kernels() {
        let survey = Survey::of(&machine, &setting.module);
        let Some(survey) = survey.ok().filter(|_| release != session.release) else { continue };
        let (module, release) = (&setting.module, text(&release));
        let has_file = machine.module_file(module.as_bytes()).is_ok_and(|file| file.is_some());
        if survey.presence == Presence::BuiltIn {
            remarks.push(Remark {
                code: "built-in-elsewhere",
                told: format!(
                    "`{module}` is built into {release}, which will not see `{}`",
                    item(setting)
                ),
                fix: on_command_line(session, setting).into_iter().next(),
            });
        } else if has_file && survey.parameter(&setting.parameter).is_err() {
            let parameter = text(&setting.parameter);
            remarks.push(Remark {
                code: "unknown-elsewhere",
                told: format!("`{module}` of {release} has no parameter `{parameter}`"),
                fix: None,
            });
        }
    }
    remarks
}
