//! `kmodctl param list`: the parameters of a module, with what is live and what is kept.

use clap::Args;
use kmodctl::decide::parameters::{Kept, Parameter, Presence, Survey};
use serde_json::{Value, json};

use super::lines::{kept_value, remarks, value_words};
use super::words::module;
use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::{Align, Table, origin, text};

/// List a module's parameters: type, live value, persistent value and where it comes from
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl param list e1000e
      List the parameters of a module")]
pub(crate) struct Arguments {
    /// The module.
    module: String,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let headline = format!("the parameters of `{}` cannot be listed", arguments.module);
    let survey = module(session, &arguments.module)
        .and_then(|module| Survey::of(&session.machine, &module))
        .map_err(|problem| Failure::new(headline, problem))?;
    let text = match survey.parameters.is_empty() {
        true => format!("`{}` has no parameters\n", survey.module),
        false => table(&survey, session).text(0, session.paint),
    };
    let mut answer = Answer::new(text, "parameters", values(&survey));
    answer.json.insert("module".into(), self::text(survey.module.as_bytes()).into());
    answer.json.insert("presence".into(), presence_word(survey.presence).into());
    answer.remarks = remarks(&survey);
    Ok(answer)
}

fn table(survey: &Survey, session: &Session) -> Table {
    let heads = ["NAME", "TYPE", "LIVE", "PERSISTENT", "FROM", "WHAT IT IS"];
    let mut table = Table::new(&heads.map(|head| (head, Align::Left)));
    for parameter in &survey.parameters {
        let persistent = parameter.persistent(survey.presence);
        table.row([
            text(&parameter.name),
            parameter.declared.as_deref().map(text).unwrap_or_default(),
            live_words(parameter),
            persistent.map(value_words).unwrap_or_default(),
            persistent.map(|kept| from(session, kept)).unwrap_or_default(),
            parameter.text.as_deref().map(first_line).unwrap_or_default(),
        ]);
    }
    table
}

/// Where a value stands, as the host itself names the file.
fn from(session: &Session, kept: &Kept) -> String {
    let from = origin(&kept.origin);
    from.strip_prefix(&text(session.host.root())).unwrap_or(&from).to_owned()
}

/// The live value; one that is empty is shown as such.
fn live_words(parameter: &Parameter) -> String {
    match parameter.live_value() {
        Some(b"") => "\"\"".into(),
        Some(value) => text(value),
        None => String::new(),
    }
}

fn first_line(said: &[u8]) -> String {
    text(said.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii())
}

fn values(survey: &Survey) -> Vec<Value> {
    survey.parameters.iter().map(|parameter| value(survey, parameter)).collect()
}

fn value(survey: &Survey, parameter: &Parameter) -> Value {
    json!({
        "name": text(&parameter.name),
        "type": parameter.declared.as_deref().map(text),
        "text": parameter.text.as_deref().map(text),
        "live": parameter.live_value().map(text),
        "writable": parameter.live.as_ref().is_some_and(|live| live.is_writable),
        "persistent": parameter.persistent(survey.presence).map(kept_value),
        "kept": parameter.kept.iter().map(kept_value).collect::<Vec<_>>(),
    })
}

fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::BuiltIn => "built-in",
        Presence::Loaded => "loaded",
        Presence::NotLoaded => "not-loaded",
    }
}
