//! Writes gzip, xz and zstd files whose content is stored, not compressed.
//!
//! Enough for a reader to have to take the container apart; needs no compression library.
//! It does not compress.

/// A gzip file of stored blocks (RFC 1952, RFC 1951 section 3.2.4).
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = content.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        out.extend((block.len() as u16).to_le_bytes());
        out.extend((!(block.len() as u16)).to_le_bytes());
        out.extend(block);
    }
    out.extend(crc32(content).to_le_bytes());
    out.extend((content.len() as u32).to_le_bytes());
    out
}

/// Which integrity check an xz file carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XzCheck {
    /// CRC32, the only one the kernel's own decompressor takes.
    Crc32,
    /// CRC64, the default of xz(1).
    Crc64,
}

/// An xz file of one block of uncompressed LZMA2 chunks (the .xz file format, version 1.1).
pub fn xz(content: &[u8], check: XzCheck) -> Vec<u8> {
    let flags = [0, if check == XzCheck::Crc32 { 1 } else { 4 }];
    let mut out = b"\xfd7zXZ\0".to_vec();
    out.extend(flags);
    out.extend(crc32(&flags).to_le_bytes());
    let block_start = out.len();
    // Header of 12 bytes: no sizes, one filter (LZMA2, 1 MiB dictionary), padding.
    let header = [2, 0, 0x21, 1, 0x10, 0, 0, 0];
    out.extend(header);
    out.extend(crc32(&header).to_le_bytes());
    for (index, chunk) in content.chunks(0x1_0000).enumerate() {
        out.push(if index == 0 { 1 } else { 2 });
        out.extend(((chunk.len() - 1) as u16).to_be_bytes());
        out.extend(chunk);
    }
    out.push(0);
    let unpadded = out.len() - block_start;
    pad_to_four(&mut out);
    let check_length = match check {
        XzCheck::Crc32 => {
            out.extend(crc32(content).to_le_bytes());
            4
        }
        XzCheck::Crc64 => {
            out.extend(crc64(content).to_le_bytes());
            8
        }
    };
    let mut index = vec![0, 1];
    variable_length(&mut index, unpadded + check_length);
    variable_length(&mut index, content.len());
    pad_to_four(&mut index);
    let index_crc = crc32(&index);
    index.extend(index_crc.to_le_bytes());
    let mut footer = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    footer.extend(flags);
    out.extend(&index);
    out.extend(crc32(&footer).to_le_bytes());
    out.extend(footer);
    out.extend(b"YZ");
    out
}

/// A zstd frame of raw blocks (RFC 8878 section 3.1.1), with or without the content size.
pub fn zstd(content: &[u8], with_size: bool) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd];
    if with_size {
        // Single segment, content size in 4 bytes.
        out.push(0b1010_0000);
        out.extend((content.len() as u32).to_le_bytes());
    } else {
        // A window of 1 MiB.
        out.extend([0, 10 << 3]);
    }
    let mut blocks = content.chunks(0x1_0000).peekable();
    while let Some(block) = blocks.next() {
        let last = u32::from(blocks.peek().is_none());
        out.extend(&((block.len() as u32) << 3 | last).to_le_bytes()[..3]);
        out.extend(block);
    }
    if content.is_empty() {
        out.extend([1, 0, 0]);
    }
    out
}

/// The content in two zstd frames, each with its size.
pub fn zstd_frames(content: &[u8]) -> Vec<u8> {
    let (first, second) = content.split_at(content.len() / 2);
    [zstd(first, true), zstd(second, true)].concat()
}

fn pad_to_four(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

fn variable_length(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

fn crc64(bytes: &[u8]) -> u64 {
    let polynomial = 0xc96c_5795_d787_0f42_u64;
    !bytes.iter().fold(u64::MAX, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| (crc >> 1) ^ (polynomial * (crc & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_are_the_well_known_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc64(b"123456789"), 0x995d_c9bb_df19_39fa);
    }

    #[test]
    fn small_files_have_their_exact_bytes() {
        assert_eq!(zstd(b"a", false), b"\x28\xb5\x2f\xfd\x00\x50\x09\0\0a");
        assert_eq!(gzip(b"a")[10..16], [1, 1, 0, 0xfe, 0xff, b'a']);
        assert_eq!(xz(b"a", XzCheck::Crc64).len() % 4, 0);
    }
}
