//! The way modinfo shows bytes: pairs of hexadecimal digits. It only writes, it reads none back.

use alloc::vec::Vec;

/// Upper-case pairs joined by `:`; after every 20 bytes the colon is followed by a newline and two
/// tabs. No bytes make no text.
pub fn colon_pairs(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = Vec::with_capacity(bytes.len() * 3 + bytes.len() / 20 * 3);
    for (index, byte) in bytes.iter().enumerate() {
        match index {
            0 => {}
            _ if index % 20 == 0 => text.extend_from_slice(b":\n\t\t"),
            _ => text.push(b':'),
        }
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_twenty_bytes_and_ends_in_a_colon() {
        let line = b"AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB";
        assert_eq!(colon_pairs(&[]), b"");
        assert_eq!(colon_pairs(&[0x0f]), b"0F");
        assert_eq!(colon_pairs(&[0xab; 20]), line);
        assert_eq!(colon_pairs(&[0xab; 21]), [&line[..], b":\n\t\tAB"].concat());
        assert_eq!(colon_pairs(&[0xab; 40]), [&line[..], b":\n\t\t", line].concat());
    }
}
