//! Numbers as C's strtoul(3) reads them. Nothing else in modprobe reads numbers.

/// Reads a whole text as an unsigned number, of base 8 after `0`, 16 after `0x`, else 10.
///
/// White space and a sign may come first; a minus negates, as C does; too large a number is the
/// largest one.
pub(super) fn unsigned_long(text: &[u8]) -> Option<u64> {
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let (negative, digits) = match &text[start..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = Some(0_u64);
    for &byte in digits {
        let digit = char::from(byte).to_digit(base)?;
        number = number
            .and_then(|number| number.checked_mul(u64::from(base)))
            .and_then(|number| number.checked_add(u64::from(digit)));
    }
    Some(match number {
        Some(number) if negative => number.wrapping_neg(),
        Some(number) => number,
        None => u64::MAX,
    })
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        let table = [
            ("", None),
            (" ", None),
            ("abc", None),
            ("5 ", None),
            ("08", None),
            ("0x", None),
            ("-", None),
            (" 5", Some(5)),
            ("+5", Some(5)),
            ("0", Some(0)),
            ("010", Some(8)),
            ("0x1F", Some(31)),
            ("-1", Some(u64::MAX)),
            ("99999999999999999999999", Some(u64::MAX)),
        ];
        for (text, number) in table {
            assert_eq!(unsigned_long(text.as_bytes()), number, "{text}");
        }
    }
}
