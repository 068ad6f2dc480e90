//! Whether words of the command line agree with what a module declares of its parameters.

use kmodctl::decide::Problem;
use kmodctl::decide::diagnosis::OptionLine;
use kmodctl::decide::parameters::Survey;
use kmodctl::format::ModuleName;
use kmodctl::format::module_parameters;

use crate::answer::Failure;
use crate::session::Session;
use crate::show::{self, text};

/// Checks words `PARAMETER=VALUE` against what the module declares.
pub(super) fn check(
    session: &Session,
    module: &ModuleName,
    words: &[Vec<u8>],
) -> Result<(), Failure> {
    if words.is_empty() {
        return Ok(());
    }
    let failed = |problem| Failure::new("", problem);
    let survey = Survey::of(&session.machine, module).map_err(failed)?;
    for assignment in words.iter().flat_map(|word| module_parameters::split(word)) {
        survey.check(assignment.name, assignment.value).map_err(|problem| Failure {
            fixes: cures(&survey, &problem),
            ..Failure::new("", problem)
        })?;
    }
    Ok(())
}

/// What cures a problem with a parameter, where that is known better than in general.
pub(super) fn cures(survey: &Survey, problem: &Problem) -> Vec<String> {
    match problem {
        Problem::ParameterUnknown { parameter, .. } => {
            did_you_mean(survey, parameter).into_iter().collect()
        }
        Problem::ParameterValue { parameter, .. } => {
            let known = survey.parameter(parameter).into_iter();
            known.map(|known| format!("give {}", known.kind().words())).collect()
        }
        _ => Vec::new(),
    }
}

/// What to do about a parameter that a module does not have, and about the line that gives it.
pub(super) fn corrected(
    session: &Session,
    module: &ModuleName,
    name: &[u8],
    line: Option<&OptionLine>,
) -> Option<String> {
    let survey = Survey::of(&session.machine, module).ok()?;
    let Some(line) = line else { return did_you_mean(&survey, name) };
    let meant = survey.meant(name).into_iter().next();
    Some(show::problem::fix(&line.corrected(name, meant)))
}

fn did_you_mean(survey: &Survey, name: &[u8]) -> Option<String> {
    let near = survey.meant(name);
    let names: Vec<_> = near.iter().map(|name| format!("`{}`", text(name))).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}
