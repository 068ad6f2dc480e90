//! The environment variable MODPROBE_OPTIONS: splitting it into arguments. What they mean is not
//! known here.

use alloc::vec::Vec;

/// Splits the variable into the arguments that go before those of the command line.
///
/// Each single space ends an argument, so that two make an empty one; tabs do not. Quotes (`'` and
/// `"`) protect spaces and are taken out. One that begins an argument also ends it where it closes.
/// One that never closes stands for itself, and with it all that follows.
pub fn split(variable: &[u8]) -> Vec<Vec<u8>> {
    let mut arguments = Vec::new();
    let mut rest = variable;
    while !rest.is_empty() {
        let argument;
        (argument, rest) = match quoted(rest) {
            Some((inside, after)) => (inside.to_vec(), after),
            None => unquoted(rest),
        };
        arguments.push(argument);
    }
    arguments
}

/// Takes what stands between two quotes of a kind at the start.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (quote, rest) = text.split_first().filter(|(byte, _)| matches!(byte, b'"' | b'\''))?;
    let end = rest.iter().position(|byte| byte == quote)?;
    Some((&rest[..end], &rest[end + 1..]))
}

/// Takes what ends at a space outside quotes, and that space.
fn unquoted(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut argument = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b' ' => return (argument, after),
            b'"' | b'\'' => match quoted(rest) {
                Some((inside, after)) => {
                    argument.extend_from_slice(inside);
                    rest = after;
                }
                None => {
                    argument.extend_from_slice(rest);
                    return (argument, b"");
                }
            },
            _ => {
                argument.push(byte);
                rest = after;
            }
        }
    }
    (argument, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_kmods() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            (" ", &[""]),
            ("-v", &["-v"]),
            (" -v", &["", "-v"]),
            ("-v  -n ", &["-v", "", "-n"]),
            ("a\tb", &["a\tb"]),
            ("\"lo\"\"op\"", &["lo", "op"]),
            ("a\"b c\"d", &["ab cd"]),
            ("'x'y z", &["x", "y", "z"]),
            ("\"a\" b", &["a", "", "b"]),
            ("\"a b\"c\"d e\" f", &["a b", "cd e", "f"]),
            ("a'b\"c' d", &["ab\"c", "d"]),
            ("\"\"", &[""]),
            ("a''b", &["ab"]),
            ("\"ab c", &["\"ab c"]),
            ("\"\" x", &["", "", "x"]),
            ("\"a'b\" c", &["a'b", "", "c"]),
            ("a'b\"c'd\"e f\"", &["ab\"cde f"]),
            ("a\\\"b c", &["a\\\"b c"]),
        ];
        for (variable, expected) in table {
            let expected: Vec<_> = expected.iter().map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(split(variable.as_bytes()), expected, "{variable}");
        }
    }
}
