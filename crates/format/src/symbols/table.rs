//! `.symtab` with `.strtab`: the symbols of an ELF file and their names. It gives symbols no
//! meaning.

use crate::elf::{Damage, Layout, ModuleFile, Part, RawSymbol};
use crate::modinfo::before_nul;
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
    ///
    /// A name that begins beyond the names, of any symbol, is damage to both.
    pub(super) fn read<R: ReadAt>(file: &ModuleFile<R>) -> Result<Option<Self>, Damage> {
        let Some(section) = file.find(b".symtab") else { return Ok(None) };
        let Some(names) = file.section(b".strtab")? else { return Ok(None) };
        let (layout, offset) = (file.layout(), section.offset);
        let symbols = file.contents(&section)?;
        if symbols.len() % layout.symbol_size() != 0 {
            return Err(Damage::Broken { part: Part::SymbolTable, offset });
        }
        let table = Self { layout, offset, symbols, names };
        let odd = table.symbols().find(|(_, symbol)| table.name_start(symbol).is_none());
        match odd.map(|(offset, _)| offset) {
            Some(offset) => Err(Damage::Broken { part: Part::SymbolNames, offset }),
            None => Ok(Some(table)),
        }
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
    /// Names may share their bytes. Without a bound, a file of a megabyte could name ten gigabytes,
    /// and many such files more than a machine has.
    pub(super) fn budget(&self) -> usize {
        const MOST: usize = 32 << 20;
        self.symbols.len().saturating_add(self.names.len()).saturating_mul(16).min(MOST)
    }

    fn name_start(&self, symbol: &RawSymbol) -> Option<usize> {
        usize::try_from(symbol.name).ok().filter(|&start| start < self.names.len())
    }

    /// The names from a symbol's own on.
    pub(super) fn names_from(&self, symbol: &RawSymbol) -> &[u8] {
        self.name_start(symbol).map(|start| &self.names[start..]).unwrap_or_default()
    }

    /// Where in `names` a symbol's name stands. The last name may lack its NUL.
    pub(super) fn name(&self, symbol: &RawSymbol) -> Range<usize> {
        let rest = self.names_from(symbol);
        let start = self.names.len() - rest.len();
        start..start + before_nul(rest).unwrap_or(rest.len())
    }
}

/// Takes a name's length from what is left of a budget.
pub(super) fn spend(budget: &mut usize, name: &Range<usize>, offset: u64) -> Result<(), Damage> {
    let broken = Damage::Broken { part: Part::SymbolNames, offset };
    *budget = budget.checked_sub(name.len()).ok_or(broken)?;
    Ok(())
}
