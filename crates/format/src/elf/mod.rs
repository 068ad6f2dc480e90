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
