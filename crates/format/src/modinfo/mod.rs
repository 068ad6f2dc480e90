//! What a module says of itself: the `key=value` strings of `.modinfo`, its parameters, and the
//! same strings of built-in modules. It gives keys no meaning beyond parameters and prints nothing.

mod builtin;
mod parameter;

use alloc::vec::Vec;

pub use builtin::{
    BuiltinEntry, UndottedRecord, builtin_aliases, builtin_entries, builtin_entries_of,
};
pub use parameter::{MalformedParameter, Parameter, Parameters, parameters};

/// The name of the section that holds the strings.
pub const SECTION: &[u8] = b".modinfo";

/// One `key=value` string. A string without `=` is a key with an empty value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What stands before the first `=`.
    pub key: &'a [u8],
    /// What stands behind it.
    pub value: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Cuts a string at its first `=`.
    pub fn new(string: &'a [u8]) -> Self {
        match string.iter().position(|&byte| byte == b'=') {
            Some(at) => Self { key: &string[..at], value: &string[at + 1..] },
            None => Self { key: string, value: &[] },
        }
    }
}

/// The entries of a `.modinfo` section, in its order. The last one may lack its NUL.
pub fn entries(modinfo: &[u8]) -> impl Iterator<Item = Entry<'_>> + Clone {
    strings(modinfo).map(|(_, string)| Entry::new(string))
}

/// The strings of a `.modinfo` section that have one of these keys, in its order, each with a NUL.
pub fn of_keys(modinfo: &[u8], keys: &[&[u8]]) -> Vec<u8> {
    let mut kept = Vec::new();
    for (_, string) in strings(modinfo) {
        if keys.contains(&Entry::new(string).key) {
            kept.extend_from_slice(string);
            kept.push(0);
        }
    }
    kept
}

/// The non-empty strings between NULs, each with its offset.
pub(crate) fn strings(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> + Clone {
    let mut offset = 0;
    let next = move || {
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        let (start, length) = (offset, before_nul(rest).unwrap_or(rest.len()));
        offset += length + 1;
        Some((start, &rest[..length]))
    };
    core::iter::from_fn(next).filter(|(_, string)| !string.is_empty())
}

/// How many bytes stand before the first NUL, if there is one. Strings here are of a few words: eight
/// bytes are looked at together, wherever they stand.
pub(crate) fn before_nul(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        // The lowest bit that is set is that of the first byte which is zero.
        let word = u64::from_le_bytes(*word);
        let zeros = word.wrapping_sub(LOW) & !word & HIGH;
        if zeros != 0 {
            return Some(bytes.len() - rest.len() + zeros.trailing_zeros() as usize / 8);
        }
        rest = after;
    }
    let place = rest.iter().position(|&byte| byte == 0)?;
    Some(bytes.len() - rest.len() + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_keys_are_kept_in_their_order() {
        let modinfo = b"license=GPL\0\0alias=b*\0aliases=x\0softdep=pre: c\0alias=\0alias";
        let kept = of_keys(modinfo, &[b"alias", b"softdep"]);
        assert_eq!(kept, b"alias=b*\0softdep=pre: c\0alias=\0alias\0");
        assert_eq!(of_keys(b"", &[b"alias"]), b"");
    }
    use alloc::{vec, vec::Vec};

    #[test]
    fn the_first_nul_is_found_wherever_it_stands() {
        for length in 0..20 {
            for other in [1, 0x7f, 0x80, 0x81, 0xff] {
                let mut bytes = vec![other; length];
                assert_eq!(before_nul(&bytes), None, "{length}");
                for place in (0..length).rev() {
                    bytes[place] = 0;
                    assert_eq!(before_nul(&bytes), Some(place), "{length}");
                    assert_eq!(before_nul(&bytes[place..]), Some(0), "{length}");
                }
            }
        }
    }

    #[test]
    fn strings_are_cut_at_nuls_and_at_the_first_equals_sign() {
        let modinfo = b"\0\0license=GPL\0\0alias=a=b\0odd\0=v\0depends=";
        let pairs: Vec<_> = entries(modinfo).map(|entry| (entry.key, entry.value)).collect();
        let expected: [(&[u8], &[u8]); 5] = [
            (b"license", b"GPL"),
            (b"alias", b"a=b"),
            (b"odd", b""),
            (b"", b"v"),
            (b"depends", b""),
        ];
        assert_eq!(pairs, expected);
        for (start, string) in strings(modinfo) {
            assert_eq!(&modinfo[start..start + string.len()], string);
        }
        assert_eq!(entries(b"\0\0").count() + entries(b"").count(), 0);
    }
}
