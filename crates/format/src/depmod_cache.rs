//! What a depmod leaves for the next one: the modules it saw, and what their files held. Which of it
//! still holds is decided elsewhere.
//!
//! The file has a head, a list of the modules, and their contents; numbers are little-endian. List
//! and contents each have a digest, so that the list can be read alone. A file that differs from
//! what its digests say, and one of another version, is none.

mod contents;

pub use contents::{StoredContents, StoredSymbols};

use alloc::vec::Vec;
use core::ops::Range;

/// A digest of bytes, made where there is a function for it.
pub type Digest = [u8; 16];

/// The file's state as a file system tells it: while nothing of it changes, neither did the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The device's number.
    pub device: u64,
    /// The inode's number.
    pub inode: u64,
    /// The length in bytes.
    pub size: u64,
    /// When the bytes were changed last.
    pub modified: Time,
    /// When anything of the file was changed last.
    pub changed: Time,
}

/// Seconds since 1970, and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds.
    pub seconds: i64,
    /// Nanoseconds.
    pub nanoseconds: u32,
}

/// A module that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// Its file.
    pub path: &'a [u8],
    /// The state of its file.
    pub stamp: Stamp,
    /// Whether the state alone tells that the file is the same. A file that had been changed shortly
    /// before may have been changed once more without a new time.
    pub is_settled: bool,
    /// Where its contents are in the contents; nothing when they are not kept.
    pub contents: Option<Range<usize>>,
}

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<'a> {
    /// Whatever else the tables were made of, in words of whoever made them.
    pub circumstances: &'a [u8],
    /// Whether anything was to be said while they were made.
    pub was_silent: bool,
    /// Digests of the tables, in their order.
    pub tables: Vec<Digest>,
    /// The modules in their order.
    pub modules: Vec<Seen<'a>>,
}

/// The head of a file: how long its parts are, and their digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The length of the list, which follows the head.
    pub list: usize,
    /// The length of the contents, which follow the list.
    pub contents: usize,
    list_digest: Digest,
    contents_digest: Digest,
}

/// The length of a head.
pub const HEAD: usize = 64;
/// The last eight bytes are the version; it grows with each change of this file or of what is read
/// from modules.
const MAGIC: &[u8; 16] = b"kmodctld\x03\0\0\0\0\0\0\0";

impl Head {
    /// Describes both parts, the contents in pieces that are to stand one behind the other.
    pub fn new(list: &[u8], contents: &[&[u8]], digest: impl Fn(&[&[u8]]) -> Digest) -> Self {
        let (list_digest, contents_digest) = (digest(&[list]), digest(contents));
        let length = contents.iter().map(|piece| piece.len()).sum();
        Self { list: list.len(), contents: length, list_digest, contents_digest }
    }

    /// Reads a head; that of another version is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes.get(..HEAD)?.strip_prefix(MAGIC)?);
        Some(Self {
            list: rest.length()?,
            contents: rest.length()?,
            list_digest: rest.digest()?,
            contents_digest: rest.digest()?,
        })
    }

    /// The bytes of the head.
    pub fn write(&self) -> Vec<u8> {
        let mut output = MAGIC.to_vec();
        for length in [self.list, self.contents] {
            output.extend_from_slice(&(length as u64).to_le_bytes());
        }
        output.extend_from_slice(&self.list_digest);
        output.extend_from_slice(&self.contents_digest);
        output
    }

    /// Whether this is the list.
    pub fn is_list(&self, list: &[u8], digest: impl Fn(&[&[u8]]) -> Digest) -> bool {
        list.len() == self.list && digest(&[list]) == self.list_digest
    }

    /// Whether these are the contents.
    pub fn is_contents(&self, contents: &[u8], digest: impl Fn(&[&[u8]]) -> Digest) -> bool {
        contents.len() == self.contents && digest(&[contents]) == self.contents_digest
    }
}

impl<'a> List<'a> {
    /// Reads a list; one that is damaged is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let circumstances = rest.text()?;
        let was_silent = rest.flag()?;
        let count = rest.count(16)?;
        let tables = (0..count).map(|_| rest.digest()).collect::<Option<_>>()?;
        let count = rest.count(Seen::LEAST)?;
        let modules = (0..count).map(|_| Seen::read(&mut rest)).collect::<Option<_>>()?;
        rest.0.is_empty().then_some(Self { circumstances, was_silent, tables, modules })
    }

    /// The bytes of the list; nothing where something in it is longer, or farther away, than 4 GiB.
    pub fn write(&self) -> Option<Vec<u8>> {
        let mut output = Vec::new();
        put_text(self.circumstances, &mut output)?;
        output.push(u8::from(self.was_silent));
        put_number(self.tables.len(), &mut output)?;
        self.tables.iter().for_each(|digest| output.extend_from_slice(digest));
        put_number(self.modules.len(), &mut output)?;
        self.modules.iter().try_for_each(|module| module.write(&mut output))?;
        Some(output)
    }
}

