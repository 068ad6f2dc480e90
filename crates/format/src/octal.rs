//! Names in tables of `/proc`, where the kernel writes blanks and backslashes as `\040` (`seq_escape` and
//! `mangle_path`).

use alloc::vec::Vec;

/// The name that is meant; a backslash without three octal digits is itself.
pub fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&first, others)) = rest.split_first() {
        let escape = others.first_chunk::<3>().filter(|_| first == b'\\').and_then(byte);
        name.push(escape.unwrap_or(first));
        rest = if escape.is_some() { &others[3..] } else { others };
    }
    name
}

fn byte(digits: &[u8; 3]) -> Option<u8> {
    let value = digits.iter().try_fold(0_u16, |value, digit| match digit {
        b'0'..=b'7' => Some(value * 8 + u16::from(digit - b'0')),
        _ => None,
    });
    u8::try_from(value?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_were_meant() {
        let table = [
            ("/mnt", "/mnt"),
            (r"/a\040b\134c", r"/a b\c"),
            (r"\011", "\t"),
            (r"\08", r"\08"),
            (r"\777x", r"\777x"),
            (r"end\04", r"end\04"),
        ];
        for (word, name) in table {
            assert_eq!(unescaped(word.as_bytes()), name.as_bytes(), "{word}");
        }
    }
}
