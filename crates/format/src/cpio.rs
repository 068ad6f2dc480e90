//! cpio archives in the `newc` and `crc` forms, as images of the first root directory hold them
//! (`Documentation/driver-api/early-userspace/buffer-format.rst`). They are read as a stream, in
//! pieces of any size: no more than one path is kept. Compressed parts are unpacked elsewhere.

use alloc::vec::Vec;

/// Whose file comes next: what its header and its path say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path, as it is written: often without a slash before it, or behind `./`.
    pub path: Vec<u8>,
    /// Its kind and permissions, as in `st_mode`.
    pub mode: u32,
    /// How many bytes of content it claims to have. Of several names of one file only the last one
    /// has any.
    pub size: u32,
}

impl Entry {
    /// Whether it is a symbolic link, whose content is where it leads.
    pub fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// What is met in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// An entry begins.
    Entry(&'a Entry),
    /// A piece of the content of the entry that began last.
    Content(&'a [u8]),
    /// All of its content was given; every entry ends.
    EndOfEntry,
}

/// What is wrong with an archive, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong.
    pub what: Damaged,
    /// Where the entry begins, from the archive's first byte.
    pub offset: u64,
}

/// Kinds of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// The archive ends before its last entry.
    CutOff,
    /// No entry begins here.
    Magic,
    /// A field of a header is no hexadecimal number.
    Number,
    /// A path is empty, too long, or does not end with its only NUL.
    Path,
}

/// Reads one archive, up to and with its `TRAILER!!!`.
#[derive(Clone, Debug)]
pub struct Reader {
    part: Part,
    /// The header or path that is being read.
    kept: Vec<u8>,
    entry: Entry,
    /// How many bytes of the archive were read.
    offset: u64,
    /// Where the current entry begins.
    start: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    /// So many bytes of path, its NUL included.
    Path(usize),
    /// So many bytes of content are left.
    Content(u32),
    /// So many bytes are passed over, and then comes what a path is followed by.
    PadBeforeContent(usize),
    /// So many bytes are passed over, and then comes an entry.
    PadAfterContent(usize),
    End,
}

const HEADER: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";
/// The kernel takes no longer path (`PATH_MAX`, `init/initramfs.c`).
const LONGEST_PATH: usize = 4096;

