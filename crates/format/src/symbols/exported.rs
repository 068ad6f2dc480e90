//! The symbols a module gives to others.

use super::table::{SymbolTable, spend};
use super::{Bind, Place, Symbols};
use crate::elf::{Damage, ModuleFile, Part, RawSymbol, Section};
use crate::modinfo::strings;
use crate::read_at::ReadAt;
use alloc::vec::Vec;

/// The symbols a module exports, in the file's order; nothing when it says nothing of them.
///
/// They are the symbols named `__crc_NAME`. A module built without symbol versions has none of
/// those; its exports are the strings of `__ksymtab_strings`, with no checksum (0). So they are
/// when the symbol table is missing or damaged, as kmod has it.
/// Source: `include/linux/export-internal.h`, `Documentation/kbuild/modules.rst`.
pub fn exported<R: ReadAt>(file: &ModuleFile<R>) -> Result<Option<Symbols>, Damage> {
    let table = match SymbolTable::read(file) {
        Err(Damage::Broken { .. }) => None,
        table => table?,
    };
    let places = match &table {
        Some(table) => of_table(file, table, true)?,
        None => Vec::new(),
    };
    match table {
        Some(table) if !places.is_empty() => Ok(Some(Symbols { text: table.names, places })),
        _ => without_checksums(file),
    }
}

const PREFIX: &[u8] = b"__crc_";

/// Finds the symbols named `__crc_NAME` in a table; the places are in the table's names. The
/// checksums are looked up only if they are wanted, else they are 0.
pub(super) fn of_table<R: ReadAt>(
    file: &ModuleFile<R>,
    table: &SymbolTable,
    with_checksums: bool,
) -> Result<Vec<Place>, Damage> {
    let mut checksums = Checksums { file, first: None };
    let (mut places, mut budget) = (Vec::new(), table.budget());
    for (offset, symbol) in table.symbols() {
        if !table.names_from(&symbol).starts_with(PREFIX) {
            continue;
        }
        let mut name = table.name(&symbol);
        spend(&mut budget, &name, offset)?;
        name.start += PREFIX.len();
        let crc = if with_checksums { checksums.of(&symbol)? } else { 0 };
        places.push(Place { name, crc, bind: Bind::of_info(symbol.info) });
    }
    Ok(places)
}

/// The strings of `__ksymtab_strings`. Here the last one is to have its NUL.
pub(super) fn without_checksums<R: ReadAt>(
    file: &ModuleFile<R>,
) -> Result<Option<Symbols>, Damage> {
    let Some(section) = file.find(b"__ksymtab_strings") else { return Ok(None) };
    let text = file.contents(&section)?;
    if text.last().is_some_and(|&last| last != 0) {
        return Err(Damage::Broken { part: Part::ExportedNames, offset: section.offset });
    }
    let place = |(start, name): (usize, &[u8])| Place {
        name: start..start + name.len(),
        crc: 0,
        bind: Bind::Global,
    };
    let places = strings(&text).map(place).collect();
    Ok(Some(Symbols { text, places }))
}

/// Finds checksums. The first section that holds some is kept in memory, since a module has one
/// such section; a file that names many is read four bytes at a time.
struct Checksums<'a, R> {
    file: &'a ModuleFile<R>,
    first: Option<(u16, Vec<u8>)>,
}

