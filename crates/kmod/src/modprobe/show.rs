//! Showing what modprobe knows: the configuration in force, the indexes, and the symbols and
//! versions in a module file. Nothing is changed.

use kmodctl::decide::{Errno, Problem, World, resolve};
use kmodctl::format::configuration::{Directive, write_entry};
use kmodctl::format::elf::{Damage, ModuleFile};
use kmodctl::format::symbols::{self, Symbols};
use kmodctl::system::{IndexFile, ModuleBytes, open_module};

use super::Session;
use crate::ended::Ended;
use crate::words::errno_text;
use crate::{path, problems};

/// Shows the configuration, kind by kind, and then the indexes of aliases and symbols.
pub(super) fn configuration(mut session: Session<'_>) -> Result<(), Ended> {
    let mut text = Vec::new();
    for is_of_kind in KINDS {
        let entries = session.machine.configuration().entries.iter();
        for entry in entries.filter(|entry| is_of_kind(&entry.directive)) {
            write_entry(&entry.directive, &mut text);
        }
    }
    text.extend_from_slice(b"\n# End of configuration files. Dumping indexes now:\n\n");
    session.steps.output.write(&[&text])?;
    session.index(IndexFile::Alias)?;
    session.index(IndexFile::Symbols)
}

/// The kinds of lines in the order in which they are shown.
const KINDS: [fn(&Directive) -> bool; 7] = [
    |directive| matches!(directive, Directive::Blacklist { .. }),
    |directive| matches!(directive, Directive::Install { .. }),
    |directive| matches!(directive, Directive::Remove { .. }),
    |directive| matches!(directive, Directive::Alias { .. }),
    |directive| matches!(directive, Directive::Options { .. }),
    |directive| matches!(directive, Directive::Softdep { .. }),
    |directive| matches!(directive, Directive::Weakdep { .. }),
];

/// Shows the symbols a module exports, each with its checksum.
pub(super) fn exports(mut session: Session<'_>) -> Result<(), Ended> {
    session.show_symbols(b"symbols", symbols::exported, false)
}

/// Shows the symbols a module was built against, each with the checksum of its type.
pub(super) fn modversions(mut session: Session<'_>) -> Result<(), Ended> {
    session.show_symbols(b"modversions", symbols::versions, true)
}

type Reader = fn(&ModuleFile<ModuleBytes>) -> Result<Option<Symbols>, Damage>;

impl Session<'_> {
    /// Shows an index as `alias` lines; a missing one has none.
    fn index(&mut self, index: IndexFile) -> Result<(), Ended> {
        let mut shown = Ok(());
        let output = &mut *self.steps.output;
        let walked = self.machine.walk_index(index, |key, value| {
            if shown.is_ok() {
                shown = output.write(&[b"alias ", key, b" ", value.bytes, b"\n"]);
            }
        });
        if let Err(problem) = walked {
            problems::tell(&self.steps.log, &problem);
        }
        shown
    }

    /// Shows symbols of what the first operand names; the others are passed over, as by kmod.
    fn show_symbols(&mut self, what: &[u8], read: Reader, without_dot: bool) -> Result<(), Ended> {
        let Some(operand) = self.options.operands.first() else { return Ok(()) };
        let files = self.files(operand);
        if files.is_empty() {
            self.steps
                .log
                .fatal_unless(self.options.all, &[b"Module ", operand, b" not found."])?;
            return Err(Ended::Failed);
        }
        for file in files {
            match read_symbols(&file, read) {
                Ok(symbols) => self.write_symbols(&symbols, without_dot)?,
                Err(problem) => {
                    problems::tell(&self.steps.log, &problem);
                    let text = errno_text(problem.errno());
                    let all = self.options.all;
                    let log = &self.steps.log;
                    log.fatal_unless(
                        all,
                        &[b"could not get ", what, b" of ", operand, b": ", &text],
                    )?;
                    return Err(Ended::Failed);
                }
            }
        }
        Ok(())
    }

    /// The file of that path, else the files of the modules of that name: kmod 34.2 knows paths
    /// only, and later versions names.
    fn files(&self, operand: &[u8]) -> Vec<Vec<u8>> {
        if path::existing(operand).is_ok() {
            return vec![operand.to_vec()];
        }
        let found = resolve(&self.machine, operand).unwrap_or_default();
        let file = |name: &[u8]| self.machine.module_file(name).ok().flatten();
        found.iter().filter_map(|found| Some(file(found.module.as_bytes())?.path)).collect()
    }

    fn write_symbols(&mut self, symbols: &Symbols, without_dot: bool) -> Result<(), Ended> {
        for symbol in symbols.iter() {
            let name = match symbol.name {
                // The entry points of functions on ppc64.
                [b'.', name @ ..] if without_dot => name,
                name => name,
            };
            let checksum = format!("0x{:08x}\t", symbol.crc);
            self.steps.output.write(&[checksum.as_bytes(), name, b"\n"])?;
        }
        Ok(())
    }
}

/// A module without the symbols that are asked for has no data.
fn read_symbols(path: &[u8], read: Reader) -> Result<Symbols, Problem> {
    let damaged = |damage| Problem::ModuleDamaged { file: path.into(), damage };
    let file = ModuleFile::read(open_module(path)?.bytes).map_err(damaged)?;
    let absent = Problem::FileUnreadable { file: path.into(), errno: Errno::ENODATA };
    read(&file).map_err(damaged)?.ok_or(absent)
}