impl<'a> Seen<'a> {
    /// The fewest bytes of one.
    const LEAST: usize = 4 + 48 + 1 + 8;

    fn read(rest: &mut Rest<'a>) -> Option<Self> {
        let path = rest.text()?;
        let stamp = Stamp {
            device: rest.u64()?,
            inode: rest.u64()?,
            size: rest.u64()?,
            modified: rest.time()?,
            changed: rest.time()?,
        };
        let is_settled = rest.flag()?;
        let (start, length) = (rest.number()?, rest.number()?);
        (length > 0 || start == 0).then_some(())?;
        let contents = (length > 0).then_some(start..start.checked_add(length)?);
        Some(Self { path, stamp, is_settled, contents })
    }

    fn write(&self, output: &mut Vec<u8>) -> Option<()> {
        put_text(self.path, output)?;
        for word in [self.stamp.device, self.stamp.inode, self.stamp.size] {
            output.extend_from_slice(&word.to_le_bytes());
        }
        for time in [self.stamp.modified, self.stamp.changed] {
            output.extend_from_slice(&time.seconds.to_le_bytes());
            output.extend_from_slice(&time.nanoseconds.to_le_bytes());
        }
        output.push(u8::from(self.is_settled));
        let range = self.contents.clone().unwrap_or_default();
        put_number(range.start, output)?;
        put_number(range.len(), output)
    }
}

fn put_number(number: usize, output: &mut Vec<u8>) -> Option<()> {
    output.extend_from_slice(&u32::try_from(number).ok()?.to_le_bytes());
    Some(())
}

fn put_text(text: &[u8], output: &mut Vec<u8>) -> Option<()> {
    put_number(text.len(), output)?;
    output.extend_from_slice(text);
    Some(())
}

/// Bytes that are still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.u64()?).ok()
    }

    fn number(&mut self) -> Option<usize> {
        self.array().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    /// How many things of at least `size` bytes follow: no more than there is room for.
    fn count(&mut self, size: usize) -> Option<usize> {
        self.number().filter(|count| count.checked_mul(size).is_some_and(|all| all <= self.0.len()))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    fn flag(&mut self) -> Option<bool> {
        let [byte] = self.array()?;
        (byte <= 1).then_some(byte == 1)
    }

    fn time(&mut self) -> Option<Time> {
        let seconds = self.array().map(i64::from_le_bytes)?;
        let nanoseconds = self.array().map(u32::from_le_bytes)?;
        Some(Time { seconds, nanoseconds })
    }

    fn digest(&mut self) -> Option<Digest> {
        self.array()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn list() -> List<'static> {
        let time = |seconds| Time { seconds, nanoseconds: 5 };
        let stamp =
            Stamp { device: 1, inode: u64::MAX, size: 3, modified: time(-1), changed: time(9) };
        let module =
            |path: &'static [u8], contents| Seen { path, stamp, is_settled: true, contents };
        List {
            circumstances: b"here",
            was_silent: true,
            tables: vec![[1; 16], [2; 16]],
            modules: vec![module(b"/m/a.ko", Some(3..9)), module(b"", None)],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let list = list();
        let bytes = list.write().unwrap();
        assert_eq!(List::read(&bytes), Some(list));
        assert_eq!(List::read(&List::default().write().unwrap()), Some(List::default()));
    }

    #[test]
    fn a_list_that_is_cut_off_or_longer_is_none() {
        let bytes = list().write().unwrap();
        for length in 0..bytes.len() {
            assert_eq!(List::read(&bytes[..length]), None, "{length}");
        }
        assert_eq!(List::read(&[&bytes[..], b"x"].concat()), None);
    }

    #[test]
    fn a_head_knows_its_parts() {
        let digest = |pieces: &[&[u8]]| [pieces.concat().first().copied().unwrap_or(0); 16];
        let head = Head::new(b"list", &[b"con", b"", b"tents"], digest);
        assert_eq!(head.write().len(), HEAD);
        assert_eq!(Head::read(&head.write()), Some(head));
        assert!(head.is_list(b"list", digest) && head.is_contents(b"contents", digest));
        for other in [&b"mist"[..], b"lis", b""] {
            assert!(!head.is_list(other, digest) && !head.is_contents(other, digest));
        }
        for at in 0..16 {
            let mut bytes = head.write();
            bytes[at] ^= 1;
            assert_eq!(Head::read(&bytes), None, "{at}");
        }
        assert_eq!(Head::read(&head.write()[..HEAD - 1]), None);
    }
}
