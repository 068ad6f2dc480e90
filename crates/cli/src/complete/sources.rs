//! Which names fit where: the one table of it.

use clap::Arg;

/// Where the words for a value come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// What kmodctl's boot list has.
    Boot,
    /// What kmodctl blocks.
    Blocked,
    Directories,
    Files,
    /// Modules that have a file, and parameters of the last one.
    InstalledWithParameters,
    /// What kmodctl keeps parameters for, and these parameters.
    Kept,
    /// Modules in the kernel.
    Loaded,
    /// Modules that have a file, and built-in ones.
    Modules,
    /// The same, and devices.
    ModulesAndDevices,
    /// `MODULE.PARAMETER`.
    Parameters,
    /// `MODULE.PARAMETER=`.
    ParametersForValues,
    /// Kernels that have modules.
    Releases,
    /// Nothing that could be known.
    Unknown,
}

/// The name of a value, as the help has it, and where its words come from; of the command that is
/// named, or of any.
const TABLE: [(&str, &str, Source); 12] = [
    ("remove", "MODULE", Source::Boot),
    ("unblock", "MODULE", Source::Blocked),
    ("unload", "MODULE", Source::Loaded),
    ("", "DIR", Source::Directories),
    ("", "FILE", Source::Files),
    ("", "MODULE", Source::Modules),
    ("", "MODULE [PARAMETER=VALUE]", Source::InstalledWithParameters),
    ("", "MODULE.PARAMETER", Source::Parameters),
    ("", "MODULE.PARAMETER=VALUE", Source::ParametersForValues),
    ("", "MODULE[.PARAMETER]", Source::Kept),
    ("", "MODULE|DEVICE|ALIAS", Source::ModulesAndDevices),
    ("", "RELEASE", Source::Releases),
];

/// Where the words for an argument of a command come from.
pub(super) fn source(command: &str, argument: &Arg) -> Source {
    known(command, &value_name(argument)).unwrap_or(Source::Unknown)
}

fn known(command: &str, value: &str) -> Option<Source> {
    let fits = |of: &str, name: &str| (of.is_empty() || of == command) && name == value;
    TABLE.iter().find(|(of, name, _)| fits(of, name)).map(|(.., source)| *source)
}

/// As the help shows it.
fn value_name(argument: &Arg) -> String {
    let named = argument.get_value_names().and_then(|names| names.first());
    named.map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;

    fn lacking(command: &Command, found: &mut Vec<String>) {
        for argument in command.get_arguments() {
            let value = value_name(argument);
            if argument.get_action().takes_values() && known(command.get_name(), &value).is_none() {
                found.push(format!("{} {value}", command.get_name()));
            }
        }
        let own = command.get_subcommands().filter(|own| !own.is_hide_set());
        own.filter(|own| own.get_name() != "help").for_each(|own| lacking(own, found));
    }

    #[test]
    fn every_value_has_a_source() {
        let mut found = Vec::new();
        lacking(&crate::arguments::Arguments::command(), &mut found);
        assert!(
            found.is_empty(),
            "add a line to TABLE in crates/cli/src/complete/sources.rs (or give the argument one of \
             its value names) for {found:?}"
        );
    }
}
