//! The container of an xz file: where its blocks are, as its index at the end tells. It unpacks
//! nothing, and reads only what module files have: one stream, LZMA2 alone, CRC32 or no check.
//!
//! Source: "The .xz File Format" 1.2.1.

use alloc::vec::Vec;
use core::ops::Range;

/// A block: a piece of the file that unpacks by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// How far back its matches reach, at most.
    pub dictionary: u32,
    /// Where its LZMA2 data is in the file.
    pub packed: Range<usize>,
    /// How many bytes it says it unpacks to.
    pub unpacked: usize,
    /// The CRC32 of what it unpacks to, if there is one.
    pub check: Option<u32>,
}

/// Finds the blocks of a file that is whole and of the usual kind; of any other file it finds
/// nothing, whatever the reason. Everything in the container is compared with what it should be.
///
/// The file's own words about sizes bound nothing: they are to be compared with what comes out.
pub fn blocks(file: &[u8], crc32: impl Fn(&[u8]) -> u32) -> Option<Vec<Block>> {
    let reader = Reader { file, crc32: &crc32 };
    let has_check = reader.header()?;
    let index = reader.index()?;
    let mut start = HEADER;
    let mut blocks = Vec::new();
    let mut records = file.get(index.clone())?.get(1..)?;
    let count = number(&mut records)?;
    for _ in 0..count {
        let (length, unpacked) = (number(&mut records)?, number(&mut records)?);
        let block = reader.block(start, length, unpacked, has_check)?;
        start = start.checked_add(length.checked_next_multiple_of(4)?)?;
        (start <= index.start).then_some(())?;
        blocks.push(block);
    }
    let is_padding = records.len() == 4 + (index.len() - records.len()).wrapping_neg() % 4
        && records[..records.len() - 4].iter().all(|&byte| byte == 0);
    (start == index.start && is_padding).then_some(blocks)
}

/// The length of a stream's header, and of its footer.
const HEADER: usize = 12;
const MAGIC: &[u8] = b"\xfd7zXZ\0";
const FOOTER_MAGIC: &[u8] = b"YZ";

struct Reader<'a> {
    file: &'a [u8],
    crc32: &'a dyn Fn(&[u8]) -> u32,
}

impl Reader<'_> {
    /// Reads the stream's flags: whether blocks have a CRC32. Footer and header say the same.
    fn header(&self) -> Option<bool> {
        let rest = self.file.strip_prefix(MAGIC)?;
        let flags = rest.get(..2)?;
        self.is_sum(flags, rest.get(2..6)?)?;
        let footer = self.file.get(self.file.len().checked_sub(HEADER)?..)?;
        (footer[8..10] == *flags && footer[10..] == *FOOTER_MAGIC).then_some(())?;
        self.is_sum(&footer[4..10], &footer[..4])?;
        match flags {
            [0, 0] => Some(false),
            [0, 1] => Some(true),
            _ => None,
        }
    }

    /// Where the index is, its sum included.
    fn index(&self) -> Option<Range<usize>> {
        let end = self.file.len().checked_sub(HEADER)?;
        let words = usize::try_from(word(self.file.get(end + 4..end + 8)?)).ok()?;
        let length = words.checked_add(1)?.checked_mul(4)?;
        let start = end.checked_sub(length).filter(|&start| start >= HEADER)?;
        let index = &self.file[start..end];
        let sum = index.len().checked_sub(4)?;
        self.is_sum(&index[..sum], &index[sum..])?;
        (index[0] == 0).then_some(start..end)
    }

    /// Reads the header of a block of `length` bytes without padding.
    fn block(&self, start: usize, length: usize, unpacked: usize, check: bool) -> Option<Block> {
        let block = self.file.get(start..start.checked_add(length)?)?;
        let header = block.get(..(usize::from(*block.first()?) + 1) * 4)?;
        let (fields, sum) = header.split_at(header.len() - 4);
        self.is_sum(fields, sum)?;
        let data = header.len()..length.checked_sub(if check { 4 } else { 0 })?;
        (data.start <= data.end).then_some(())?;
        let dictionary = dictionary(fields, data.len(), unpacked)?;
        let padding = length.wrapping_neg() % 4;
        let (stated, behind) = match check {
            true => self.check(start, &data, length)?,
            false => (None, self.file.get(start + length..start + length + padding)?),
        };
        behind.iter().all(|&byte| byte == 0).then_some(Block {
            dictionary,
            packed: start + data.start..start + data.end,
            unpacked,
            check: stated,
        })
    }

    /// The check of a block, which stands behind the padding of its data, and that padding.
    fn check(&self, start: usize, data: &Range<usize>, length: usize) -> Option<Found<'_>> {
        let padding = length.wrapping_neg() % 4;
        let place = start + data.end + padding;
        let behind = self.file.get(start + data.end..place)?;
        Some((Some(word(self.file.get(place..place + 4)?)), behind))
    }

    fn is_sum(&self, bytes: &[u8], sum: &[u8]) -> Option<()> {
        ((self.crc32)(bytes) == word(sum)).then_some(())
    }
}