impl<R: ReadAt> Checksums<'_, R> {
    /// The symbol's value when that is absolute; else the 32-bit word the value points to.
    fn of(&mut self, symbol: &RawSymbol) -> Result<u64, Damage> {
        const UNDEFINED: u16 = 0;
        const ABSOLUTE: u16 = 0xfff1;
        const OUT_OF_RANGE: u64 = u64::MAX;
        if matches!(symbol.section, UNDEFINED | ABSOLUTE) {
            return Ok(symbol.value);
        }
        let Some(section) = self.file.section_at(symbol.section) else { return Ok(OUT_OF_RANGE) };
        if symbol.value.checked_add(4).is_none_or(|end| end > section.file_size()) {
            return Ok(OUT_OF_RANGE);
        }
        self.word(symbol, &section).map(|word| word.map_or(OUT_OF_RANGE, u64::from))
    }

    fn word(&mut self, symbol: &RawSymbol, section: &Section) -> Result<Option<u32>, Damage> {
        if self.first.is_none() {
            self.first = Some((symbol.section, self.file.contents(section)?));
        }
        let order = self.file.layout().order;
        match &self.first {
            Some((index, bytes)) if *index == symbol.section => {
                Ok(usize::try_from(symbol.value).ok().and_then(|at| order.u32(bytes, at)))
            }
            _ => {
                let word = Section { offset: section.offset + symbol.value, size: 4, ..*section };
                Ok(order.u32(&self.file.contents(&word)?, 0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::writer::{ModuleWriter, every_layout};
    use alloc::vec;

    fn listed(bytes: &[u8]) -> Option<Vec<(Vec<u8>, u64, u8)>> {
        let symbols = exported(&ModuleFile::read(bytes).unwrap()).unwrap()?;
        let triple = |symbol: super::super::Symbol<'_>| {
            (symbol.name.to_vec(), symbol.crc, symbol.bind.letter())
        };
        Some(symbols.iter().map(triple).collect())
    }

    #[test]
    fn checksums_are_values_or_words_of_a_section() {
        for layout in every_layout() {
            let writer = ModuleWriter::new(layout);
            let (first, second) = (writer.numbers(&[1, 0xdead_beef]), writer.numbers(&[7]));
            let bytes = writer
                .section(b"__kcrctab", &first)
                .section(b"__kcrctab_gpl", &second)
                .section(b"__ksymtab_strings", b"unused\0")
                .symbol(b"__crc_absolute", 0x10, 0xfff1, 0x1234_5678)
                .symbol(b"other", 0x10, 0xfff1, 1)
                .symbol(b"__crc_relative", 0x10, 1, 4)
                .symbol(b"__crc_second", 0, 2, 0)
                .symbol(b"__crc_weak", 0x20, 0, 0)
                .symbol(b"__crc_beyond", 0xa0, 1, 5)
                .symbol(b"__crc_nowhere", 0x10, 99, 0)
                .write();
            let expected = vec![
                (b"absolute".to_vec(), 0x1234_5678, b'G'),
                (b"relative".to_vec(), 0xdead_beef, b'G'),
                (b"second".to_vec(), 7, b'L'),
                (b"weak".to_vec(), 0, b'W'),
                (b"beyond".to_vec(), u64::MAX, 0),
                (b"nowhere".to_vec(), u64::MAX, b'G'),
            ];
            assert_eq!(listed(&bytes), Some(expected), "{layout:?}");
        }
    }

    #[test]
    fn without_checksums_the_strings_are_the_exports() {
        for layout in every_layout() {
            let with_strings = ModuleWriter::new(layout)
                .section(b"__ksymtab_strings", b"first\0\0second\0")
                .symbol(b"init_module", 0x12, 1, 0);
            let expected = vec![(b"first".to_vec(), 0, b'G'), (b"second".to_vec(), 0, b'G')];
            assert_eq!(listed(&with_strings.write()), Some(expected), "{layout:?}");
            assert_eq!(listed(&ModuleWriter::new(layout).write()), None, "{layout:?}");
        }
    }

    #[test]
    fn a_damaged_symbol_table_is_as_good_as_none() {
        let writer = ModuleWriter::new(every_layout()[2])
            .section(b"__ksymtab_strings", b"only\0")
            .symbol(b"__crc_good", 0x10, 0xfff1, 1);
        let mut beyond = writer.clone();
        beyond.push_symbol(12, 0x10, 1, 0);
        let uneven = ModuleWriter::new(every_layout()[2])
            .section(b"__ksymtab_strings", b"only\0")
            .section(b".symtab", &[0; 25])
            .section(b".strtab", b"\0");
        let table = [(writer, "good"), (beyond, "only"), (uneven, "only")];
        for (writer, name) in table {
            let names: Vec<_> = listed(&writer.write()).unwrap_or_default();
            assert_eq!(names[0].0, name.as_bytes());
        }
    }

    #[test]
    fn exported_names_without_their_last_nul_are_damage() {
        let writer = ModuleWriter::new(every_layout()[0]).section(b"__ksymtab_strings", b"cut");
        let bytes = writer.write();
        let error = exported(&ModuleFile::read(&bytes[..]).unwrap()).err();
        assert_eq!(error, Some(Damage::Broken { part: Part::ExportedNames, offset: 52 }));
    }
}
