//! xz, one stream or several, with any check.

use kmodctl_decide::problem::UnpackFault;
use lzma_rust2::XzReader;

use super::{Unpacked, xz_quick};

/// Unpacks every stream.
///
/// What is whole and of the usual kind is unpacked the quick way. The rest, and whatever is wrong
/// with a file, is left to the library's own reader: there the dictionary grows with the output, so
/// it needs no bound of its own.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked<'_>) -> Result<(), UnpackFault> {
    if xz_quick::whole(packed, unpacked).is_none() {
        unpacked.bytes.clear();
        unpacked.drain(&mut XzReader::new(packed, true))?;
    }
    Ok(())
}
