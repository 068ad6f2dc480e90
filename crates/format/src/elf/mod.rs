//! Module files as ELF: which sections they have and the bytes of the sections that are asked for.
//!
//! A file is read by ranges: its header, its section table, the section names, and then only what
//! is asked. It knows nothing of what a section's bytes mean, and no file is opened here. What is
//! kept in memory is never more than the file itself holds.

mod damage;
mod layout;
mod strip;
#[cfg(test)]
pub(crate) mod writer;

pub use damage::{Damage, Part};
pub(crate) use layout::RawSymbol;
pub use layout::{Class, Layout, Section};
pub use strip::{Unstripped, strip_versions};

use crate::read_at::ReadAt;
use alloc::vec;
use alloc::vec::Vec;

/// A module file whose section table has been read.
#[derive(Clone, Debug)]
pub struct ModuleFile<R> {
    source: R,
    layout: Layout,
    machine: u16,
    table_offset: u64,
    table: Vec<u8>,
    names: Vec<u8>,
}

impl<R: ReadAt> ModuleFile<R> {
    /// Reads the header, the section table and the section names.
    ///
    /// The source is the uncompressed file. A section that reaches beyond the file's end is no
    /// error here: it is as good as absent.
    pub fn read(source: R) -> Result<Self, Damage> {
        let start = read_range(&source, Part::Header, 0, source.length().min(64))?;
        let layout = Layout::of_identification(&start)?;
        let broken = |part, offset| Damage::Broken { part, offset };
        let header = layout.header(&start).ok_or(broken(Part::Header, 0))?;
        if header.entry_size != layout.section_header_size() {
            return Err(broken(Part::SectionEntrySize, 0));
        }
        let table_size = u64::from(header.entry_count) * u64::from(header.entry_size);
        let table_offset = header.table_offset;
        let table = read_range(&source, Part::SectionTable, table_offset, table_size)?;
        let machine = header.machine;
        let mut file = Self { source, layout, machine, table_offset, table, names: Vec::new() };
        file.names = file.read_names(header.names_index)?;
        Ok(file)
    }

    fn read_names(&self, index: u16) -> Result<Vec<u8>, Damage> {
        let offset = self.table_offset;
        let broken = Damage::Broken { part: Part::SectionNames, offset };
        let section = self.section_at(index).ok_or(broken)?;
        let names =
            read_range(&self.source, Part::SectionNames, section.offset, section.file_size())?;
        if names.last() == Some(&0) { Ok(names) } else { Err(broken) }
    }

    /// The bytes of the first section of that name; nothing when there is none within the file.
    ///
    /// A section without bytes in the file (`SHT_NOBITS`) is empty.
    pub fn section(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Damage> {
        self.find(name).map(|section| self.contents(&section)).transpose()
    }

    /// The header of the first section of that name which lies within the file.
    pub fn find(&self, name: &[u8]) -> Option<Section> {
        self.sections().find(|section| self.is_named(section, name))
    }

    fn is_named(&self, section: &Section, name: &[u8]) -> bool {
        let start = usize::try_from(section.name).ok();
        let rest = start.and_then(|start| self.names.get(start..)?.strip_prefix(name));
        rest.is_some_and(|rest| rest.first() == Some(&0))
    }

    /// The sections that lie within the file, in the table's order, without the one at index 0.
    pub fn sections(&self) -> impl Iterator<Item = Section> + '_ {
        let count = self.table.len() / usize::from(self.layout.section_header_size());
        (1..count).filter_map(|index| self.section_at(u16::try_from(index).ok()?))
    }

    /// The section at that index of the table, if it lies within the file.
    pub fn section_at(&self, index: u16) -> Option<Section> {
        let size = usize::from(self.layout.section_header_size());
        let start = usize::from(index) * size;
        let header_offset = self.table_offset.checked_add(start as u64)?;
        let section = self.layout.section(self.table.get(start..start + size)?, header_offset)?;
        let end = section.offset.checked_add(section.file_size())?;
        (index != 0 && end <= self.source.length()).then_some(section)
    }

    /// A section's name, if it lies within the table of names.
    pub fn name(&self, section: &Section) -> Option<&[u8]> {
        let names = self.names.get(usize::try_from(section.name).ok()?..)?;
        names.iter().position(|&byte| byte == 0).map(|end| &names[..end])
    }

    /// The bytes of a section of this file.
    pub fn contents(&self, section: &Section) -> Result<Vec<u8>, Damage> {
        read_range(&self.source, Part::Section, section.offset, section.file_size())
    }

    /// Class and byte order of the file.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// `e_machine`, the architecture's number.
    pub fn machine(&self) -> u16 {
        self.machine
    }

    /// The file's bytes.
    pub fn source(&self) -> &R {
        &self.source
    }
}

