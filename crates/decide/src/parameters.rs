//! What the configuration wants of a module's parameters, and whether that can be: names and
//! values against what the module declares. Nothing is written here.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use kmodctl_format::module_parameters::{is_same_name, split};

use crate::configuration::{Configuration, Origin};

/// A value that the configuration keeps for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The parameter, as it is spelled.
    pub name: Vec<u8>,
    /// The value; `None` where there is no `=`.
    pub value: Option<Vec<u8>>,
    /// Where it stands.
    pub origin: Origin,
}

/// The values kept for a module, in the order in which the kernel takes them: the last one of a
/// parameter counts.
pub fn kept(configuration: &Configuration, module: &ModuleName) -> Vec<Kept> {
    let mut values = Vec::new();
    for entry in &configuration.entries {
        let Directive::Options { name, text } = &entry.directive else { continue };
        if name != module {
            continue;
        }
        values.extend(split(text).map(|word| Kept {
            name: word.name.to_vec(),
            value: word.value.map(<[u8]>::to_vec),
            origin: entry.origin.clone(),
        }));
    }
    values
}

/// The values kept for one parameter; the last one counts.
pub fn kept_of<'a>(values: &'a [Kept], parameter: &'a [u8]) -> impl Iterator<Item = &'a Kept> {
    values.iter().filter(move |kept| is_same_name(&kept.name, parameter))
}
