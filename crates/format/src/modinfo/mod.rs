//! What a module says of itself: the `key=value` strings of `.modinfo`, its parameters, and the
//! same strings of built-in modules. It gives keys no meaning beyond parameters and prints nothing.

mod builtin;
mod parameter;

pub use builtin::{
    BuiltinEntry, UndottedRecord, builtin_aliases, builtin_entries, builtin_entries_of,
};
pub use parameter::{MalformedParameter, Parameter, Parameters, parameters};

use core::ffi::CStr;

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

/// How many bytes stand before the first NUL, if there is one. The standard library looks for it a
/// word at a time.
pub(crate) fn before_nul(bytes: &[u8]) -> Option<usize> {
    CStr::from_bytes_until_nul(bytes).ok().map(|string| string.count_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

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
