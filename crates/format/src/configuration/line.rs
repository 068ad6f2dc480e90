//! Lines and words of configuration files (modprobe.d, depmod.d). What they mean is not known here.

use alloc::vec::Vec;

/// A line after its backslashes are taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicalLine {
    /// The number of its first physical line, from 1.
    pub first: usize,
    /// The number of its last physical line, from 1.
    pub number: usize,
    /// What it holds, without its newline.
    pub text: Vec<u8>,
}

/// Splits a file into its lines that hold something and are no comments.
///
/// A backslash before a newline joins two lines; any other one is dropped and keeps the byte after
/// it. `#` begins a comment only as the first byte. Nothing is seen after a NUL in a line.
pub fn logical_lines(file: &[u8]) -> impl Iterator<Item = LogicalLine> {
    let mut lines = PhysicalLines { rest: file, number: 0 };
    core::iter::from_fn(move || lines.join())
        .filter(|line| !matches!(line.text.first(), None | Some(b'#')))
}

/// The words of a line: what stands between runs of spaces and tabs.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| is_blank(byte)).filter(|word| !word.is_empty())
}

/// Takes the first word off a line, and returns it with the rest, which begins at the blank.
pub(super) fn after_word(text: &[u8]) -> (&[u8], &[u8]) {
    let start = text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len());
    let text = &text[start..];
    text.split_at(text.iter().position(|&byte| is_blank(byte)).unwrap_or(text.len()))
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

struct PhysicalLines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl PhysicalLines<'_> {
    fn join(&mut self) -> Option<LogicalLine> {
        if self.rest.is_empty() {
            return None;
        }
        let first = self.number + 1;
        let mut text = Vec::new();
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b'\n' => break,
                b'\\' => match rest.split_first() {
                    Some((b'\n', rest)) => (self.rest, self.number) = (rest, self.number + 1),
                    Some((&kept, rest)) => {
                        self.rest = rest;
                        text.push(kept);
                    }
                    None => {}
                },
                _ => text.push(byte),
            }
        }
        self.number += 1;
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        text.truncate(end);
        Some(LogicalLine { first, number: self.number, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (&'a [u8], &'a [(usize, usize, &'a [u8])]);

    fn lines(file: &[u8]) -> Vec<(usize, usize, Vec<u8>)> {
        logical_lines(file).map(|line| (line.first, line.number, line.text)).collect()
    }

    #[test]
    fn lines_are_joined_and_numbered() {
        let table: &[Case<'_>] = &[
            (b"", &[]),
            (b"\n\n\n", &[]),
            (
                b"a b\\\nc\\\n\\\nd\\\n1 z\nx\\\ny\\\n\nbar\\",
                &[(1, 5, b"a bcd1 z"), (6, 8, b"xy"), (9, 9, b"bar")],
            ),
            (b"a\\tb\\\\c\\#", &[(1, 1, b"atb\\c#")]),
            (
                b"\\#comment\n #no comment\n#c\\\nswallowed\nd",
                &[(2, 2, b" #no comment"), (5, 5, b"d")],
            ),
            (b"a\0b\n\0c\nd", &[(1, 1, b"a"), (3, 3, b"d")]),
            (b"a\r\n", &[(1, 1, b"a\r")]),
        ];
        for (file, expected) in table {
            let expected =
                expected.iter().map(|(first, last, text)| (*first, *last, text.to_vec()));
            let expected: Vec<_> = expected.collect();
            assert_eq!(lines(file), expected, "{}", file.escape_ascii());
        }
    }

    #[test]
    fn words_stand_between_blanks() {
        let found: Vec<_> = words(b" a\t\tb\x0b c\r").collect();
        assert_eq!(found, [&b"a"[..], b"b\x0b", b"c\r"]);
    }
}