/// Whether an archive begins with these bytes.
pub fn is_archive(start: &[u8]) -> bool {
    start.starts_with(b"070701") || start.starts_with(b"070702")
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader that waits for the first byte of an archive.
    pub fn new() -> Self {
        let entry = Entry { path: Vec::new(), mode: 0, size: 0 };
        Self { part: Part::Header, kept: Vec::new(), entry, offset: 0, start: 0 }
    }

    /// Whether the archive has ended.
    pub fn has_ended(&self) -> bool {
        self.part == Part::End
    }

    /// The damage of an archive whose bytes end here; none when it was read to its end.
    pub fn cut_off(&self) -> Option<Damage> {
        (!self.has_ended()).then_some(Damage { what: Damaged::CutOff, offset: self.start })
    }

    /// Takes the next bytes, and returns how many of them belong to the archive: all, unless it
    /// ends among them. After damage nothing more is to be read.
    pub fn push(
        &mut self,
        bytes: &[u8],
        visit: &mut dyn FnMut(Event<'_>),
    ) -> Result<usize, Damage> {
        let mut taken = 0;
        while taken < bytes.len() && !self.has_ended() {
            let read = self.step(&bytes[taken..], visit);
            let read = read.map_err(|what| Damage { what, offset: self.start })?;
            taken += read;
            self.offset += read as u64;
        }
        Ok(taken)
    }

    fn step(&mut self, bytes: &[u8], visit: &mut dyn FnMut(Event<'_>)) -> Result<usize, Damaged> {
        match self.part {
            Part::Header => {
                if self.kept.is_empty() {
                    self.start = self.offset;
                }
                let read = self.keep(bytes, HEADER);
                if !b"070701".starts_with(&self.kept[..self.kept.len().min(5)]) {
                    return Err(Damaged::Magic);
                }
                if self.kept.len() == HEADER {
                    self.header()?;
                }
                Ok(read)
            }
            Part::Path(length) => {
                let read = self.keep(bytes, length);
                if self.kept.len() == length {
                    self.path(visit)?;
                }
                Ok(read)
            }
            Part::Content(left) => {
                let read = bytes.len().min(left as usize);
                visit(Event::Content(&bytes[..read]));
                self.part = Part::Content(left - read as u32);
                self.after_content(visit);
                Ok(read)
            }
            Part::PadBeforeContent(left) => {
                let read = bytes.len().min(left);
                self.part = Part::PadBeforeContent(left - read);
                self.after_path(visit);
                Ok(read)
            }
            Part::PadAfterContent(left) => {
                let read = bytes.len().min(left);
                self.part = Part::PadAfterContent(left - read);
                if left == read {
                    self.part = Part::Header;
                }
                Ok(read)
            }
            Part::End => Ok(0),
        }
    }

    /// Keeps what is missing of `length` bytes.
    fn keep(&mut self, bytes: &[u8], length: usize) -> usize {
        let read = bytes.len().min(length - self.kept.len());
        self.kept.extend_from_slice(&bytes[..read]);
        read
    }

    fn header(&mut self) -> Result<(), Damaged> {
        if !is_archive(&self.kept) {
            return Err(Damaged::Magic);
        }
        let field = |number: usize| hexadecimal(&self.kept[6 + 8 * number..14 + 8 * number]);
        let (mode, size, length) = (field(1)?, field(6)?, field(11)? as usize);
        if !(2..=LONGEST_PATH).contains(&length) {
            return Err(Damaged::Path);
        }
        self.entry = Entry { path: Vec::new(), mode, size };
        self.part = Part::Path(length);
        self.kept.clear();
        Ok(())
    }

    fn path(&mut self, visit: &mut dyn FnMut(Event<'_>)) -> Result<(), Damaged> {
        let length = self.kept.len();
        match self.kept.split_last() {
            Some((0, path)) if !path.contains(&0) => self.entry.path = path.to_vec(),
            _ => return Err(Damaged::Path),
        }
        self.kept.clear();
        self.part = Part::PadBeforeContent(padding(HEADER + length));
        if self.entry.path != TRAILER {
            visit(Event::Entry(&self.entry));
        }
        self.after_path(visit);
        Ok(())
    }

    fn after_path(&mut self, visit: &mut dyn FnMut(Event<'_>)) {
        if self.part != Part::PadBeforeContent(0) {
            return;
        }
        if self.entry.path == TRAILER {
            self.part = Part::End;
            return;
        }
        self.part = Part::Content(self.entry.size);
        self.after_content(visit);
    }

    fn after_content(&mut self, visit: &mut dyn FnMut(Event<'_>)) {
        if self.part != Part::Content(0) {
            return;
        }
        visit(Event::EndOfEntry);
        self.part = match padding(self.entry.size as usize) {
            0 => Part::Header,
            left => Part::PadAfterContent(left),
        };
        self.kept.clear();
    }
}

/// How many bytes are missing from a multiple of four.
fn padding(length: usize) -> usize {
    length.wrapping_neg() & 3
}

fn hexadecimal(field: &[u8]) -> Result<u32, Damaged> {
    field.iter().try_fold(0u32, |number, &digit| {
        let digit = char::from(digit).to_digit(16).ok_or(Damaged::Number)?;
        Ok(number << 4 | digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};

    fn entry(path: &str, mode: u32, content: &[u8]) -> Vec<u8> {
        let size = content.len() as u32;
        let fields = [1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, path.len() as u32 + 1, 0];
        let mut bytes = b"070701".to_vec();
        bytes.extend(fields.iter().flat_map(|field| format!("{field:08X}").into_bytes()));
        bytes.extend([path.as_bytes(), b"\0"].concat());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    /// What is met when an archive comes in pieces of one size; and how much of it was taken.
    fn met(bytes: &[u8], piece: usize) -> (String, Result<usize, Damage>) {
        let (mut reader, mut text, mut taken) = (Reader::new(), String::new(), 0);
        for piece in bytes.chunks(piece) {
            let mut visit = |event: Event<'_>| match event {
                Event::Entry(entry) => {
                    let kind = if entry.is_link() { " ->" } else { "" };
                    text += &format!("{}{kind} {} ", entry.path.escape_ascii(), entry.size);
                }
                Event::Content(content) => text += &content.escape_ascii().to_string(),
                Event::EndOfEntry => text += ";",
            };
            match reader.push(piece, &mut visit) {
                Ok(read) => taken += read,
                Err(damage) => return (text, Err(damage)),
            }
        }
        let ended = reader.cut_off().map_or(Ok(taken), Err);
        (text, ended)
    }

    #[test]
    fn pieces_of_any_size_make_the_same_entries() {
        let whole = [
            entry("a", 0o100_644, b"hello"),
            entry("dir/b", 0o040_755, b""),
            entry("l", 0o120_777, b"a/b c").to_vec(),
            entry("TRAILER!!!", 0, b""),
        ]
        .concat();
        let behind = [&whole[..], &[0; 5], b"\x1f\x8b"].concat();
        for size in [1, 2, 3, 7, 110, 4096] {
            let (text, taken) = met(&behind, size);
            assert_eq!(text, "a 5 hello;dir/b 0 ;l -> 5 a/b c;", "{size}");
            assert_eq!(taken, Ok(whole.len()), "{size}");
        }
        let crc = [b"070702", &whole[6..]].concat();
        assert_eq!(met(&crc, 4096).1, Ok(whole.len()));
    }

    #[test]
    fn damage_is_named_with_its_place() {
        let first = entry("a", 0o100_644, b"hello");
        let whole = [&first[..], &entry("TRAILER!!!", 0, b"")].concat();
        let second = first.len();
        let changed = |at: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            bytes
        };
        let table = [
            (Vec::new(), 0, Damaged::CutOff),
            (whole[..second].to_vec(), 0, Damaged::CutOff),
            (whole[..60].to_vec(), 0, Damaged::CutOff),
            (whole[..second + 7].to_vec(), second, Damaged::CutOff),
            (changed(0, b'1'), 0, Damaged::Magic),
            (changed(5, b'3'), 0, Damaged::Magic),
            (changed(second, b'x'), second, Damaged::Magic),
            (changed(20, b'g'), 0, Damaged::Number),
            // A size of almost 4 GiB, and paths of as many, of 4097 and of no bytes.
            (changed(54, b'f'), 0, Damaged::CutOff),
            (changed(94, b'f'), 0, Damaged::Path),
            (changed(98, b'1'), 0, Damaged::Path),
            (changed(101, b'0'), 0, Damaged::Path),
            (changed(HEADER, 0), 0, Damaged::Path),
            (changed(HEADER + 1, b'x'), 0, Damaged::Path),
        ];
        for (bytes, offset, what) in table {
            for size in [1, 4096] {
                let found = met(&bytes, size).1;
                assert_eq!(found, Err(Damage { what, offset: offset as u64 }), "{size}");
            }
        }
    }
}
