//! The parts of an image of the first root directory: archives and compressed archives behind each
//! other, with NULs between them. What begins at a place is told here by its first bytes; a part
//! ends where its archive or its compressed stream ends.

use crate::cpio;

/// What begins at some place of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An archive that is not compressed: microcode comes in one.
    Archive,
    /// A compressed archive.
    Packed(Packing),
    /// A NUL, which is passed over.
    Padding,
    /// Nothing that the kernel takes.
    Unknown,
}

/// How an image is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// bzip2.
    Bzip2,
    /// gzip (RFC 1952).
    Gzip,
    /// LZ4 in its legacy form, the one that the kernel reads.
    Lz4,
    /// LZ4 in its frame form, which the kernel does not read.
    Lz4Frame,
    /// LZMA, the form before xz.
    Lzma,
    /// LZO in the form of lzop.
    Lzo,
    /// xz.
    Xz,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Packing {
    /// What the tool that makes it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bzip2 => "bzip2",
            Self::Gzip => "gzip",
            Self::Lz4 | Self::Lz4Frame => "lz4",
            Self::Lzma => "lzma",
            Self::Lzo => "lzo",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

/// How many bytes tell what begins; fewer tell it at the end of an image only.
pub const MAGIC_LENGTH: usize = 6;

/// Tells what begins with these bytes (`lib/decompress.c`, `init/initramfs.c`).
pub fn part(start: &[u8]) -> Part {
    const PACKINGS: [(&[u8], Packing); 9] = [
        (b"\x1f\x8b", Packing::Gzip),
        (b"\x1f\x9e", Packing::Gzip),
        (b"BZh", Packing::Bzip2),
        (b"\x5d\0\0", Packing::Lzma),
        (b"\xfd7zXZ\0", Packing::Xz),
        (b"\x89LZO", Packing::Lzo),
        (b"\x02\x21\x4c\x18", Packing::Lz4),
        (b"\x04\x22\x4d\x18", Packing::Lz4Frame),
        (b"\x28\xb5\x2f\xfd", Packing::Zstd),
    ];
    if start.first() == Some(&0) {
        return Part::Padding;
    }
    if cpio::is_archive(start) {
        return Part::Archive;
    }
    let packing = PACKINGS.iter().find(|(magic, _)| start.starts_with(magic));
    packing.map_or(Part::Unknown, |(_, packing)| Part::Packed(*packing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_by_their_first_bytes() {
        let table: [(&[u8], Part); 10] = [
            (b"070701x", Part::Archive),
            (b"070702", Part::Archive),
            (b"070707", Part::Unknown),
            (b"\0", Part::Padding),
            (b"\x1f\x8b\x08", Part::Packed(Packing::Gzip)),
            (b"\xfd7zXZ\0", Part::Packed(Packing::Xz)),
            (b"\x02\x21\x4c\x18", Part::Packed(Packing::Lz4)),
            (b"BZh91", Part::Packed(Packing::Bzip2)),
            (b"#!/bin/sh", Part::Unknown),
            (b"", Part::Unknown),
        ];
        for (start, expected) in table {
            assert_eq!(part(start), expected, "{}", start.escape_ascii());
        }
    }
}