/// Reads a range after its end was compared with the file's, so that no length a file merely
/// claims is ever allocated.
fn read_range(
    source: &impl ReadAt,
    part: Part,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, Damage> {
    let within = offset.checked_add(length).is_some_and(|end| end <= source.length());
    let size = usize::try_from(length).ok().filter(|_| within);
    let mut bytes = vec![0; size.ok_or(Damage::Broken { part, offset })?];
    source.read_at(offset, &mut bytes).map_err(|error| Damage::of_read(error, part, offset))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::writer::{ModuleWriter, every_layout};
    use super::*;
    use crate::read_at::ReadError;
    use core::cell::RefCell;

    fn section(bytes: &[u8], name: &[u8]) -> Result<Option<Vec<u8>>, Damage> {
        ModuleFile::read(bytes)?.section(name)
    }

    #[test]
    fn the_first_section_of_a_name_within_the_file_is_read() {
        for layout in every_layout() {
            let bytes = ModuleWriter::new(layout)
                .any_section(b"twice", 1, 0, b"cut off", 1 << 30)
                .section(b"twice", b"first")
                .section(b"twice", b"second")
                .any_section(b"beyond", 1, 0, b"", 1 << 30)
                .without_bytes(b".bss", 1 << 30)
                .section(b"", b"unnamed")
                .write();
            let table: [(&[u8], Option<&[u8]>); 6] = [
                (b"twice", Some(b"first")),
                (b"beyond", None),
                (b".bss", Some(b"")),
                (b"", Some(b"unnamed")),
                (b"twic", None),
                (b"other", None),
            ];
            for (name, expected) in table {
                assert_eq!(section(&bytes, name), Ok(expected.map(<[u8]>::to_vec)), "{name:?}");
            }
        }
    }

    #[test]
    fn damage_is_named_with_its_part_and_offset() {
        let broken = |part, offset| Err(Damage::Broken { part, offset });
        for layout in every_layout() {
            let whole = ModuleWriter::new(layout).section(b".text", b"code").write();
            let (table, count, names, size) = match layout.class {
                Class::Elf32 => (32, 48, 50, 46),
                Class::Elf64 => (40, 60, 62, 58),
            };
            let start = layout.word(&whole, table).unwrap();
            let rows = [
                (table, 0xff, broken(Part::SectionTable, 0)),
                (count, 0xff, broken(Part::SectionTable, start)),
                (names, 0xff, broken(Part::SectionNames, start)),
                (names, 0, broken(Part::SectionNames, start)),
                (names, 1, broken(Part::SectionNames, start)),
                (size, 41, broken(Part::SectionEntrySize, 0)),
            ];
            for (at, byte, expected) in rows {
                let mut bytes = whole.clone();
                bytes[at..at + 2].fill(0);
                bytes[at + layout.least_significant_byte().min(1)] = byte;
                let found = ModuleFile::read(&bytes[..]).map(|_| ()).map_err(without_table_offset);
                assert_eq!(found, expected.map_err(without_table_offset), "{layout:?} {at} {byte}");
            }
        }
    }

    /// Where a table is said to stand depends on the layout when that field itself is damaged.
    fn without_table_offset(damage: Damage) -> Damage {
        match damage {
            Damage::Broken { part: Part::SectionTable, .. } => {
                Damage::Broken { part: Part::SectionTable, offset: 0 }
            }
            damage => damage,
        }
    }

    #[test]
    fn a_file_cut_off_anywhere_is_damaged() {
        for layout in every_layout() {
            let whole = ModuleWriter::new(layout).section(b".text", b"code").write();
            for length in 0..whole.len() {
                let errno = section(&whole[..length], b".text").map_err(Damage::errno);
                assert_eq!(errno, Err(if length <= 16 { 8 } else { 22 }), "{length}");
            }
        }
    }

    /// Notes which ranges were read.
    struct Noting<'a>(&'a [u8], RefCell<Vec<(u64, usize)>>);

    impl ReadAt for Noting<'_> {
        fn length(&self) -> u64 {
            self.0.length()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
            self.1.borrow_mut().push((offset, buffer.len()));
            self.0.read_at(offset, buffer)
        }
    }

    #[test]
    fn only_what_is_asked_for_is_read() {
        let layout = every_layout()[0];
        let bytes = ModuleWriter::new(layout)
            .section(b".text", &[0; 5000])
            .section(b".modinfo", b"license=GPL\0")
            .write();
        let file = ModuleFile::read(Noting(&bytes, RefCell::default())).unwrap();
        assert_eq!(file.section(b".modinfo"), Ok(Some(b"license=GPL\0".to_vec())));
        let names = b"\0.text\0.modinfo\0.shstrtab\0".len();
        let table = 52 + 5000 + 12 + names;
        let expected = [(0, 64), (table as u64, 160), (5064, names), (5052, 12)];
        assert_eq!(*file.source().1.borrow(), expected);
    }

    #[test]
    fn a_refused_read_keeps_its_errno() {
        struct Refusing;
        impl ReadAt for Refusing {
            fn length(&self) -> u64 {
                1000
            }

            fn read_at(&self, _: u64, _: &mut [u8]) -> Result<(), ReadError> {
                Err(ReadError::Io(5))
            }
        }
        let error = ModuleFile::read(Refusing).err();
        assert_eq!(error, Some(Damage::Unreadable { errno: 5, offset: 0 }));
    }
}
