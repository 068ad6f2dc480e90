//! zstd by the C library: one frame or several, with or without a content size.

use kmodctl_decide::problem::UnpackFault;
use zstd::stream::read::Decoder;

use super::zstd_window::{LIMIT, window};
use super::{Unpacked, fault};

/// Unpacks every frame and passes over skippable ones. A window is allocated whole, so it is
/// bounded; it fills with what is unpacked.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked<'_>) -> Result<(), UnpackFault> {
    if packed.is_empty() {
        return Err(UnpackFault::CutOff);
    }
    if window(packed).is_some_and(|window| window > LIMIT) {
        return Err(UnpackFault::TooLarge);
    }
    let mut decoder = Decoder::with_buffer(packed).map_err(|error| fault(&error))?;
    decoder.window_log_max(LIMIT.ilog2()).map_err(|error| fault(&error))?;
    // With room for all of it nothing is moved as it grows.
    if let Ok(Some(size)) = zstd::zstd_safe::get_frame_content_size(packed) {
        unpacked.expect(usize::try_from(size).unwrap_or(usize::MAX));
    }
    unpacked.drain(&mut decoder)
}
