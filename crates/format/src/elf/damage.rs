//! What can be wrong with a module file, and where. It says nothing of what should be done about it.

use crate::read_at::ReadError;

/// Why a module file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// One part of the file is cut off or odd.
    Broken {
        /// Which part.
        part: Part,
        /// Where that part, or the odd entry of it, begins: bytes from the start of the file.
        offset: u64,
    },
    /// The file does not begin as ELF files do, or has no more than 16 bytes.
    NotElf,
    /// The kernel refused to read the file.
    Unreadable {
        /// The kernel's reason.
        errno: i32,
        /// Where the refused range begins.
        offset: u64,
    },
}

/// A part of an ELF module file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The byte order in the identification is neither little nor big.
    ByteOrder,
    /// The class in the identification is neither 32 nor 64 bits.
    Class,
    /// `__ksymtab_strings`.
    ExportedNames,
    /// `__version_ext_crcs` and `__version_ext_names`.
    ExtendedVersions,
    /// The ELF header.
    Header,
    /// The contents of a section.
    Section,
    /// The size of a section header, as the ELF header states it.
    SectionEntrySize,
    /// The table of section names.
    SectionNames,
    /// The table of section headers.
    SectionTable,
    /// `.strtab`.
    SymbolNames,
    /// `.symtab`.
    SymbolTable,
    /// `__versions`.
    Versions,
}

impl Damage {
    /// The errno that kmod gives for it: ENOEXEC for what is not ELF, EINVAL for damaged ELF.
    pub fn errno(self) -> i32 {
        const ENOEXEC: i32 = 8;
        const EINVAL: i32 = 22;
        match self {
            Self::Broken { .. } => EINVAL,
            Self::NotElf => ENOEXEC,
            Self::Unreadable { errno, .. } => errno,
        }
    }

    pub(super) fn of_read(error: ReadError, part: Part, offset: u64) -> Self {
        match error {
            ReadError::Beyond => Self::Broken { part, offset },
            ReadError::Io(errno) => Self::Unreadable { errno, offset },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_damage_has_its_errno() {
        let broken = Damage::of_read(ReadError::Beyond, Part::Header, 3);
        assert_eq!(broken, Damage::Broken { part: Part::Header, offset: 3 });
        assert_eq!(broken.errno(), 22);
        assert_eq!(Damage::NotElf.errno(), 8);
        assert_eq!(Damage::of_read(ReadError::Io(5), Part::Header, 3).errno(), 5);
    }
}