type Found<'a> = (Option<u32>, &'a [u8]);

/// The size of the dictionary that a block's header tells, which is to agree with the index and to
/// name no other filter than LZMA2.
fn dictionary(fields: &[u8], packed: usize, unpacked: usize) -> Option<u32> {
    const PACKED: u8 = 1 << 6;
    const UNPACKED: u8 = 1 << 7;
    const LZMA2: [u8; 2] = [0x21, 1];
    let flags = *fields.get(1)?;
    let mut rest = fields.get(2..)?;
    (flags & !(PACKED | UNPACKED) == 0).then_some(())?;
    for (flag, expected) in [(PACKED, packed), (UNPACKED, unpacked)] {
        if flags & flag != 0 && number(&mut rest)? != expected {
            return None;
        }
    }
    let &[size, ref padding @ ..] = rest.strip_prefix(&LZMA2)? else { return None };
    let is_plain = size < 40 && padding.iter().all(|&byte| byte == 0);
    is_plain.then_some((2 | u32::from(size & 1)) << (size / 2 + 11))
}

/// Takes a number of seven bits a byte, the lowest first, in as few bytes as possible.
fn number(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0u64;
    for place in 0..9 {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let is_shortest = byte != 0 || place == 0;
            return usize::try_from(value).ok().filter(|_| is_shortest);
        }
    }
    None
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'kmodctl kmodctl kmodctl\n' | xz --check=crc32 --lzma2=dict=1MiB`
    const FILE: &[u8] = include_bytes!("xz/sample.xz");

    /// Bit by bit, as the format's description has it.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                crc >> 1 ^ if crc & 1 == 0 { 0 } else { 0xedb8_8320 }
            })
        })
    }

    #[test]
    fn a_block_is_found_with_what_is_said_of_it() {
        let found = blocks(FILE, crc32).unwrap();
        let check = Some(crc32(b"kmodctl kmodctl kmodctl\n"));
        let block = &found[0];
        assert_eq!((found.len(), block.unpacked, block.check), (1, 24, check));
        assert_eq!(block.dictionary, 1 << 20);
        assert_eq!(FILE[block.packed.end - 1], 0, "the end of LZMA2 data");
    }

    #[test]
    fn no_changed_byte_of_the_container_is_overlooked() {
        let block = &blocks(FILE, crc32).unwrap()[0];
        for at in (0..FILE.len()).filter(|at| !block.packed.contains(at)) {
            let mut file = FILE.to_vec();
            file[at] ^= 0x10;
            let found = blocks(&file, crc32).unwrap_or_default();
            // The check itself can only be compared with what comes out.
            assert!(found.is_empty() || found[0].check != block.check, "{at}");
        }
        for length in 0..FILE.len() {
            assert_eq!(blocks(&FILE[..length], crc32), None, "{length}");
        }
        assert_eq!(blocks(&[FILE, &[0; 4]].concat(), crc32), None);
        assert_eq!(blocks(&FILE.repeat(2), crc32), None);
    }
}
