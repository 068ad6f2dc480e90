//! cpio archives in the `newc` form, as images of the first root directory hold them (see
//! `Documentation/driver-api/early-userspace/buffer-format.rst`). Compressed parts are unpacked
//! elsewhere; nothing is written to any disk.

/// One file of an archive; its bytes stay where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its path, as it is written: often without a slash before it, or behind `./`.
    pub path: &'a [u8],
    /// Its kind and permissions, as in `st_mode`.
    pub mode: u32,
    /// What it holds; of a symbolic link, where it leads. Of several names of one file only the
    /// last one holds anything.
    pub content: &'a [u8],
}

/// What is wrong with an archive, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong.
    pub what: Damaged,
    /// Where the entry begins.
    pub offset: usize,
}

/// Kinds of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// An entry ends beyond the archive's end, or the archive has no last entry.
    CutOff,
    /// No entry begins here.
    Magic,
    /// A field of a header is no hexadecimal number.
    Number,
    /// A path is empty or does not end with a NUL.
    Path,
}

/// The entries of one archive up to its `TRAILER!!!`, which is not given. Damage ends it.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    offset: usize,
    ended: bool,
}

const HEADER: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";

/// Whether an archive begins here.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"070701") || bytes.starts_with(b"070702")
}

impl<'a> Archive<'a> {
    /// An archive that begins at the first of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0, ended: false }
    }

    /// What follows the archive: the next part of an image, without the NULs between them. It is
    /// empty until the archive has been read to its end.
    pub fn rest(&self) -> &'a [u8] {
        let rest = if self.ended { &self.bytes[self.offset..] } else { &[] };
        let nuls = rest.iter().take_while(|&&byte| byte == 0).count();
        &rest[nuls..]
    }

    fn read(&mut self) -> Result<Entry<'a>, Damaged> {
        let bytes = &self.bytes[self.offset..];
        if !bytes.is_empty() && !is_archive(bytes) {
            return Err(Damaged::Magic);
        }
        let header = bytes.get(..HEADER).ok_or(Damaged::CutOff)?;
        let field = |number: usize| hexadecimal(&header[6 + 8 * number..14 + 8 * number]);
        let (mode, size, path_length) = (field(1)?, field(6)? as usize, field(11)? as usize);
        let path_end = HEADER.saturating_add(path_length);
        let path = bytes.get(HEADER..path_end).ok_or(Damaged::CutOff)?;
        let path = path.strip_suffix(b"\0").filter(|path| !path.is_empty());
        let path = path.ok_or(Damaged::Path)?;
        let start = path_end.next_multiple_of(4);
        let content_end = start.saturating_add(size);
        let content = bytes.get(start..content_end).ok_or(Damaged::CutOff)?;
        let end = content_end.next_multiple_of(4).min(bytes.len());
        self.offset += end;
        Ok(Entry { path, mode, content })
    }
}

impl<'a> Iterator for Archive<'a> {
    type Item = Result<Entry<'a>, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let offset = self.offset;
        match self.read() {
            Ok(entry) if entry.path == TRAILER => {
                self.ended = true;
                None
            }
            Ok(entry) => Some(Ok(entry)),
            Err(what) => {
                (self.ended, self.offset) = (true, self.bytes.len());
                Some(Err(Damage { what, offset }))
            }
        }
    }
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
    use alloc::vec::Vec;

    fn entry(path: &str, content: &[u8]) -> Vec<u8> {
        let fields = [1, 0o100_644, 0, 0, 1, 0, content.len(), 0, 0, 0, 0, path.len() + 1, 0];
        let mut bytes = b"070701".to_vec();
        bytes.extend(fields.iter().flat_map(|field| format!("{field:08X}").into_bytes()));
        bytes.extend([path.as_bytes(), b"\0"].concat());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn entries_are_read_up_to_the_trailer_and_what_follows_is_left() {
        let mut bytes =
            [entry("a", b"hello"), entry("dir/b", b""), entry("TRAILER!!!", b"")].concat();
        bytes.extend([0; 300]);
        bytes.extend(b"\x1f\x8b");
        let mut archive = Archive::new(&bytes);
        assert_eq!(archive.rest(), b"");
        let read: Vec<_> =
            archive.by_ref().map(|entry| entry.map(|entry| (entry.path, entry.content))).collect();
        assert_eq!(read, [Ok((&b"a"[..], &b"hello"[..])), Ok((b"dir/b", b""))]);
        assert_eq!(archive.rest(), b"\x1f\x8b");
    }

    #[test]
    fn damage_is_named_with_its_place() {
        let whole = [entry("a", b"hello"), entry("TRAILER!!!", b"")].concat();
        let second = entry("a", b"hello").len();
        let changed = |at: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            bytes
        };
        let table = [
            (whole[..second].to_vec(), second, Damaged::CutOff),
            (whole[..60].to_vec(), 0, Damaged::CutOff),
            (changed(0, b'1'), 0, Damaged::Magic),
            (changed(second, b'x'), second, Damaged::Magic),
            (changed(20, b'g'), 0, Damaged::Number),
            // A size and a path length of almost 4 GiB.
            (changed(54, b'f'), 0, Damaged::CutOff),
            (changed(94, b'f'), 0, Damaged::CutOff),
            (changed(HEADER + 1, b'x'), 0, Damaged::Path),
        ];
        for (bytes, offset, what) in table {
            let found = Archive::new(&bytes).find_map(Result::err);
            assert_eq!(found, Some(Damage { what, offset }));
        }
        assert_eq!(
            Archive::new(b"").next(),
            Some(Err(Damage { what: Damaged::CutOff, offset: 0 }))
        );
    }
}
