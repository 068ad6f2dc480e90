//! zstd, one frame or several, with or without a content size.

use kmodctl_decide::problem::UnpackFault;
use ruzstd::decoding::errors::{
    BlockHeaderReadError, DecodeBlockContentError, DecompressBlockError, FrameDecoderError,
    ReadFrameHeaderError,
};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{CHUNK, Unpacked, fault};

/// Unpacks every frame and passes over skippable ones. Windows of more than 100 MiB are refused.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked) -> Result<(), UnpackFault> {
    let mut decoder = FrameDecoder::new();
    let mut rest = packed;
    loop {
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

fn frame(
    decoder: &mut FrameDecoder,
    rest: &mut &[u8],
    unpacked: &mut Unpacked,
) -> Result<(), UnpackFault> {
    while !decoder.is_finished() {
        let strategy = BlockDecodingStrategy::UptoBytes(CHUNK);
        decoder.decode_blocks(&mut *rest, strategy).map_err(|error| of_decoder(&error))?;
        if let Some(chunk) = decoder.collect() {
            unpacked.push(&chunk)?;
        }
    }
    let stated = decoder.get_checksum_from_data();
    if stated.is_some() && stated != decoder.get_calculated_checksum() {
        return Err(UnpackFault::Corrupt);
    }
    Ok(())
}

fn of_decoder(error: &FrameDecoderError) -> UnpackFault {
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
        Error::WindowSizeTooBig { .. } => UnpackFault::TooLarge,
        _ => UnpackFault::Corrupt,
    }
}
