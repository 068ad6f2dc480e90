//! `MODPROBE_OPTIONS`: options that modprobe takes from its environment, and those it hands to the
//! commands it runs, so that a modprobe among them behaves alike.

/// The variable's name.
pub(super) const VARIABLE: &str = "MODPROBE_OPTIONS";

/// Cuts the variable's text into words, as modprobe does: at each single space, and nowhere else.
///
/// A quote at the start of a word ends the word at the closing quote; quotes inside a word are
/// removed. A quote without its partner is an ordinary character, and so is all that follows it.
pub(super) fn words(text: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = quoted(rest).unwrap_or_else(|| plain(rest));
        words.push(word);
        rest = after;
    }
    words
}

/// A word that starts with a quote, and what follows the closing one.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&quote, rest) = text.split_first()?;
    let end = closing(quote, rest)?;
    Some((rest[..end].to_vec(), &rest[end + 1..]))
}

/// A word up to a space outside quotes, and what follows that space.
fn plain(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut word = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, closing(byte, after)) {
            (b' ', _) => return (word, rest),
            (b'"' | b'\'', None) => {
                word.push(byte);
                word.extend_from_slice(after);
                return (word, &[]);
            }
            (_, Some(end)) => {
                word.extend_from_slice(&after[..end]);
                rest = &after[end + 1..];
            }
            (_, None) => word.push(byte),
        }
    }
    (word, rest)
}

/// Where the quote that was opened is closed.
fn closing(quote: u8, rest: &[u8]) -> Option<usize> {
    let is_quote = matches!(quote, b'"' | b'\'');
    rest.iter().position(|&byte| byte == quote).filter(|_| is_quote)
}

/// The variable for commands: what it was, and the options that are handed on, in their order.
/// Nothing when there is nothing to hand on.
pub(super) fn handed_on(inherited: Option<&[u8]>, options: &[Vec<u8>]) -> Option<Vec<u8>> {
    if options.is_empty() {
        return None;
    }
    let own = options.join(&b' ');
    Some(match inherited {
        Some(inherited) => [inherited, b" ", &own].concat(),
        None => own,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_modprobe_cuts_them() {
        let table: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("-q -v", &["-q", "-v"]),
            ("-n  -q", &["-n", "", "-q"]),
            (" ", &[""]),
            ("x ", &["x"]),
            ("a\tb", &["a\tb"]),
            ("'a b'c d", &["a b", "c", "d"]),
            ("\"a'b\" c", &["a'b", "", "c"]),
            ("\"\" x", &["", "", "x"]),
            ("a\"\" x", &["a", "x"]),
            ("a\"b\"c\"d e\"f", &["abcd ef"]),
            ("a'b\"c'd\"e f\"", &["ab\"cde f"]),
            ("a\"b c", &["a\"b c"]),
            ("'unterminated -q", &["'unterminated -q"]),
        ];
        for (text, expected) in table {
            let expected: Vec<_> = expected.iter().map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(words(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn options_are_handed_on_behind_what_was_there() {
        let options = [b"-C".to_vec(), b"a b".to_vec(), b"-q".to_vec()];
        let table: [(Option<&[u8]>, &str); 3] =
            [(None, "-C a b -q"), (Some(b""), " -C a b -q"), (Some(b"-v"), "-v -C a b -q")];
        for (inherited, expected) in table {
            let handed_on = handed_on(inherited, &options);
            assert_eq!(handed_on.as_deref(), Some(expected.as_bytes()));
        }
        assert_eq!(handed_on(Some(b"-v"), &[]), None);
    }
}
