//! `kmodctl param get`: the live value of a parameter, alone.

use clap::Args;
use kmodctl::decide::Problem;
use kmodctl::decide::parameters::Survey;
use serde_json::json;

use super::lines::kept_value;
use super::words::{Named, failed, module, named};
use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::text;

/// Print the live value of a parameter
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl param get e1000e.copybreak
      Print one live value")]
pub(crate) struct Arguments {
    /// The parameter, with its module.
    #[arg(value_name = "MODULE.PARAMETER", value_parser = named, required = true)]
    parameters: Vec<Named>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let (mut lines, mut values) = (String::new(), Vec::new());
    for Named { module: word, parameter } in &arguments.parameters {
        let headline = format!("`{word}.{parameter}` has no live value");
        let failed = |problem| failed(session, headline.clone(), None, problem);
        let module = module(session, word).map_err(failed)?;
        let survey = Survey::of(&session.machine, &module).map_err(failed)?;
        let parameter = survey.parameter(parameter.as_bytes()).map_err(failed)?;
        let value =
            parameter.live_value().ok_or_else(|| failed(hidden(&survey, &parameter.name)))?;
        lines += &format!("{}\n", text(value));
        values.push(json!({
            "module": text(module.as_bytes()),
            "name": text(&parameter.name),
            "live": text(value),
            "persistent": parameter.persistent(survey.presence).map(kept_value),
        }));
    }
    Ok(Answer::new(lines, "parameters", values))
}

fn hidden(survey: &Survey, parameter: &[u8]) -> Problem {
    use kmodctl::decide::parameters::Presence;
    match survey.presence {
        Presence::NotLoaded => Problem::NotLoaded { module: survey.module.clone() },
        Presence::BuiltIn | Presence::Loaded => Problem::ParameterHidden {
            module: survey.module.clone(),
            parameter: parameter.to_vec(),
        },
    }
}
