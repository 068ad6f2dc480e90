//! `kmodctl param diff`: what is wanted, what is persistent and what is live, side by side.

use std::collections::BTreeSet;

use clap::Args;
use kmodctl::decide::named::is_known;
use kmodctl::decide::parameters::Survey;
use kmodctl::decide::parameters::comparison::{Comparison, Verdict, compare};
use kmodctl::decide::parameters::owned;
use kmodctl::decide::{Origin, Problem, World};
use kmodctl::format::ModuleName;
use kmodctl::format::configuration::Directive;
use serde_json::{Value, json};

use super::lines::{kept_value, remarks, value_words};
use super::words::module;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{Align, Table, origin, text};

/// The exit code when something differs.
const DIFFERS: u8 = 2;

/// Compare the parameters that are wanted, persistent and live
///
/// WANTED is what `kmodctl param keep` keeps, PERSISTENT what counts of all of modprobe.d and the
/// kernel command line, LIVE what the kernel shows. The exit code is 2 when they differ.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl param diff
      Compare all that something is kept for")]
pub(crate) struct Arguments {
    /// The modules; without any, all that something is kept for.
    module: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let failed = |problem| Failure::new("the parameters cannot be compared", problem);
    let path = session.host.path(owned::FILE);
    let mut table = Table::new(&HEADS.map(|head| (head, Align::Left)));
    let mut answer = Answer::default();
    let mut values = Vec::new();
    for module in modules(arguments, session).map_err(failed)? {
        if !is_known(&session.machine, &module).map_err(failed)? {
            answer.remarks.extend(absent(session, &module));
            continue;
        }
        let survey = Survey::of(&session.machine, &module).map_err(failed)?;
        answer.remarks.extend(remarks(&survey));
        for one in compare(&survey, &path) {
            if one.verdict.is_difference() {
                answer.code = DIFFERS;
            }
            table.row(row(&module, &one));
            values.push(value(&module, &one));
        }
    }
    answer.text = table.text(0, session.paint);
    answer.json.insert("differs".into(), (answer.code == DIFFERS).into());
    answer.json.insert("parameters".into(), values.into());
    Ok(answer)
}

const HEADS: [&str; 6] = ["PARAMETER", "WANTED", "PERSISTENT", "LIVE", "VERDICT", "FROM"];

fn modules(arguments: &Arguments, session: &Session) -> Result<BTreeSet<ModuleName>, Problem> {
    if !arguments.module.is_empty() {
        return arguments.module.iter().map(|word| module(session, word)).collect();
    }
    let entries = session.machine.configuration().entries.iter();
    let named = entries.filter_map(|entry| match &entry.directive {
        Directive::Options { name, .. } => Some((name, &entry.origin)),
        _ => None,
    });
    // Much else on the kernel command line looks like a parameter: `systemd.unit=…`.
    let is_meant = |(name, origin): &(&ModuleName, &Origin)| {
        **origin != Origin::KernelCommandLine || is_known(&session.machine, name) == Ok(true)
    };
    Ok(named.filter(is_meant).map(|(name, _)| name.clone()).collect())
}

/// Options for a name that is no module here: of an alias, or of a module that is not installed.
///
/// Vendors write options for hardware that is elsewhere: that is worth a word only when a name is
/// near, where an administrator's line always is.
fn absent(session: &Session, module: &ModuleName) -> Option<Remark> {
    let near: Vec<_> = kmodctl::decide::named::meant(&session.machine, module.as_bytes())
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let entries = session.machine.configuration().entries.iter();
    let is_own = |origin: &Origin| {
        let place = origin.place();
        place.is_some_and(|(file, _)| file.starts_with(&session.host.path("/etc/")))
    };
    let by_administrator = entries
        .filter(
            |entry| matches!(&entry.directive, Directive::Options { name, .. } if name == module),
        )
        .any(|entry| is_own(&entry.origin));
    (by_administrator || !near.is_empty()).then(|| Remark {
        code: "no-such-module",
        told: format!(
            "options are kept for `{module}`, and there is no such module in this kernel"
        ),
        fix: (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or "))),
    })
}

fn row(module: &ModuleName, one: &Comparison) -> [String; 6] {
    let from = one.persistent.as_ref().map(|kept| origin(&kept.origin));
    [
        format!("{module}.{}", text(&one.name)),
        one.wanted.as_ref().map(value_words).unwrap_or_default(),
        one.persistent.as_ref().map(value_words).unwrap_or_default(),
        one.live.as_deref().map(text).unwrap_or_default(),
        words(one.verdict).into(),
        from.unwrap_or_default(),
    ]
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::BadValue => "the kernel refuses the value",
        Verdict::CannotTell => "cannot tell",
        Verdict::Differs => "differs",
        Verdict::InForce => "in force",
        Verdict::NoEffect => "no effect: built in",
        Verdict::NotLoaded => "when it is loaded",
        Verdict::Overruled => "overruled",
        Verdict::UnknownParameter => "no such parameter",
    }
}

fn value(module: &ModuleName, one: &Comparison) -> Value {
    json!({
        "module": text(module.as_bytes()),
        "name": text(&one.name),
        "wanted": one.wanted.as_ref().map(kept_value),
        "persistent": one.persistent.as_ref().map(kept_value),
        "live": one.live.as_deref().map(text),
        "verdict": one.verdict.code(),
    })
}
