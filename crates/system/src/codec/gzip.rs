//! gzip, one member or several.

use flate2::bufread::GzDecoder;
use kmodctl_decide::problem::UnpackFault;

use super::Unpacked;

const MAGIC: &[u8] = b"\x1f\x8b";

/// Unpacks every member; what comes behind them and is none is passed over, as by zlib's gzread.
pub(super) fn unpack(packed: &[u8], unpacked: &mut Unpacked) -> Result<(), UnpackFault> {
    let mut rest = packed;
    loop {
        let mut member = GzDecoder::new(rest);
        unpacked.drain(&mut member)?;
        rest = member.into_inner();
        if !rest.starts_with(MAGIC) {
            return Ok(());
        }
    }
}
