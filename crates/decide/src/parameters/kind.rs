//! The types of parameters: what a value has to look like, and whether two spellings are one value.
//! Types of a module's own making are known by their name only, and take anything.
//!
//! Source: `kernel/params.c` and `lib/kstrtox.c` of Linux 6.12; `long` is taken to have 64 bits.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

/// A type, as `parmtype` declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values of another type with commas between them (`array of …`).
    Array(Box<Kind>),
    /// `bool`, and its kin `invbool` and `bint`.
    Bool,
    /// A type of the module's own, or none.
    Own,
    /// A whole number within bounds.
    Number {
        /// The least one.
        least: i128,
        /// The greatest one.
        greatest: i128,
    },
    /// `charp` and `string`.
    Text,
}

/// The kernel refuses texts that are longer (`param_set_charp`).
const LONGEST_TEXT: usize = 1024;

impl Kind {
    /// Reads what `parmtype` says.
    pub fn of(declared: &[u8]) -> Self {
        let signed = |bits: u32| Self::Number {
            least: -(1_i128 << (bits - 1)),
            greatest: (1_i128 << (bits - 1)) - 1,
        };
        let unsigned = |bits: u32| Self::Number { least: 0, greatest: (1_i128 << bits) - 1 };
        match declared {
            b"bool" | b"invbool" | b"bint" => Self::Bool,
            b"byte" => unsigned(8),
            b"short" => signed(16),
            b"ushort" => unsigned(16),
            b"int" => signed(32),
            b"uint" | b"hexint" => unsigned(32),
            b"long" => signed(64),
            b"ulong" | b"ullong" => unsigned(64),
            b"charp" | b"string" => Self::Text,
            _ => match declared.strip_prefix(b"array of ") {
                // Arrays of arrays cannot be declared; what claims to be one is not looked into.
                Some(inner) if !inner.starts_with(b"array of ") => {
                    Self::Array(Box::new(Self::of(inner)))
                }
                _ => Self::Own,
            },
        }
    }

    /// Whether the kernel takes a value. The length of an array is known to the module only.
    pub fn takes(&self, value: &[u8]) -> bool {
        match self {
            Self::Array(inner) => items(value).all(|item| inner.takes(item)),
            Self::Bool => truth(value).is_some(),
            Self::Number { least, greatest } => number(value, *least < 0)
                .is_some_and(|number| (*least..=*greatest).contains(&number)),
            Self::Own => true,
            Self::Text => value.len() <= LONGEST_TEXT,
        }
    }

    /// Whether a live value is what a kept one asks for; `None` when that cannot be told.
    ///
    /// A live array may go on behind what was asked for.
    pub fn is_same(&self, kept: &[u8], live: &[u8]) -> Option<bool> {
        match self {
            Self::Array(inner) => {
                let mut live = items(live);
                let same = items(kept).map(|item| inner.is_same(item, live.next()?));
                same.reduce(|one, other| Some(one? && other?)).flatten().or(Some(false))
            }
            Self::Bool => Some(truth(kept)? == truth(live)?),
            Self::Number { .. } => Some(number(kept, true)? == number(live, true)?),
            Self::Own => (kept == live).then_some(true),
            Self::Text => Some(kept == live),
        }
    }

    /// What a value is, in words: `a number from 0 to 255`.
    pub fn words(&self) -> String {
        match self {
            Self::Array(inner) => format!("{}, or several with commas between them", inner.words()),
            Self::Bool => "y or n".into(),
            Self::Number { least, greatest } => format!("a number from {least} to {greatest}"),
            Self::Own => "whatever the module makes of it".into(),
            Self::Text => format!("a text of at most {LONGEST_TEXT} bytes"),
        }
    }
}

fn items(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',')
}

/// What the first letters of a word say (`kstrtobool`); true and false are known since Linux 5.19.
fn truth(value: &[u8]) -> Option<bool> {
    match value {
        [b'y' | b'Y' | b't' | b'T' | b'1', ..] => Some(true),
        [b'n' | b'N' | b'f' | b'F' | b'0', ..] => Some(false),
        [b'o' | b'O', b'n' | b'N', ..] => Some(true),
        [b'o' | b'O', b'f' | b'F', ..] => Some(false),
        _ => None,
    }
}

/// A number as `kstrtoll` and `kstrtoull` read it: `0x` before hexadecimal digits, `0` before octal
/// ones.
fn number(value: &[u8], may_be_negative: bool) -> Option<i128> {
    let (is_negative, digits) = match value {
        [b'-', rest @ ..] if may_be_negative => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, value),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', rest @ ..] if !rest.is_empty() => (8, rest),
        _ => (10, digits),
    };
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    if digits.is_empty() || !digits.iter().all(is_digit) {
        return None;
    }
    let number = i128::from_str_radix(core::str::from_utf8(digits).ok()?, radix).ok()?;
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_as_the_kernel_does() {
        let table: [(&str, &[&str], &[&str]); 12] = [
            ("bool", &["y", "N", "1", "0", "on", "off", "true"], &["", "maybe", "o", "2"]),
            ("byte", &["0", "255", "0xff", "+7"], &["256", "-1", "", "0x", "1 "]),
            ("short", &["-32768", "32767"], &["32768", "-32769"]),
            ("ushort", &["65535"], &["65536"]),
            ("int", &["-2147483648", "0x7fffffff", "017"], &["2147483648", "08", "1.5", "--1"]),
            ("uint", &["4294967295"], &["4294967296", "-1"]),
            ("hexint", &["0x10"], &["0xg"]),
            ("long", &["-9223372036854775808"], &["9223372036854775808"]),
            ("ullong", &["18446744073709551615"], &["18446744073709551616"]),
            ("array of int", &["1", "1,-2,3"], &["", "1,", "1,a"]),
            ("array of charp", &["", "a,b,"], &[]),
            ("scaling_governor", &["", "anything"], &[]),
        ];
        for (declared, good, bad) in table {
            let kind = Kind::of(declared.as_bytes());
            good.iter()
                .for_each(|value| assert!(kind.takes(value.as_bytes()), "{declared} {value}"));
            bad.iter()
                .for_each(|value| assert!(!kind.takes(value.as_bytes()), "{declared} {value}"));
        }
        assert!(Kind::Text.takes(&[b'x'; 1024]) && !Kind::Text.takes(&[b'x'; 1025]));
        assert!(!Kind::of(b"ulong").takes(&[b'9'; 200]));
    }

    #[test]
    fn spellings_of_one_value_are_the_same() {
        let table = [
            ("bool", "1", "Y", Some(true)),
            ("bool", "off", "Y", Some(false)),
            ("int", "0x10", "16", Some(true)),
            ("int", "x", "16", None),
            ("array of int", "1,2", "1,2,0,0", Some(true)),
            ("array of int", "1,2", "1", Some(false)),
            ("array of bool", "1,0", "Y,Y", Some(false)),
            ("charp", "a b", "a b", Some(true)),
            ("charp", "a", "(null)", Some(false)),
            ("own", "a", "a", Some(true)),
            ("own", "a", "b", None),
        ];
        for (declared, kept, live, same) in table {
            let kind = Kind::of(declared.as_bytes());
            assert_eq!(kind.is_same(kept.as_bytes(), live.as_bytes()), same, "{declared} {kept}");
        }
    }

    #[test]
    fn kinds_have_words() {
        let words = Kind::of(b"array of byte").words();
        assert_eq!(words, "a number from 0 to 255, or several with commas between them");
    }
}
