//! xz in pure Rust for files as module files are: block by block, from memory to memory.

use kmodctl_format::xz::{Block, blocks};
use lzma_rust2::Lzma2Reader;

use super::Unpacked;

/// Unpacks a file that is whole and of the usual kind.
pub(super) fn whole(packed: &[u8], unpacked: &mut Unpacked<'_>) -> Option<()> {
    let crc32 = |bytes: &[u8]| zlib_rs::crc32::crc32(0, bytes);
    for block in blocks(packed, crc32)? {
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
    unpacked.expect(block.unpacked);
    // A match reaches no further back than to the block's first byte.
    let longest = u32::try_from(block.unpacked.max(LEAST)).unwrap_or(u32::MAX);
    let mut reader = Lzma2Reader::new(&mut rest, block.dictionary.min(longest), None);
    unpacked.drain(&mut reader).ok()?;
    drop(reader);
    (rest.is_empty() && unpacked.bytes.len() - start == block.unpacked).then_some(())
}

/// The smallest dictionary of the format.
const LEAST: usize = 4096;
