//! What a module says of itself: from the `.modinfo` section and the signature of its file, or from
//! the record of what is built in. How it is shown is known in the doors.

use kmodctl_decide::{Errno, Problem, World};
use kmodctl_format::ModuleName;
use kmodctl_format::elf::ModuleFile;
use kmodctl_format::modinfo::{Entry, SECTION, builtin_entries_of, entries};
use kmodctl_format::signature::{self, Signature};

use crate::machine::Machine;
use crate::module_file::open_module;

/// What one module says of itself.
pub enum Source {
    /// The records of everything that is built in, and the module's name.
    BuiltIn {
        /// The records.
        records: Vec<u8>,
        /// The name.
        name: ModuleName,
    },
    /// The section of a file, and what is shown of the signature behind it.
    File {
        /// The section.
        modinfo: Vec<u8>,
        /// Keys and texts.
        signature: Vec<(&'static str, Vec<u8>)>,
    },
}

impl Source {
    /// All entries, in the order in which they are shown.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        match self {
            Self::BuiltIn { records, name } => {
                builtin_entries_of(records, name.as_bytes()).flatten().collect()
            }
            Self::File { modinfo, signature } => {
                let of_signature =
                    signature.iter().map(|(key, value)| Entry { key: key.as_bytes(), value });
                entries(modinfo).chain(of_signature).collect()
            }
        }
    }
}

/// Reads what a module says of itself: in its file, else, if it is built in, in the record.
pub fn read(
    machine: &Machine,
    module: &ModuleName,
    path: Option<&[u8]>,
) -> Result<Source, Problem> {
    let name = module.as_bytes();
    match path {
        Some(path) => of_file(path),
        None if machine.is_builtin(name)? => {
            let records = machine.builtin_modinfo()?.unwrap_or_default();
            let undotted = builtin_entries_of(&records, name).any(|entry| entry.is_err());
            if undotted {
                Err(no_data(name, Errno::EINVAL))
            } else {
                Ok(Source::BuiltIn { records, name: module.clone() })
            }
        }
        None => Err(Problem::NoFile { module: module.clone() }),
    }
}

fn of_file(path: &[u8]) -> Result<Source, Problem> {
    let damaged = |damage| Problem::ModuleDamaged { file: path.into(), damage };
    let bytes = open_module(path)?.bytes;
    let signature = signature::read(&bytes).ok().flatten();
    let modinfo = ModuleFile::read(bytes).and_then(|file| file.section(SECTION));
    let modinfo = modinfo.map_err(damaged)?.ok_or_else(|| no_data(path, Errno::ENODATA))?;
    let signature = signature.as_ref().map(Signature::entries).unwrap_or_default();
    Ok(Source::File { modinfo, signature })
}

fn no_data(path: &[u8], errno: Errno) -> Problem {
    Problem::FileUnreadable { file: path.into(), errno }
}
