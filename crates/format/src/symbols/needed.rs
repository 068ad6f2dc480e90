//! The symbols a module needs from the kernel or from other modules.

use super::table::{SymbolTable, spend};
use super::versions::versions;
use super::{Bind, Place, Symbols};
use crate::elf::{Damage, ModuleFile, Part, RawSymbol};
use crate::hash::super_fast_hash;
use crate::read_at::ReadAt;
use alloc::vec;
use alloc::vec::Vec;

/// The symbols a module needs: the undefined ones of `.symtab` in order, then the entries of
/// `__versions` that none of them used.
///
/// The checksum is that of the equally named entry of `__versions`, 0 without one. A module
/// without `.symtab` or `.strtab` is damaged.
pub fn needed<R: ReadAt>(file: &ModuleFile<R>) -> Result<Symbols, Damage> {
    let missing = Damage::Broken { part: Part::SymbolTable, offset: 0 };
    let table = SymbolTable::read(file)?.ok_or(missing)?;
    let found = of_table(file, &table)?;
    Ok(append_unused(Symbols { text: table.names, places: found.places }, found.unused))
}

/// What a table of symbols needs; the places are in the table's names.
pub(super) struct Needed {
    pub(super) places: Vec<Place>,
    /// The entries of `__versions` that no symbol of the table used.
    pub(super) unused: Symbols,
}

/// Finds the symbols that a module needs in its table, which has been read.
pub(super) fn of_table<R: ReadAt>(
    file: &ModuleFile<R>,
    table: &SymbolTable,
) -> Result<Needed, Damage> {
    let versions = versions(file)?.unwrap_or_default();
    let by_name = sorted(&versions);
    let mut is_used = vec![false; versions.len()];
    let (mut places, mut budget) = (Vec::new(), table.budget());
    for (offset, symbol) in table.symbols().filter(|(_, symbol)| is_needed(symbol, file.machine()))
    {
        let name = table.name(&symbol);
        if name.is_empty() {
            continue;
        }
        spend(&mut budget, &name, offset)?;
        let text = &table.names[name.clone()];
        let key = (super_fast_hash(text), text);
        let first = by_name.partition_point(|(other, _)| *other < key);
        let version = by_name.get(first).filter(|(other, _)| *other == key);
        let crc = version.map_or(0, |&(_, index)| {
            is_used[index] = true;
            versions.places[index].crc
        });
        let bind = if symbol.info >> 4 == WEAK { Bind::Weak } else { Bind::Undefined };
        places.push(Place { name, crc, bind });
    }
    drop(by_name);
    Ok(Needed { places, unused: unused(versions, &is_used) })
}

/// A name with its hash, which is compared first, and its place in the list.
type Hashed<'a> = ((u32, &'a [u8]), usize);

/// The names sorted by hash, equal ones in the list's order.
fn sorted(versions: &Symbols) -> Vec<Hashed<'_>> {
    let names = versions.iter().map(|version| (super_fast_hash(version.name), version.name));
    let mut by_name: Vec<_> = names.zip(0..).collect();
    by_name.sort_unstable();
    by_name
}

const WEAK: u8 = 2;

/// Whether a symbol is to come from elsewhere. SPARC's symbols for registers are undefined, too.
fn is_needed(symbol: &RawSymbol, machine: u16) -> bool {
    const SPARC_MACHINES: [u16; 3] = [2, 18, 43];
    const REGISTER: u8 = 13;
    let is_register = SPARC_MACHINES.contains(&machine) && symbol.info & 15 == REGISTER;
    symbol.section == 0 && !is_register
}

fn unused(mut versions: Symbols, is_used: &[bool]) -> Symbols {
    let mut used = is_used.iter();
    versions.places.retain(|_| used.next() == Some(&false));
    Symbols::copied(&versions.text, versions.places)
}

/// Puts what is left of `__versions` behind the symbols of the table.
pub(super) fn append_unused(mut needed: Symbols, unused: Symbols) -> Symbols {
    if unused.is_empty() {
        return needed;
    }
    let shift = needed.text.len();
    needed.text.extend_from_slice(&unused.text);
    needed.places.extend(unused.places.into_iter().map(|place| {
        let name = place.name.start + shift..place.name.end + shift;
        Place { name, ..place }
    }));
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::writer::{ModuleWriter, every_layout};

    fn listed(bytes: &[u8]) -> Vec<(Vec<u8>, u64, u8)> {
        let symbols = needed(&ModuleFile::read(bytes).unwrap()).unwrap();
        let triple = |symbol: super::super::Symbol<'_>| {
            (symbol.name.to_vec(), symbol.crc, symbol.bind.letter())
        };
        symbols.iter().map(triple).collect()
    }

    #[test]
    fn undefined_symbols_come_first_then_versions_that_none_used() {
        for layout in every_layout() {
            let writer = ModuleWriter::new(layout);
            let versions = writer.versions(&[
                (9, b"module_layout"),
                (5, b"printk"),
                (6, b"printk"),
                (7, b"kfree"),
            ]);
            let bytes = writer
                .section(b"__versions", &versions)
                .symbol(b"init_module", 0x12, 1, 0)
                .symbol(b"printk", 0x10, 0, 0)
                .symbol(b"", 0x10, 0, 0)
                .symbol(b"maybe", 0x20, 0, 0)
                .symbol(b"kfree", 0x1d, 0, 0)
                .write();
            let expected = [
                (b"printk".to_vec(), 5, b'U'),
                (b"maybe".to_vec(), 0, b'W'),
                (b"kfree".to_vec(), 7, b'U'),
                (b"module_layout".to_vec(), 9, b'U'),
                (b"printk".to_vec(), 6, b'U'),
            ];
            assert_eq!(listed(&bytes), expected, "{layout:?}");
        }
    }

    #[test]
    fn registers_of_sparc_are_not_needed() {
        for layout in every_layout() {
            for (machine, count) in [(2, 0), (18, 0), (43, 0), (62, 1)] {
                let writer = ModuleWriter::new(layout).machine(machine);
                let bytes = writer.symbol(b"g2", 0x1d, 0, 0).write();
                assert_eq!(listed(&bytes).len(), count, "{machine}");
            }
        }
    }

    #[test]
    fn a_module_without_a_symbol_table_is_damaged() {
        let bytes = ModuleWriter::new(every_layout()[0]).section(b".text", b"").write();
        let error = needed(&ModuleFile::read(&bytes[..]).unwrap()).err();
        assert_eq!(error, Some(Damage::Broken { part: Part::SymbolTable, offset: 0 }));
    }

    #[test]
    fn names_that_share_bytes_are_bounded() {
        // Of the second file's names only all together are too long.
        for (length, count) in [(60_000, 5_000), (4 << 20, 8)] {
            let name = vec![b'n'; length];
            let mut writer = ModuleWriter::new(every_layout()[0]).symbol(&name, 0x10, 0, 0);
            (0..count).for_each(|start| writer.push_symbol(start + 1, 0x10, 0, 0));
            let bytes = writer.write();
            let error = needed(&ModuleFile::read(&bytes[..]).unwrap()).err();
            let is_bounded = matches!(error, Some(Damage::Broken { part: Part::SymbolNames, .. }));
            assert!(is_bounded, "{error:?}");
        }
    }
}
