//! Numbers as scanf(3) reads them, which is how kmod finds them in aliases, in `modules.devname`
//! and in the names of releases.

/// Takes a number off the start of a text, as `%u` does: white space and a sign may stand before
/// it, and only 32 bits are kept.
pub(crate) fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let text = after_space(text);
    let (is_negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let digits = core::str::from_utf8(digits).ok().filter(|digits| !digits.is_empty())?;
    let value = match digits.parse::<u64>() {
        Ok(value) if is_negative => value.wrapping_neg(),
        Ok(value) => value,
        Err(_) => u64::MAX,
    };
    Some((value as u32, rest))
}

/// The text from its first byte on that is no white space.
pub(crate) fn after_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

/// White space as isspace(3) has it.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether a text begins as the name of a kernel release does: two numbers with a dot between.
pub fn is_release(text: &[u8]) -> bool {
    let minor = number(text).and_then(|(_, rest)| number(rest.strip_prefix(b".")?));
    minor.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_begin_with_two_numbers() {
        let table = [
            ("6.1.0-56-amd64", true),
            ("1.2", true),
            (" 1.2", true),
            ("+1.-2x", true),
            ("1. 2", true),
            ("1 .2", false),
            ("1..2", false),
            ("1.x", false),
            ("a1.2", false),
            ("1", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_release(text.as_bytes()), expected, "{text}");
        }
    }
}
