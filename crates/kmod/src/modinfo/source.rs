//! Where modinfo's text comes from: the `.modinfo` section and the signature of a file, or the
//! record of what is built in. How it is shown is known in `rendering`.

use kmodctl::decide::resolve::Match;
use kmodctl::decide::{Errno, Problem, World};
use kmodctl::format::elf::ModuleFile;
use kmodctl::format::hex::colon_pairs;
use kmodctl::format::modinfo::{self, Entry, builtin_entries_of};
use kmodctl::format::signature::{self, Signature};
use kmodctl::format::suffix::Codec;
use kmodctl::system::{Machine, open_module};

use crate::log::to_stderr;
use crate::{path, problems};

/// What one module says of itself.
pub(super) enum Source {
    /// The section of a file, and what is shown of the signature behind it.
    File { modinfo: Vec<u8>, signature: Vec<(&'static str, Vec<u8>)> },
    /// The records of everything that is built in, and the module's name.
    BuiltIn { records: Vec<u8>, name: Vec<u8> },
}

impl Source {
    /// All entries, in the order in which they are shown.
    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        match self {
            Self::BuiltIn { records, name } => {
                builtin_entries_of(records, name).flatten().collect()
            }
            Self::File { modinfo, signature } => {
                let signature = signature.iter();
                let of_signature =
                    signature.map(|(key, value)| Entry { key: key.as_bytes(), value });
                modinfo::entries(modinfo).chain(of_signature).collect()
            }
        }
    }
}

/// Whether an operand is a module file by its name and by what is there; anything else is looked up.
pub(super) fn is_module_file(operand: &[u8]) -> bool {
    const SUFFIXES: [&[u8]; 4] = [b".ko", b".ko.gz", b".ko.xz", b".ko.zst"];
    SUFFIXES.iter().any(|suffix| operand.ends_with(suffix)) && path::is_regular(operand)
}

/// Reads what a module says of itself.
pub(super) fn read(
    machine: &Machine,
    found: &Match,
    path: Option<&[u8]>,
) -> Result<Source, Problem> {
    let name = found.module.as_bytes();
    match path {
        Some(path) => of_file(path),
        None if machine.is_builtin(name)? => {
            let records = machine.builtin_modinfo()?.unwrap_or_default();
            let undotted = builtin_entries_of(&records, name).any(|entry| entry.is_err());
            let name = name.to_vec();
            if undotted {
                Err(no_data(&name, Errno::EINVAL))
            } else {
                Ok(Source::BuiltIn { records, name })
            }
        }
        None => Err(Problem::NoFile { module: found.module.clone() }),
    }
}

fn of_file(path: &[u8]) -> Result<Source, Problem> {
    let damaged = |damage| Problem::ModuleDamaged { file: path.into(), damage };
    let bytes = open_module(path)?.bytes;
    let signature = signature::read(&bytes).ok().flatten();
    let modinfo = ModuleFile::read(bytes).and_then(|file| file.section(modinfo::SECTION));
    let modinfo = modinfo.map_err(damaged)?.ok_or_else(|| no_data(path, Errno::ENODATA))?;
    Ok(Source::File { modinfo, signature: signature.as_ref().map(shown).unwrap_or_default() })
}

fn no_data(path: &[u8], errno: Errno) -> Problem {
    Problem::FileUnreadable { file: path.into(), errno }
}

/// What is shown of a signature; nothing of one that could not be decoded.
fn shown(signature: &Signature) -> Vec<(&'static str, Vec<u8>)> {
    if signature.algorithm.is_none() {
        return Vec::new();
    }
    vec![
        ("sig_id", signature.kind.name().into()),
        ("signer", signature.signer.clone()),
        ("sig_key", colon_pairs(&signature.key_id)),
        ("sig_hashalgo", signature.hash.clone()),
        ("signature", colon_pairs(&signature.bytes)),
    ]
}

/// Tells what kmod's library would of a file that cannot be unpacked; modinfo leaves it to the
/// library's own form.
pub(super) fn tell(problem: &Problem) {
    if let Problem::ModulePacked { codec, fault, .. } = problem {
        let function: &[u8] = match codec {
            Codec::Gzip => b"kmod_file_load_zlib: ",
            Codec::Xz => b"xz_uncompress_belch: ",
            Codec::Zstd => b"kmod_file_load_zstd: ",
        };
        to_stderr(&[b"libkmod: ERROR: ", function, &problems::unpacking(*codec, *fault)]);
    }
}
