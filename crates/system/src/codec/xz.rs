//! xz, one stream or several, with any check.

use kmodctl_decide::problem::UnpackFault;
use lzma_rust2::XzReader;

use super::Unpacked;

/// Unpacks every stream. The dictionary grows with the output, so it needs no bound of its own.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked) -> Result<(), UnpackFault> {
    unpacked.drain(&mut XzReader::new(packed, true))
}
