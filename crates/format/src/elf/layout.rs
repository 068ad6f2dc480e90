//! Where the fields of ELF's three records stand in both classes: file header, section header and
//! symbol. It decodes single records; tables are walked elsewhere.
//!
//! Source: System V Application Binary Interface, chapter 4 (`include/uapi/linux/elf.h`).

use super::damage::{Damage, Part};
use crate::byte_order::ByteOrder;

/// How many bytes an address has in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 32 bits.
    Elf32,
    /// 64 bits.
    Elf64,
}

/// Class and byte order, which together say where every field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// 32 or 64 bits.
    pub class: Class,
    /// Little or big end first.
    pub order: ByteOrder,
}

/// What the reader needs of the file header.
pub(super) struct Header {
    pub(super) machine: u16,
    pub(super) table_offset: u64,
    pub(super) entry_size: u16,
    pub(super) entry_count: u16,
    pub(super) names_index: u16,
}

/// A section header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Where its header begins in the file.
    pub header_offset: u64,
    /// Where its name begins in the table of section names.
    pub name: u32,
    /// `sh_type`.
    pub kind: u32,
    /// Where its bytes begin in the file.
    pub offset: u64,
    /// How many bytes it has in memory, and in the file unless it is [`Section::NOBITS`].
    pub size: u64,
}

impl Section {
    /// The type of sections that have a size but no bytes in the file.
    pub const NOBITS: u32 = 8;
    /// Where `sh_flags` stands in a section header, in either class.
    pub(super) const FLAGS: usize = 8;

    /// How many bytes of the file belong to it.
    pub fn file_size(&self) -> u64 {
        if self.kind == Self::NOBITS { 0 } else { self.size }
    }
}

/// One entry of `.symtab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawSymbol {
    pub(crate) name: u32,
    pub(crate) info: u8,
    pub(crate) section: u16,
    pub(crate) value: u64,
}

impl Layout {
    /// Reads the identification, the first 16 bytes of a file. With nothing behind them a file is
    /// not ELF, as kmod has it.
    pub(super) fn of_identification(bytes: &[u8]) -> Result<Self, Damage> {
        if bytes.len() <= 16 || !bytes.starts_with(b"\x7fELF") {
            return Err(Damage::NotElf);
        }
        let class = match bytes[4] {
            1 => Class::Elf32,
            2 => Class::Elf64,
            _ => return Err(Damage::Broken { part: Part::Class, offset: 4 }),
        };
        let order = match bytes[5] {
            1 => ByteOrder::Little,
            2 => ByteOrder::Big,
            _ => return Err(Damage::Broken { part: Part::ByteOrder, offset: 5 }),
        };
        Ok(Self { class, order })
    }

    pub(super) fn header(self, bytes: &[u8]) -> Option<Header> {
        let (table, rest) = match self.class {
            Class::Elf32 => (32, 46),
            Class::Elf64 => (40, 58),
        };
        Some(Header {
            machine: self.order.u16(bytes, 18)?,
            table_offset: self.word(bytes, table)?,
            entry_size: self.order.u16(bytes, rest)?,
            entry_count: self.order.u16(bytes, rest + 2)?,
            names_index: self.order.u16(bytes, rest + 4)?,
        })
    }

    pub(super) fn section_header_size(self) -> u16 {
        match self.class {
            Class::Elf32 => 40,
            Class::Elf64 => 64,
        }
    }

    pub(super) fn section(self, bytes: &[u8], header_offset: u64) -> Option<Section> {
        let (offset, size) = match self.class {
            Class::Elf32 => (16, 20),
            Class::Elf64 => (24, 32),
        };
        Some(Section {
            header_offset,
            name: self.order.u32(bytes, 0)?,
            kind: self.order.u32(bytes, 4)?,
            offset: self.word(bytes, offset)?,
            size: self.word(bytes, size)?,
        })
    }

    pub(crate) fn symbol_size(self) -> usize {
        match self.class {
            Class::Elf32 => 16,
            Class::Elf64 => 24,
        }
    }

    pub(crate) fn symbol(self, bytes: &[u8]) -> Option<RawSymbol> {
        let (info, section, value) = match self.class {
            Class::Elf32 => (12, 14, 4),
            Class::Elf64 => (4, 6, 8),
        };
        Some(RawSymbol {
            name: self.order.u32(bytes, 0)?,
            info: *bytes.get(info)?,
            section: self.order.u16(bytes, section)?,
            value: self.word(bytes, value)?,
        })
    }

    /// Which byte of an address-wide field is the least significant one.
    pub(super) fn least_significant_byte(self) -> usize {
        match (self.order, self.class) {
            (ByteOrder::Little, _) => 0,
            (ByteOrder::Big, Class::Elf32) => 3,
            (ByteOrder::Big, Class::Elf64) => 7,
        }
    }

    /// An address, offset or size: as wide as the class.
    pub(crate) fn word(self, bytes: &[u8], at: usize) -> Option<u64> {
        match self.class {
            Class::Elf32 => self.order.u32(bytes, at).map(u64::from),
            Class::Elf64 => self.order.u64(bytes, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identification(magic: &[u8], class: u8, order: u8) -> [u8; 17] {
        let mut bytes = [0; 17];
        bytes[..magic.len()].copy_from_slice(magic);
        bytes[4] = class;
        bytes[5] = order;
        bytes
    }

    #[test]
    fn the_identification_names_class_and_order() {
        let odd = |part, offset| Err(Damage::Broken { part, offset });
        let table = [
            (b"\x7fELF", 1, 2, Ok(Layout { class: Class::Elf32, order: ByteOrder::Big })),
            (b"\x7fELF", 2, 1, Ok(Layout { class: Class::Elf64, order: ByteOrder::Little })),
            (b"\x7fELG", 2, 1, Err(Damage::NotElf)),
            (b"\x7fELF", 0, 1, odd(Part::Class, 4)),
            (b"\x7fELF", 3, 1, odd(Part::Class, 4)),
            (b"\x7fELF", 2, 0, odd(Part::ByteOrder, 5)),
        ];
        for (magic, class, order, expected) in table {
            let bytes = identification(magic, class, order);
            assert_eq!(Layout::of_identification(&bytes), expected, "{magic:?} {class} {order}");
        }
        let whole = identification(b"\x7fELF", 2, 1);
        assert_eq!(Layout::of_identification(&whole[..16]), Err(Damage::NotElf));
    }

    #[test]
    fn a_symbol_is_the_same_in_both_classes() {
        let narrow = [0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0x12, 0, 0xff, 0xf1];
        let wide = [7, 0, 0, 0, 0x12, 0, 0xf1, 0xff, 9, 0, 0, 0, 0, 0, 0, 0];
        let symbol = RawSymbol { name: 7, info: 0x12, section: 0xfff1, value: 9 };
        let elf32 = Layout { class: Class::Elf32, order: ByteOrder::Big };
        let elf64 = Layout { class: Class::Elf64, order: ByteOrder::Little };
        assert_eq!(elf32.symbol(&narrow), Some(symbol));
        assert_eq!(elf64.symbol(&wide), Some(symbol));
        assert_eq!(elf64.symbol(&wide[..15]), None);
    }
}
