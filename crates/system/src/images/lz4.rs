//! LZ4 in its legacy form, the one that the kernel reads: a magic number, and blocks of at most
//! 8 MiB behind their packed lengths (`lib/decompress_unlz4.c`).

use std::io::Read;

use kmodctl_decide::ImageFault;
use kmodctl_decide::problem::UnpackFault;

use super::input::Input;

const MAGIC: [u8; 4] = *b"\x02\x21\x4c\x18";
/// What a block unpacks to at most.
const BLOCK: usize = 8 << 20;
/// What a block of bytes that cannot be packed takes at most (`LZ4_compressBound`).
const PACKED_BLOCK: usize = BLOCK + BLOCK / 255 + 16;

/// Unpacks blocks until none follows: at the input's end, or at a length that no block has. NULs
/// behind the last block are such a length, and what else is there is left to the caller.
pub(super) fn unpack(
    input: &mut Input<'_>,
    give: &mut dyn FnMut(&[u8]) -> Result<(), ImageFault>,
) -> Result<(), ImageFault> {
    const CORRUPT: ImageFault = ImageFault::Unpack(UnpackFault::Corrupt);
    const CUT_OFF: ImageFault = ImageFault::Unpack(UnpackFault::CutOff);
    let mut unpacked = vec![0; BLOCK];
    while let Some(&[a, b, c, d, ..]) = input.peek(4)? {
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if [a, b, c, d] == MAGIC {
            input.pass(4);
            continue;
        }
        if length == 0 || length > PACKED_BLOCK {
            break;
        }
        input.pass(4);
        let mut packed = Vec::new();
        let read = Read::by_ref(input).take(length as u64).read_to_end(&mut packed);
        if read.is_err() || packed.len() < length {
            return Err(CUT_OFF);
        }
        let written = lz4_flex::block::decompress_into(&packed, &mut unpacked);
        give(&unpacked[..written.map_err(|_| CORRUPT)?])?;
    }
    Ok(())
}
