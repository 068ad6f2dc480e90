//! One line of `modules.dep`, which is also a value of `modules.dep.bin`. Where the paths begin
//! (the module directory) and whether the files exist is not known here.

use crate::configuration::words;

/// What a module's file needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependencies<'a> {
    /// The module's file, relative to the module directory unless it begins with `/`.
    pub path: &'a [u8],
    /// The rest of the line, after the colon.
    rest: &'a [u8],
}

impl<'a> Dependencies<'a> {
    /// Splits a line `PATH: PATH…`; without a colon it is damaged, and `None`.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let colon = line.iter().position(|&byte| byte == b':')?;
        Some(Self { path: &line[..colon], rest: &line[colon + 1..] })
    }

    /// The files it needs, directly or not, as the line has them: a user before what it uses, so
    /// that they are loaded from the last to the first.
    pub fn paths(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        words(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn lines_split_at_the_colon_and_spaces() {
        let table: &[(&str, &str, &[&str])] = &[
            ("kernel/a.ko:", "kernel/a.ko", &[]),
            ("kernel/a.ko.xz: kernel/b.ko /c.ko", "kernel/a.ko.xz", &["kernel/b.ko", "/c.ko"]),
            (":", "", &[]),
            ("a:  b\tc ", "a", &["b", "c"]),
            ("a: b:c", "a", &["b:c"]),
        ];
        for (line, path, paths) in table {
            let read = Dependencies::parse(line.as_bytes()).unwrap();
            let found: Vec<_> = read.paths().collect();
            let expected: Vec<_> = paths.iter().map(|path| path.as_bytes()).collect();
            assert_eq!((read.path, found), (path.as_bytes(), expected), "{line}");
        }
        assert_eq!(Dependencies::parse(b"kernel/a.ko"), None);
    }
}
