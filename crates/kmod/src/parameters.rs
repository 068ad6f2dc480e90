//! Parameters for a module, from the words of a command line to what the kernel is given.

/// Joins words by spaces; empty words at the start leave no trace. A value with a space is quoted,
/// unless it begins with a quote itself: `key=value` with a space becomes `key="value"`.
pub(crate) fn joined(words: &[Vec<u8>]) -> Vec<u8> {
    words.iter().fold(Vec::new(), |mut joined, word| {
        if !joined.is_empty() {
            joined.push(b' ');
        }
        joined.extend_from_slice(&quoted(word));
        joined
    })
}

fn quoted(word: &[u8]) -> Vec<u8> {
    let Some(equals) = word.iter().position(|&byte| byte == b'=') else { return word.to_vec() };
    let (key, value) = word.split_at(equals + 1);
    if matches!(value.first(), Some(b'"' | b'\'')) || !value.contains(&b' ') {
        return word.to_vec();
    }
    [key, b"\"", value, b"\""].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_spaces_are_quoted() {
        let table: [(&[&str], &str); 8] = [
            (&[], ""),
            (&["a=1", "b"], "a=1 b"),
            (&["", "", "a=1", "", "b", ""], "a=1  b "),
            (&["a=b c"], "a=\"b c\""),
            (&["a= q"], "a=\" q\""),
            (&["a=\"b c\""], "a=\"b c\""),
            (&["a='b c"], "a='b c"),
            (&["b c"], "b c"),
        ];
        for (words, expected) in table {
            let words: Vec<_> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(joined(&words), expected.as_bytes());
        }
    }
}
