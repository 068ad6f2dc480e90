//! Sets of bytes, and the bracket expressions that name them.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set([u64; 4]);

impl Set {
    /// Every byte but NUL.
    pub(super) fn any() -> Self {
        Self::default().inverse()
    }

    pub(super) fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::default();
        bytes.into_iter().for_each(|byte| set.insert(byte));
        set
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// Every byte but NUL that is not in the set.
    pub(super) fn inverse(self) -> Self {
        let mut inverse = self.0.map(|bits| !bits);
        inverse[0] &= !1;
        Self(inverse)
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
}

/// The bytes of words: letters, digits and `_`.
pub(super) fn word() -> Set {
    Set::of((0..=u8::MAX).filter(|&byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

/// White space as isspace(3) has it.
pub(super) fn space() -> Set {
    Set::of([b' ', b'\t', b'\n', 0x0b, 0x0c, b'\r'])
}

/// Reads a bracket expression behind its `[`: the set, and what follows the `]`.
pub(super) fn read(text: &[u8]) -> Option<(Set, &[u8])> {
    let (is_inverse, mut rest) = match text.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut set = Set::default();
    let mut is_first = true;
    loop {
        if let (Some(rest), false) = (rest.strip_prefix(b"]"), is_first) {
            return Some((if is_inverse { set.inverse() } else { set }, rest));
        }
        is_first = false;
        if let Some(class) = rest.strip_prefix(b"[:") {
            let end = class.windows(2).position(|two| two == b":]")?;
            let is_member = class_test(&class[..end])?;
            (0..=u8::MAX).filter(is_member).for_each(|byte| set.insert(byte));
            rest = &class[end + 2..];
            continue;
        }
        let (first, after) = element(rest)?;
        rest = after;
        let range = rest.strip_prefix(b"-").filter(|after| !after.starts_with(b"]"));
        let last = match range {
            Some(after) => {
                let (last, after) = element(after)?;
                rest = after;
                last
            }
            None => first,
        };
        if last < first {
            return None;
        }
        (first..=last).for_each(|byte| set.insert(byte));
    }
}

/// One byte, maybe as `[.x.]` or `[=x=]`.
fn element(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'[', b'.', byte, b'.', b']', rest @ ..] | [b'[', b'=', byte, b'=', b']', rest @ ..] => {
            Some((*byte, rest))
        }
        [b'[', b'.' | b'=', ..] => None,
        [byte, rest @ ..] => Some((*byte, rest)),
        [] => None,
    }
}

fn class_test(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| space().contains(*byte),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn brackets_name_bytes() {
        let table = [
            ("abc]x", Some("abc")),
            ("]a]x", Some("]a")),
            ("a-c-]x", Some("-abc")),
            ("[:digit:]x]x", Some("0123456789x")),
            ("[.-.][=a=]]x", Some("-a")),
            ("!--]x", Some("!\"#$%&'()*+,-")),
            ("\\]x", Some("\\")),
            ("a", None),
            ("c-a]x", None),
            ("[:digits:]]x", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = read(text.as_bytes()).map(|(set, rest)| {
                assert_eq!(rest, b"x", "{text}");
                (0..=u8::MAX).filter(|&byte| set.contains(byte)).map(char::from).collect::<String>()
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        let (inverse, _) = read(b"^]a]").unwrap();
        assert!(inverse.contains(b'b') && !inverse.contains(b']') && !inverse.contains(0));
    }
}
