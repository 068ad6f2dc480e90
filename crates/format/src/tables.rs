//! The text tables of a module directory: how their lines are written. `modules.devname` is known
//! in [`crate::devname`]; which lines there are is decided elsewhere.

use alloc::vec::Vec;

/// The first line of `modules.alias`.
pub const ALIAS_HEADING: &[u8] = b"# Aliases extracted from modules themselves.\n";
/// The first line of `modules.devname`, when there is any other.
pub const DEVNAME_HEADING: &[u8] = b"# Device nodes to trigger on-demand module loading.\n";
/// The first line of `modules.softdep`.
pub const SOFTDEP_HEADING: &[u8] = b"# Soft dependencies extracted from modules themselves.\n";
/// The first line of `modules.symbols`.
pub const SYMBOLS_HEADING: &[u8] = b"# Aliases for symbols, used by symbol_request().\n";
/// The first line of `modules.weakdep`.
pub const WEAKDEP_HEADING: &[u8] = b"# Weak dependencies extracted from modules themselves.\n";

/// Appends `WORD WORD…` and a newline.
pub fn write_line(words: &[&[u8]], output: &mut Vec<u8>) {
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            output.push(b' ');
        }
        output.extend_from_slice(word);
    }
    output.push(b'\n');
}

/// Appends a line of `modules.dep` without its newline: a module's path and those it needs, a user
/// before what it uses.
pub fn write_dependencies<'a>(
    path: &[u8],
    needed: impl Iterator<Item = &'a [u8]>,
    output: &mut Vec<u8>,
) {
    output.extend_from_slice(path);
    output.push(b':');
    for path in needed {
        output.push(b' ');
        output.extend_from_slice(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dependencies::Dependencies;

    #[test]
    fn lines_are_words_with_spaces_between() {
        let mut output = Vec::new();
        write_line(&[b"alias", b"a-b", b"m"], &mut output);
        assert_eq!(output, b"alias a-b m\n");
    }

    #[test]
    fn what_is_written_of_dependencies_is_read_again() {
        let needed: [&[u8]; 2] = [b"k/b.ko.xz", b"/x/c.ko"];
        let mut line = Vec::new();
        write_dependencies(b"k/a.ko", needed.into_iter(), &mut line);
        assert_eq!(line, b"k/a.ko: k/b.ko.xz /x/c.ko");
        let read = Dependencies::parse(&line).unwrap();
        assert_eq!((read.path, read.paths().collect()), (&b"k/a.ko"[..], needed.to_vec()));
    }
}
