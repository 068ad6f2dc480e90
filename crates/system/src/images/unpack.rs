//! Unpacks one compressed part of an image as a stream. Exactly the bytes of that part are taken.

use std::io::Read;

use flate2::bufread::GzDecoder;
use kmodctl_decide::ImageFault;
use kmodctl_decide::problem::UnpackFault;
use kmodctl_format::initramfs::Packing;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{
    BlockHeaderReadError, DecodeBlockContentError, DecompressBlockError, FrameDecoderError,
    ReadFrameHeaderError,
};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::input::Input;
use super::lz4;
use crate::codec::{ZSTD_WINDOW_LIMIT, fault, zstd_window};

/// What is done with each piece of unpacked bytes.
pub(super) type Give<'a> = dyn FnMut(&[u8]) -> Result<(), ImageFault> + 'a;

pub(super) fn unpack(
    input: &mut Input<'_>,
    packing: Packing,
    give: &mut Give<'_>,
) -> Result<(), ImageFault> {
    match packing {
        Packing::Gzip => drain(GzDecoder::new(input), give),
        Packing::Lz4 => lz4::unpack(input, give),
        Packing::Xz => {
            let reader = XzReader::new_mem_limit(input, false, XZ_MEMORY);
            drain(reader, give)
        }
        Packing::Zstd => zstd(input, give),
        Packing::Bzip2 | Packing::Lz4Frame | Packing::Lzma | Packing::Lzo => {
            Err(ImageFault::Codec(packing.name()))
        }
    }
}

/// What xz may ask for, in KiB: as much as its largest preset takes, and then some.
const XZ_MEMORY: u32 = 160 * 1024;
const CHUNK: usize = 256 * 1024;

fn drain(mut reader: impl Read, give: &mut Give<'_>) -> Result<(), ImageFault> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => give(&chunk[..read])?,
            Err(refused) if refused.kind() == std::io::ErrorKind::Interrupted => {}
            Err(refused) => return Err(ImageFault::Unpack(fault(&refused))),
        }
    }
}

fn zstd(input: &mut Input<'_>, give: &mut Give<'_>) -> Result<(), ImageFault> {
    const CORRUPT: ImageFault = ImageFault::Unpack(UnpackFault::Corrupt);
    let start = input.peek(6)?.unwrap_or_default();
    if zstd_window(start).is_some_and(|window| window > ZSTD_WINDOW_LIMIT) {
        return Err(ImageFault::Unpack(UnpackFault::TooLarge));
    }
    let mut decoder = FrameDecoder::new();
    decoder.reset(&mut *input).map_err(|error| of_zstd(&error))?;
    loop {
        let strategy = BlockDecodingStrategy::UptoBytes(CHUNK);
        decoder.decode_blocks(&mut *input, strategy).map_err(|error| of_zstd(&error))?;
        if let Some(chunk) = decoder.collect() {
            give(&chunk)?;
        }
        if decoder.is_finished() {
            break;
        }
    }
    let stated = decoder.get_checksum_from_data();
    let is_right = stated.is_none() || stated == decoder.get_calculated_checksum();
    if is_right { Ok(()) } else { Err(CORRUPT) }
}

fn of_zstd(error: &FrameDecoderError) -> ImageFault {
    use FrameDecoderError as Error;
    use ReadFrameHeaderError as Header;
    ImageFault::Unpack(match error {
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
    })
}
