//! The binary indexes `modules.*.bin`: looking keys up, and making such a file. What a value means
//! (a modules.dep line, a module's name) is not known here.
//!
//! The file is a trie whose nodes stand anywhere in it. It is read by ranges, and no length or
//! offset in it is believed: see [`Damage`].

mod builder;
mod node;
mod search;
mod walk;
mod windows;

pub use builder::{IndexBuilder, TooLong, Unsuitable};

use crate::{ReadAt, ReadError};
use alloc::vec::Vec;
use node::Reference;

/// The first four bytes of an index.
pub const MAGIC: u32 = 0xB007_F457;
/// The version that is written: the major half must be equal in a file that is read.
pub const VERSION: u32 = 0x0002_0001;
const HEADER_LENGTH: u64 = 12;
/// No name or alias is longer (PATH_MAX), so no key in a whole index is.
const KEY_LIMIT: usize = 4096;

/// An index that is read by ranges.
pub struct Index<S> {
    source: S,
    root: Reference,
}

impl<S: ReadAt> Index<S> {
    /// Checks the header. A file without a byte is an empty index, as depmod writes it when the
    /// kernel has no built-in modules.
    pub fn open(source: S) -> Result<Self, Damage> {
        if source.length() == 0 {
            return Ok(Self { source, root: Reference::NONE });
        }
        let mut header = [0; HEADER_LENGTH as usize];
        source.read_at(0, &mut header).map_err(|error| Damage::of_read(error, 0))?;
        let [magic, version, root] = [0, 4, 8].map(|at| word(&header, at));
        if magic != MAGIC {
            return Err(Damage { what: Damaged::Magic { found: magic }, offset: 0 });
        }
        if version >> 16 != VERSION >> 16 {
            return Err(Damage { what: Damaged::Version { found: version }, offset: 4 });
        }
        Ok(Self { source, root: Reference(root) })
    }
}

/// One value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its place among all values: the module's number in depmod's list, lower comes first.
    pub priority: u32,
    /// Its text.
    pub bytes: Vec<u8>,
}

/// One value of a key that a walk shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownValue<'a> {
    /// As that of [`Value`].
    pub priority: u32,
    /// Its text.
    pub bytes: &'a [u8],
}

/// What is wrong in an index, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong.
    pub what: Damaged,
    /// The offset in the file of what is wrong.
    pub offset: u64,
}

/// What can be wrong in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// A node's first child character is greater than its last, or one of them is not ASCII.
    ChildRange {
        /// The first child's character.
        first: u8,
        /// The last child's character.
        last: u8,
    },
    /// Nodes are reached more than once: more was read than the file holds.
    Cyclic,
    /// A key is longer than 4096 bytes.
    KeyLength,
    /// The file does not begin with [`MAGIC`].
    Magic {
        /// What it begins with.
        found: u32,
    },
    /// Something ends beyond the end of the file.
    Truncated,
    /// The kernel refused the read, with this errno.
    Unreadable(i32),
    /// The version's major half is not that of [`VERSION`].
    Version {
        /// The version found, the major half first.
        found: u32,
    },
}

impl Damage {
    fn of_read(error: ReadError, offset: u64) -> Self {
        let what = match error {
            ReadError::Beyond => Damaged::Truncated,
            ReadError::Io(errno) => Damaged::Unreadable(errno),
        };
        Self { what, offset }
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_checked() {
        let opened = |bytes: &[u8]| Index::open(bytes).map(|_| ());
        assert_eq!(opened(b""), Ok(()));
        assert_eq!(opened(b"\xb0\x07\xf4\x57\x00\x02\x99\x99\x00\x00\x00\x0c"), Ok(()));
        assert_eq!(opened(b"\xb0"), Err(Damage { what: Damaged::Truncated, offset: 0 }));
        assert_eq!(
            opened(b"\xb0\x07\xf4\x58\x00\x02\x00\x01\x00\x00\x00\x0c"),
            Err(Damage { what: Damaged::Magic { found: 0xb007_f458 }, offset: 0 })
        );
        assert_eq!(
            opened(b"\xb0\x07\xf4\x57\x00\x03\x00\x01\x00\x00\x00\x0c"),
            Err(Damage { what: Damaged::Version { found: 0x0003_0001 }, offset: 4 })
        );
    }
}
