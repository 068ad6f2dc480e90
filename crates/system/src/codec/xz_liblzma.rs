//! xz by liblzma.

use liblzma::stream::{Action, CONCATENATED, Status, Stream};

use super::Unpacked;

/// What a dictionary may take here. Module files have one of a few MiB, `xz -9` one of 64 MiB. It is
/// allocated whole, and fills with what is unpacked.
const MEMORY: u64 = 160 << 20;

/// Unpacks a file that is whole.
pub(super) fn whole(packed: &[u8], unpacked: &mut Unpacked<'_>) -> Option<()> {
    let mut stream = Stream::new_stream_decoder(MEMORY, CONCATENATED).ok()?;
    let mut filled = 0;
    loop {
        if filled == unpacked.bytes.len() {
            unpacked.grow().ok()?;
        }
        let before = (stream.total_in(), stream.total_out());
        let input = packed.get(usize::try_from(before.0).ok()?..)?;
        let status = stream.process(input, &mut unpacked.bytes[filled..], Action::Finish).ok()?;
        filled = usize::try_from(stream.total_out()).ok()?;
        match status {
            _ if filled > unpacked.limit => return None,
            Status::StreamEnd => break,
            // Nothing came in and nothing went out, with room for more: the input is cut off.
            _ if before == (stream.total_in(), stream.total_out()) => return None,
            _ => {}
        }
    }
    unpacked.bytes.truncate(filled);
    Some(())
}
