//! What depmod asks of a module: the symbols it gives and needs, from one reading of its table.

use super::Symbols;
use super::exported::{self, without_checksums};
use super::needed::{self, append_unused};
use super::table::SymbolTable;
use crate::elf::{Damage, ModuleFile};
use crate::read_at::ReadAt;

/// What binds a module to others.
#[derive(Clone, Debug, Default)]
pub struct Linkage {
    /// The symbols it gives, as [`super::exported`] has them.
    pub exported: Symbols,
    /// The symbols it needs, as [`super::needed`] has them.
    pub needed: Symbols,
    /// What is wrong with the module; what could be read in spite of it is in the lists.
    pub damage: Option<Damage>,
}

/// Reads the symbols that a module gives and needs.
///
/// A module without a symbol table needs nothing and is not damaged. Checksums of what it gives are
/// read only if they are wanted, else they are 0.
pub fn linkage<R: ReadAt>(file: &ModuleFile<R>, with_checksums: bool) -> Linkage {
    let mut linkage = Linkage::default();
    let table = linkage.noting(SymbolTable::read(file)).flatten();
    if let Some(table) = &table {
        let places = linkage.noting(exported::of_table(file, table, with_checksums));
        linkage.exported = Symbols::copied(&table.names, places.unwrap_or_default());
        if let Some(found) = linkage.noting(needed::of_table(file, table)) {
            let needed = Symbols::copied(&table.names, found.places);
            linkage.needed = append_unused(needed, found.unused);
        }
    }
    if linkage.exported.is_empty() {
        let strings = linkage.noting(without_checksums(file)).flatten();
        linkage.exported = strings.unwrap_or_default();
    }
    linkage
}

impl Linkage {
    /// Takes what was read, or notes the first damage.
    fn noting<T>(&mut self, read: Result<T, Damage>) -> Option<T> {
        read.map_err(|damage| self.damage.get_or_insert(damage)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Part;
    use crate::elf::writer::{ModuleWriter, every_layout};
    use alloc::vec::Vec;

    fn names(symbols: &Symbols) -> Vec<(Vec<u8>, u64)> {
        symbols.iter().map(|symbol| (symbol.name.to_vec(), symbol.crc)).collect()
    }

    #[test]
    fn one_reading_gives_what_two_give() {
        for layout in every_layout() {
            let writer = ModuleWriter::new(layout);
            let versions =
                writer.versions(&[(9, b"module_layout"), (5, b"printk"), (6, b"printk")]);
            let crcs = writer.numbers(&[3]);
            let writer = writer
                .section(b"__versions", &versions)
                .section(b"__version_ext_crcs", &crcs)
                .section(b"__version_ext_names", b"long\0")
                .symbol(b"printk", 0x10, 0, 0)
                .symbol(b"long", 0x10, 0, 0)
                .symbol(b"init_module", 0x12, 1, 0)
                .symbol(b"__crc_given", 0x10, 0xfff1, 7)
                .section(b"__ksymtab_strings", b"other\0");
            let bytes = writer.write();
            let file = ModuleFile::read(&bytes[..]).unwrap();
            let read = linkage(&file, true);
            assert_eq!(read.damage, None);
            let needed = [
                (b"printk".to_vec(), 5),
                (b"long".to_vec(), 3),
                (b"module_layout".to_vec(), 9),
                (b"printk".to_vec(), 6),
            ];
            assert_eq!(names(&read.needed), needed);
            assert_eq!(names(&read.needed), names(&super::super::needed(&file).unwrap()));
            assert_eq!(names(&read.exported), [(b"given".to_vec(), 7)]);
            assert_eq!(names(&linkage(&file, false).exported), [(b"given".to_vec(), 0)]);
        }
    }

    #[test]
    fn what_is_not_damaged_is_read() {
        let layout = every_layout()[2];
        let bare = ModuleWriter::new(layout).section(b"__ksymtab_strings", b"only\0");
        let uneven = bare.clone().section(b".symtab", &[0; 25]).section(b".strtab", b"\0");
        let versions = bare.clone().section(b"__versions", b"odd").symbol(b"printk", 0x10, 0, 0);
        let table =
            [(bare, None), (uneven, Some(Part::SymbolTable)), (versions, Some(Part::Versions))];
        for (writer, part) in table {
            let bytes = writer.write();
            let read = linkage(&ModuleFile::read(&bytes[..]).unwrap(), true);
            let found = read.damage.map(|damage| match damage {
                Damage::Broken { part, .. } => Some(part),
                _ => None,
            });
            assert_eq!(found.flatten(), part);
            assert_eq!(names(&read.exported), [(b"only".to_vec(), 0)]);
            assert!(read.needed.is_empty());
        }
    }

    #[test]
    fn overlapping_names_take_no_more_room_than_in_the_file() {
        let mut writer = ModuleWriter::new(every_layout()[0]).symbol(&[b'n'; 6_000], 0x10, 0, 0);
        (0..10).for_each(|start| writer.push_symbol(start + 1, 0x10, 0, 0));
        let bytes = writer.write();
        let read = linkage(&ModuleFile::read(&bytes[..]).unwrap(), true);
        assert_eq!(read.needed.len(), 11);
        assert!(read.needed.text.len() < 7_000);
    }
}
