//! `.symtab` with `.strtab`: the symbols of an ELF file and their names. It gives symbols no
//! meaning.

use crate::elf::{Damage, Layout, ModuleFile, Part, RawSymbol};
use crate::read_at::ReadAt;
use alloc::vec::Vec;
use core::ops::Range;

/// Both tables of a file, read.
pub(super) struct SymbolTable {
    layout: Layout,
    offset: u64,
    symbols: Vec<u8>,
    pub(super) names: Vec<u8>,
}

impl SymbolTable {
    /// Reads both tables; nothing when the file lacks one of them.
    pub(super) fn read<R: ReadAt>(file: &ModuleFile<R>) -> Result<Option<Self>, Damage> {
        let Some(section) = file.find(b".symtab") else { return Ok(None) };
        let Some(names) = file.section(b".strtab")? else { return Ok(None) };
        let (layout, offset) = (file.layout(), section.offset);
        let symbols = file.contents(&section)?;
        if symbols.len() % layout.symbol_size() != 0 {
            return Err(Damage::Broken { part: Part::SymbolTable, offset });
        }
        Ok(Some(Self { layout, offset, symbols, names }))
    }

    /// The symbols in order, each with its offset in the file, without the one at index 0.
    pub(super) fn symbols(&self) -> impl Iterator<Item = (u64, RawSymbol)> + '_ {
        let size = self.layout.symbol_size();
        let symbols = self.symbols.chunks_exact(size).enumerate().skip(1);
        symbols.filter_map(move |(index, bytes)| {
            Some((self.offset + (index * size) as u64, self.layout.symbol(bytes)?))
        })
    }

    /// How many bytes all names of a list may have together: far more than any linker writes.
    ///
    /// Names may share their bytes. Without a bound, a file of a megabyte could name ten gigabytes.
    pub(super) fn budget(&self) -> usize {
        16 * (self.symbols.len() + self.names.len())
    }

    /// Where in `names` a name stands that begins at `start`; nothing when it has no end.
    pub(super) fn name(&self, start: u32) -> Option<Range<usize>> {
        let start = usize::try_from(start).ok()?;
        let length = self.names.get(start..)?.iter().position(|&byte| byte == 0)?;
        Some(start..start + length)
    }
}

/// Takes a name's length from what is left of a budget.
pub(super) fn spend(budget: &mut usize, name: &Range<usize>, offset: u64) -> Result<(), Damage> {
    let broken = Damage::Broken { part: Part::SymbolNames, offset };
    *budget = budget.checked_sub(name.len()).ok_or(broken)?;
    Ok(())
}
