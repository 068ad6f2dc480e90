//! zstd in pure Rust: one frame or several, with or without a content size.

use kmodctl_decide::problem::UnpackFault;
use zstd_rs::{Decompressor, Error};

use super::Unpacked;
use super::zstd_window::{LIMIT, window};

/// Unpacks every frame and passes over skippable ones. What was unpacked is its own window, so no
/// memory is needed besides.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked<'_>) -> Result<(), UnpackFault> {
    let mut decoder = Decompressor::new();
    let mut rest = packed;
    loop {
        if window(rest).is_some_and(|window| window > LIMIT) {
            return Err(UnpackFault::TooLarge);
        }
        let used = decoder.decompress_frame(rest, None, unpacked.limit, unpacked.bytes);
        rest = rest.get(used.map_err(of_decoder)?..).ok_or(UnpackFault::CutOff)?;
        if rest.is_empty() {
            return Ok(());
        }
    }
}

fn of_decoder(error: Error) -> UnpackFault {
    match error {
        Error::Truncated => UnpackFault::CutOff,
        Error::OutputLimit | Error::WindowTooLarge => UnpackFault::TooLarge,
        _ => UnpackFault::Corrupt,
    }
}
