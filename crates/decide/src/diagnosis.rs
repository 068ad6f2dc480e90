//! From a refused load and the kernel's messages to the cause: which symbol is missing and who has
//! it, which parameter, which part of the version magic, which kind of signature.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::{Message, Refused};

use crate::configuration::{Origin, refuses};
use crate::plan::{Action, Plan};
use crate::problem::Problem;
use crate::world::World;

/// Why the kernel refused a module, as its messages say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `module_blacklist=` on the kernel command line names it.
    Blacklisted,
    /// A parameter does not take a value.
    ParameterValue {
        /// The parameter.
        parameter: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// Its signature is not accepted.
    Signature(Refused),
    /// It was built with another version of a symbol.
    SymbolVersion {
        /// The symbol.
        symbol: Vec<u8>,
        /// The modules that have it, by the index of this kernel.
        owners: Vec<ModuleName>,
    },
    /// Nothing in the kernel has symbols that it needs.
    SymbolsMissing(Vec<Missing>),
    /// It was built for another kernel.
    Vermagic {
        /// The parts that differ.
        differences: Vec<Difference>,
    },
}

/// A symbol that nothing in the kernel has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The symbol.
    pub symbol: Vec<u8>,
    /// A module that has it, by the index.
    pub owner: Option<ModuleName>,
    /// Whether that module is in the kernel.
    pub is_loaded: bool,
}

/// A part of the version magic that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The kernel was built with this, the module without.
    Lacks(Vec<u8>),
    /// The module was built with this, the kernel without.
    Has(Vec<u8>),
    /// The release is another one.
    Release {
        /// The module's.
        found: Vec<u8>,
        /// The kernel's.
        wanted: Vec<u8>,
    },
}

/// The problem with its cause, where messages tell it; otherwise the problem as it is.
pub fn diagnosed(world: &dyn World, problem: Problem, messages: &[Message]) -> Problem {
    let Problem::InsertRefused { module, file, errno } = problem else { return problem };
    match refusal(world, &module, messages) {
        Some(refusal) => Problem::InsertDiagnosed { module, file, errno, refusal },
        None => Problem::InsertRefused { module, file, errno },
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
    let line = world.configuration().install_line(&refused.subject)?;
    let Origin::File { path, line } = &line.origin else { return None };
    Some(Problem::Blocked { module: refused.subject.clone(), file: path.to_vec(), line: *line })
}

/// The parameters that the kernel passed over, of one module.
pub fn ignored_parameters<'a>(
    module: &'a ModuleName,
    messages: &'a [Message],
) -> impl Iterator<Item = &'a [u8]> {
    messages.iter().filter_map(move |message| match message {
        Message::UnknownParameter { module: of, parameter } if of == module => {
            Some(parameter.as_slice())
        }
        _ => None,
    })
}

fn refusal(world: &dyn World, module: &ModuleName, messages: &[Message]) -> Option<Refusal> {
    let missing: Vec<_> = messages
        .iter()
        .filter_map(|message| match message {
            Message::UnknownSymbol { module: of, symbol } if of == module => {
                Some(missing(world, symbol))
            }
            _ => None,
        })
        .collect();
    // What the kernel says last is what made it give up.
    let last = messages.iter().rev().find_map(|message| of_message(world, module, message));
    last.or_else(|| (!missing.is_empty()).then_some(Refusal::SymbolsMissing(missing)))
}

fn of_message(world: &dyn World, module: &ModuleName, message: &Message) -> Option<Refusal> {
    Some(match message {
        Message::Blacklisted { module: of } if of == module => Refusal::Blacklisted,
        Message::DisagreesAboutSymbol { module: of, symbol } if of == module => {
            Refusal::SymbolVersion { symbol: symbol.clone(), owners: owners(world, symbol) }
        }
        Message::InvalidParameter { module: of, parameter, value } if of == module => {
            Refusal::ParameterValue { parameter: parameter.clone(), value: value.clone() }
        }
        Message::SignatureRefused(refused) => Refusal::Signature(*refused),
        Message::Vermagic { module: of, found, wanted } if of == module => {
            Refusal::Vermagic { differences: differences(found, wanted) }
        }
        _ => return None,
    })
}

fn owners(world: &dyn World, symbol: &[u8]) -> Vec<ModuleName> {
    world.symbol_owners(&[b"symbol:", symbol].concat()).unwrap_or_default()
}

fn missing(world: &dyn World, symbol: &[u8]) -> Missing {
    let owner = owners(world, symbol).into_iter().next();
    let is_loaded = owner.as_ref().is_some_and(|owner| world.state(owner).is_some());
    Missing { symbol: symbol.to_vec(), owner, is_loaded }
}

/// Compares two version magics: a release, and words of which each is there or not.
fn differences(found: &[u8], wanted: &[u8]) -> Vec<Difference> {
    let words = |text: &[u8]| -> Vec<Vec<u8>> {
        let words = text.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        words.map(<[u8]>::to_vec).collect()
    };
    let (found, wanted) = (words(found), words(wanted));
    let mut differences = Vec::new();
    if found.first() != wanted.first() {
        differences.push(Difference::Release {
            found: found.first().cloned().unwrap_or_default(),
            wanted: wanted.first().cloned().unwrap_or_default(),
        });
    }
    let only = |these: &[Vec<u8>], those: &[Vec<u8>]| -> Vec<Vec<u8>> {
        these.iter().skip(1).filter(|word| !those.contains(word)).cloned().collect()
    };
    differences.extend(only(&found, &wanted).into_iter().map(Difference::Has));
    differences.extend(only(&wanted, &found).into_iter().map(Difference::Lacks));
    differences
}
