//! xz in pure Rust for files as module files are: block by block, from memory to memory.

use std::io::Read;

use kmodctl_format::xz::{Block, blocks};
use lzma_rust2::Lzma2Reader;

use super::Unpacked;

/// Unpacks a file that is whole and of the usual kind.
pub(super) fn whole(packed: &[u8], unpacked: &mut Unpacked<'_>) -> Option<()> {
    let crc32 = |bytes: &[u8]| zlib_rs::crc32::crc32(0, bytes);
    let blocks = blocks(packed, crc32)?;
    let all = blocks.iter().fold(0usize, |all, block| all.saturating_add(block.unpacked));
    unpacked.expect(all);
    for block in blocks {
        let start = unpacked.bytes.len();
        one(packed, &block, unpacked)?;
        let sum = crc32(&unpacked.bytes[start..]);
        block.check.is_none_or(|check| check == sum).then_some(())?;
    }
    Some(())
}

/// Unpacks a block: all its data is used, and all that it says comes out.
fn one(packed: &[u8], block: &Block, unpacked: &mut Unpacked<'_>) -> Option<()> {
    let mut rest = packed.get(block.packed.clone())?;
    let start = unpacked.bytes.len();
    (block.unpacked <= unpacked.limit - start).then_some(())?;
    // A match reaches no further back than to the block's first byte.
    let longest = u32::try_from(block.unpacked.max(LEAST)).unwrap_or(u32::MAX);
    let mut reader = Lzma2Reader::new(&mut rest, block.dictionary.min(longest), None);
    unpacked.bytes.resize(start + block.unpacked, 0);
    reader.read_exact(&mut unpacked.bytes[start..]).ok()?;
    let is_at_end = reader.read(&mut [0]).ok()? == 0;
    drop(reader);
    (is_at_end && rest.is_empty()).then_some(())
}

/// The smallest dictionary of the format.
const LEAST: usize = 4096;
