//! Parameters for a module: from the words of a command line to the one string the kernel takes,
//! and from that string to names and values. What a module makes of a value is not known here.

use alloc::vec::Vec;

/// Joins the operands after a module's name with spaces; empty ones at the start leave no trace.
///
/// In `key=value`, a value that holds a space is put between double quotes, as the kernel wants it
/// (`kernel/params.c`, `next_arg`), unless it begins with a quote.
pub fn join<'a>(operands: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let quoted: Vec<_> =
        operands.into_iter().skip_while(|operand| operand.is_empty()).map(quote).collect();
    quoted.join(&b' ')
}

fn quote(operand: &[u8]) -> Vec<u8> {
    let Some(equals) = operand.iter().position(|&byte| byte == b'=') else {
        return operand.into();
    };
    let (key, value) = operand.split_at(equals + 1);
    let needs_quotes = value.contains(&b' ') && !matches!(value.first(), Some(b'"' | b'\''));
    if needs_quotes { [key, b"\"", value, b"\""].concat() } else { operand.into() }
}

/// One word of the string that the kernel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The parameter, as it is spelled.
    pub name: &'a [u8],
    /// Its value without the quotes around it; `None` where there is no `=`.
    pub value: Option<&'a [u8]>,
}

/// Splits a string of parameters as the kernel does (`lib/cmdline.c`, `next_arg`): at white space
/// outside double quotes.
pub fn split(text: &[u8]) -> impl Iterator<Item = Assignment<'_>> {
    let mut rest = text;
    core::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let is_end = |&byte: &u8| {
            quoted ^= byte == b'"';
            byte.is_ascii_whitespace() && !quoted
        };
        let end = rest.iter().position(is_end).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(assignment(word))
    })
}

fn assignment(word: &[u8]) -> Assignment<'_> {
    let bare = |text: &'_ [u8]| -> usize { usize::from(text.first() == Some(&b'"')) };
    let word = match bare(word) {
        1 => word[1..].strip_suffix(b"\"").unwrap_or(&word[1..]),
        _ => word,
    };
    let Some(equals) = word.iter().position(|&byte| byte == b'=') else {
        return Assignment { name: word, value: None };
    };
    let value = &word[equals + 1..];
    let value = match bare(value) {
        1 => value[1..].strip_suffix(b"\"").unwrap_or(&value[1..]),
        _ => value,
    };
    Assignment { name: &word[..equals], value: Some(value) }
}

/// Whether two spellings name one parameter: to the kernel `-` and `_` are the same
/// (`kernel/params.c`, `parameq`).
pub fn is_same_name(left: &[u8], right: &[u8]) -> bool {
    let folded = |byte: &u8| if *byte == b'-' { b'_' } else { *byte };
    left.iter().map(folded).eq(right.iter().map(folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_split_as_the_kernel_does() {
        let text = b" a=1  b=\"x y\" c \"d=e f\" g=\"h=\" i=x\"y z\"w";
        let found: Vec<_> = split(text).map(|word| (word.name, word.value)).collect();
        let expected: [(&[u8], Option<&[u8]>); 6] = [
            (b"a", Some(b"1")),
            (b"b", Some(b"x y")),
            (b"c", None),
            (b"d", Some(b"e f")),
            (b"g", Some(b"h=")),
            (b"i", Some(b"x\"y z\"w")),
        ];
        assert_eq!(found, expected);
        assert!(is_same_name(b"a-b", b"a_b") && !is_same_name(b"a", b"ab"));
    }

    /// What kmod 34.2 makes of these operands.
    #[test]
    fn operands_are_joined_as_kmod_does() {
        let table: &[(&[&str], &str)] = &[
            (&[], ""),
            (&["a=b c", "d=\"e f\"", "g='h i'"], "a=\"b c\" d=\"e f\" g='h i'"),
            (&["j k", "l=", " =m n", "o=p"], "j k l=  =\"m n\" o=p"),
            (&["q = r s", "", "x==y z"], "q =\" r s\"  x=\"=y z\""),
            (&["a=b \"c d\"", "t=a\tb"], "a=\"b \"c d\"\" t=a\tb"),
            (&["", "", "a=1", "", "b", ""], "a=1  b "),
            (&["a= q", "c='d e"], "a=\" q\" c='d e"),
        ];
        for (operands, joined) in table {
            let ours = join(operands.iter().map(|operand| operand.as_bytes()));
            assert_eq!(ours, joined.as_bytes(), "{operands:?}");
        }
    }
}
