//! The build id that the linker leaves in a note. It reads one note, not a whole note section's
//! list, since `.note.gnu.build-id` holds exactly one.

use crate::byte_order::ByteOrder;

/// The name of the section that holds it.
pub const SECTION: &[u8] = b".note.gnu.build-id";

/// The build id in the bytes of [`SECTION`]; nothing when the note is cut off or of another kind.
///
/// Shape: name size, description size and type (`NT_GNU_BUILD_ID`, 3), four bytes each in the
/// file's byte order; then the name `GNU` with its NUL; then the build id.
/// Source: `include/uapi/linux/elf.h` (`struct elf32_note`).
pub fn build_id(note: &[u8], order: ByteOrder) -> Option<&[u8]> {
    let name_size = order.u32(note, 0)?;
    let size = usize::try_from(order.u32(note, 4)?).ok()?;
    let kind = order.u32(note, 8)?;
    if name_size != 4 || kind != 3 || note.get(12..16) != Some(b"GNU\0") {
        return None;
    }
    note.get(16..)?.get(..size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_of_another_kind_or_size_has_no_build_id() {
        let note = b"\x04\0\0\0\x03\0\0\0\x03\0\0\0GNU\0abc";
        assert_eq!(build_id(note, ByteOrder::Little), Some(&b"abc"[..]));
        assert_eq!(build_id(note, ByteOrder::Big), None);
        assert_eq!(build_id(&note[..18], ByteOrder::Little), None);
        let big = b"\0\0\0\x04\0\0\0\x02\0\0\0\x03GNU\0abc";
        assert_eq!(build_id(big, ByteOrder::Big), Some(&b"ab"[..]));
        for (at, byte) in [(0, 5), (8, 1), (12, b'g'), (7, 0xff)] {
            let mut odd = *note;
            odd[at] = byte;
            assert_eq!(build_id(&odd, ByteOrder::Little), None, "{at}");
        }
    }
}
