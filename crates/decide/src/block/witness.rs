//! A text that a pattern matches: to ask for an alias of which only the pattern is known.

use alloc::vec::Vec;

use kmodctl_format::pattern;

/// The shortest text that an fnmatch(3) pattern matches; `None` when none was found.
pub(super) fn witness(pattern: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'*' => {}
            b'?' => text.push(b'0'),
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                text.push(escaped);
                rest = after;
            }
            b'[' => {
                let (member, after) = member(rest)?;
                text.push(member);
                rest = after;
            }
            _ => text.push(byte),
        }
    }
    pattern::matches(pattern, &text).then_some(text)
}

/// One byte of a bracket, and what follows it.
fn member(bracket: &[u8]) -> Option<(u8, &[u8])> {
    let end = bracket.iter().skip(1).position(|&byte| byte == b']')? + 1;
    let (set, after) = (&bracket[..end], &bracket[end + 1..]);
    let member = match set {
        [b'!' | b'^', others @ ..] => (b'0'..=b'z').find(|byte| !others.contains(byte))?,
        [first, ..] => *first,
        [] => return None,
    };
    Some((member, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn witnesses_are_matched() {
        let table: [(&str, Option<&str>); 6] = [
            ("fs_btrfs", Some("fs_btrfs")),
            ("pci:v00008086d*sv*", Some("pci:v00008086dsv")),
            ("usb:v04[0-9]p?", Some("usb:v040p0")),
            ("a[!0-9]b", Some("a:b")),
            ("a\\*b", Some("a*b")),
            ("a[b", None),
        ];
        for (pattern, expected) in table {
            let found = witness(pattern.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{pattern}");
        }
    }
}
