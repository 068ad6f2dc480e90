//! The lines of the configuration that stand behind a refusal.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use kmodctl_format::module_parameters::{is_same_name, split};

use crate::configuration::{Configuration, Origin, refuses};
use crate::plan::{Action, Plan};
use crate::problem::{Fix, Problem, cures};
use crate::world::World;

/// A line of a file of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Vec<u8>,
    /// The number of its first physical line, from 1.
    pub first: usize,
    /// The line's number, from 1; of a continued line, the last.
    pub line: usize,
}

impl Place {
    /// The place of a line that is not continued.
    pub(crate) fn of_one_line(file: Vec<u8>, line: usize) -> Self {
        Self { file, first: line, line }
    }

    /// The place of a line that stands in a file.
    pub fn of(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::File { path, first, line } => {
                Some(Self { file: path.to_vec(), first: *first, line: *line })
            }
            Origin::KernelCommandLine => None,
        }
    }
}

/// The line of the configuration that refuses a plan before the kernel is asked.
pub fn blocked(world: &dyn World, plan: &Plan) -> Option<Problem> {
    let refused = plan.steps.iter().find(|step| {
        let refuses = |action: &Action| match action {
            Action::Command(command) => refuses(&command.text),
            _ => false,
        };
        step.required && refuses(&step.action)
    })?;
    let place = of_install_command(world, &refused.subject)?;
    Some(Problem::Blocked { module: refused.subject.clone(), place })
}

/// The line that gives a module its install command.
pub(super) fn of_install_command(world: &dyn World, module: &ModuleName) -> Option<Place> {
    Place::of(&world.configuration().install_line(module)?.origin)
}

/// A line `options` that gives a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionLine {
    /// Where it stands.
    pub place: Place,
    /// The module or alias that it is about.
    pub name: ModuleName,
    /// What it gives: words with blanks between them, each a parameter, mostly with its value.
    pub text: Vec<u8>,
    /// The word that gives the parameter.
    pub word: Vec<u8>,
}

impl OptionLine {
    /// What cures the line: the name that was meant in the place of `name`, or the line without it.
    pub fn corrected(&self, name: &[u8], meant: Option<&[u8]>) -> Fix {
        cures::option_line(self, name, meant)
    }
}

/// The last line that gives a parameter of a module a value: it is the one that counts.
pub fn line_of_option(
    configuration: &Configuration,
    module: &ModuleName,
    parameter: &[u8],
) -> Option<OptionLine> {
    configuration.entries.iter().rev().find_map(|entry| {
        let Directive::Options { name, text } = &entry.directive else { return None };
        let is_meant = |word: &&[u8]| split(word).any(|given| is_same_name(given.name, parameter));
        let words = || text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let word = words().find(is_meant).filter(|_| name == module)?;
        let (text, word) = (text.clone(), word.to_vec());
        Some(OptionLine { place: Place::of(&entry.origin)?, name: name.clone(), text, word })
    })
}
