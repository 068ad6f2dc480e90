//! Damage of files in words: what is wrong, and at which byte.

use alloc::format;
use alloc::string::String;

use kmodctl_format::elf::{self, Part};
use kmodctl_format::index::{self, Damaged};

/// Says what is wrong with a module file.
pub(super) fn of_module(damage: elf::Damage) -> String {
    match damage {
        elf::Damage::Broken { part, offset } => {
            format!("{} is cut off or odd (byte {offset})", part_word(part))
        }
        elf::Damage::NotElf => "it is not an ELF file".into(),
        elf::Damage::Unreadable { errno, offset } => {
            format!("it cannot be read from byte {offset} on (errno {errno})")
        }
    }
}

/// Says of a binary index what is wrong with it.
pub(super) fn of_index(damage: index::Damage) -> String {
    let what = match damage.what {
        Damaged::Unreadable(errno) => return format!("cannot be read (errno {errno})"),
        Damaged::ChildRange { first, last } => {
            format!("a node's children go from {first} to {last}")
        }
        Damaged::Cyclic => "its nodes form a loop".into(),
        Damaged::KeyLength => "a key is longer than 4096 bytes".into(),
        Damaged::Magic { found } => format!("it begins with {found:08x}, not b007f457"),
        Damaged::Truncated => "something in it ends beyond its end".into(),
        Damaged::Version { found } => format!("its version is {found:08x}, not 00020001"),
    };
    format!("is damaged: {what} (byte {})", damage.offset)
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::ByteOrder => "the byte order",
        Part::Class => "the class",
        Part::ExportedNames => "the table of exported names",
        Part::ExtendedVersions => "the table of extended symbol versions",
        Part::Header => "the ELF header",
        Part::Section => "a section",
        Part::SectionEntrySize => "the size of a section header",
        Part::SectionNames => "the table of section names",
        Part::SectionTable => "the section table",
        Part::SymbolNames => "the table of symbol names",
        Part::SymbolTable => "the symbol table",
        Part::Versions => "the table of symbol versions",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_names_the_part_and_the_byte() {
        let broken = elf::Damage::Broken { part: Part::SectionTable, offset: 40 };
        assert_eq!(of_module(broken), "the section table is cut off or odd (byte 40)");
        let magic = index::Damage { what: Damaged::Magic { found: 1 }, offset: 0 };
        assert_eq!(of_index(magic), "is damaged: it begins with 00000001, not b007f457 (byte 0)");
    }
}
