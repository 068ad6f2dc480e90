//! zstd, one frame or several, with or without a content size.

use kmodctl_decide::problem::UnpackFault;
use ruzstd::decoding::errors::{
    BlockHeaderReadError, DecodeBlockContentError, DecompressBlockError, FrameDecoderError,
    ReadFrameHeaderError,
};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Unpacked, fault};

/// Unpacks every frame and passes over skippable ones.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked) -> Result<(), UnpackFault> {
    let mut rest = packed;
    loop {
        if window(rest).is_some_and(|window| window > WINDOW_LIMIT) {
            return Err(UnpackFault::TooLarge);
        }
        // A decoder that is used again would reserve the whole window that a frame asks for; a new
        // one grows with what is there.
        let mut decoder = FrameDecoder::new();
        match decoder.reset(&mut rest) {
            Ok(()) => frame(&mut decoder, &mut rest, unpacked)?,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let length = usize::try_from(length).map_err(|_| UnpackFault::CutOff)?;
                rest = rest.get(length..).ok_or(UnpackFault::CutOff)?;
            }
            Err(error) => return Err(of_decoder(&error)),
        }
        if rest.is_empty() {
            return Ok(());
        }
    }
}

/// What the zstd tool takes without being asked for more: 128 MiB.
const WINDOW_LIMIT: u64 = 1 << 27;

/// The window that a frame's header asks for; `None` where there is no such field.
///
/// Source: RFC 8878, 3.1.1.1.2.
pub(crate) fn window(frame: &[u8]) -> Option<u64> {
    const SINGLE_SEGMENT: u8 = 1 << 5;
    let &[descriptor, window, ..] = frame.strip_prefix(b"\x28\xb5\x2f\xfd")? else { return None };
    let base = 1u64 << (10 + (window >> 3));
    let size = base + base / 8 * u64::from(window & 7);
    (descriptor & SINGLE_SEGMENT == 0).then_some(size)
}

/// How much a decoder is asked for at once.
const STEP: usize = 256 * 1024;

fn frame(
    decoder: &mut FrameDecoder,
    rest: &mut &[u8],
    unpacked: &mut Unpacked,
) -> Result<(), UnpackFault> {
    // The decoder holds back a window, and does not tell how much of it is filled; but every step
    // except the last adds at least what it was asked for.
    let mut left = unpacked.limit - unpacked.bytes.len();
    while !decoder.is_finished() {
        let strategy = BlockDecodingStrategy::UptoBytes(STEP);
        decoder.decode_blocks(&mut *rest, strategy).map_err(|error| of_decoder(&error))?;
        if let Some(chunk) = decoder.collect() {
            unpacked.push(&chunk)?;
        }
        if !decoder.is_finished() {
            left = left.checked_sub(STEP).ok_or(UnpackFault::TooLarge)?;
        }
    }
    let stated = decoder.get_checksum_from_data();
    if stated.is_some() && stated != decoder.get_calculated_checksum() {
        return Err(UnpackFault::Corrupt);
    }
    Ok(())
}

pub(crate) fn of_decoder(error: &FrameDecoderError) -> UnpackFault {
    use FrameDecoderError as Error;
    use ReadFrameHeaderError as Header;
    match error {
        Error::ReadFrameHeaderError(
            Header::MagicNumberReadError(read)
            | Header::FrameDescriptorReadError(read)
            | Header::WindowDescriptorReadError(read)
            | Header::DictionaryIdReadError(read)
            | Header::FrameContentSizeReadError(read),
        )
        | Error::FailedToReadBlockHeader(BlockHeaderReadError::ReadError(read))
        | Error::FailedToReadBlockBody(
            DecodeBlockContentError::ReadError { source: read, .. }
            | DecodeBlockContentError::DecompressBlockError(
                DecompressBlockError::BlockContentReadError(read),
            ),
        )
        | Error::FailedToReadChecksum(read) => fault(read),
        _ => UnpackFault::Corrupt,
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::unpack;
    use kmodctl_decide::problem::UnpackFault;
    use kmodctl_format::suffix::Codec;

    /// A frame of blocks that each repeat one byte 128 KiB long; three bytes of header and the byte.
    fn repeated(window: u8, blocks: usize) -> Vec<u8> {
        let block = |is_last: u32| {
            let header = (128 * 1024) << 3 | 1 << 1 | is_last;
            [&header.to_le_bytes()[..3], b"x"].concat()
        };
        let header = [b"\x28\xb5\x2f\xfd\0".to_vec(), vec![window]].concat();
        [header, block(0).repeat(blocks - 1), block(1)].concat()
    }

    /// 256 KiB of input stand for 8 GiB of output: a test that held them would not end well.
    #[test]
    fn a_window_is_not_filled_beyond_the_limit() {
        let (of_8_mib, of_128_mib, of_144_mib, largest) = (13 << 3, 17 << 3, 17 << 3 | 1, 0xff);
        for window in [of_8_mib, of_128_mib, of_144_mib, largest] {
            let bomb = repeated(window, 65_536);
            assert_eq!(unpack(Codec::Zstd, &bomb, 1 << 20), Err(UnpackFault::TooLarge));
        }
        for (window, fits) in [(of_128_mib, true), (of_144_mib, false)] {
            let unpacked = unpack(Codec::Zstd, &repeated(window, 8), 1 << 20);
            let expected = if fits { Ok(vec![b'x'; 1 << 20]) } else { Err(UnpackFault::TooLarge) };
            assert!(unpacked == expected, "{window:#x}");
        }
    }
}
