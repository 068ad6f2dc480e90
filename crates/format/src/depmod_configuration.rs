//! depmod.d: from the bytes of one file to directives, as depmod.d(5) names them and kmod reads
//! them. Which copy of a module wins by them is not decided here, and no file is opened.

use crate::configuration::{logical_lines, words};
use alloc::vec::Vec;

/// One directive; names and directories are bytes, as they are spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Entries of these names are passed over wherever they are.
    Exclude {
        /// Names of files and directories.
        names: Vec<Vec<u8>>,
    },
    /// A directory outside the module directory that is searched too.
    External {
        /// The releases it is for: `*` or an extended regular expression.
        kernel: Vec<u8>,
        /// The directory.
        directory: Vec<u8>,
    },
    /// The copy of a module in one directory is taken, whatever others there are.
    Override {
        /// The module's file name without its suffix.
        module: Vec<u8>,
        /// The releases it is for: `*` or an extended regular expression.
        kernel: Vec<u8>,
        /// A directory below the module directory.
        directory: Vec<u8>,
    },
    /// Directories in the order in which copies are preferred.
    Search {
        /// Directories below the module directory, `built-in` or `external`.
        places: Vec<Vec<u8>>,
    },
}

/// A line that is no directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The number of the last physical line, from 1.
    pub number: usize,
    /// Its first word.
    pub first_word: Vec<u8>,
}

/// Reads one file: its directives, and the lines that are none. `include` and `make_map_files`,
/// which were directives once, are passed over.
pub fn parse(file: &[u8]) -> (Vec<Directive>, Vec<Complaint>) {
    let (mut directives, mut complaints) = (Vec::new(), Vec::new());
    for line in logical_lines(file) {
        let mut words = words(&line.text);
        let Some(keyword) = words.next() else { continue };
        if matches!(keyword, b"include" | b"make_map_files") {
            continue;
        }
        match directive(keyword, words.map(<[u8]>::to_vec)) {
            Some(directive) => directives.push(directive),
            None => {
                let first_word = keyword.to_vec();
                complaints.push(Complaint { number: line.number, first_word });
            }
        }
    }
    (directives, complaints)
}

/// Words behind the last one that a directive needs are passed over.
fn directive(keyword: &[u8], mut words: impl Iterator<Item = Vec<u8>>) -> Option<Directive> {
    Some(match keyword {
        b"exclude" => Directive::Exclude { names: words.collect() },
        b"external" => Directive::External { kernel: words.next()?, directory: words.next()? },
        b"override" => Directive::Override {
            module: words.next()?,
            kernel: words.next()?,
            directory: words.next()?,
        },
        b"search" => Directive::Search { places: words.collect() },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_kmod_reads_them() {
        let file =
            b"search updates\textra\\\n built-in\nexclude a.ko  b\noverride a-b\t*\t extra  more\n\
            external 6.1 /srv/m\ninclude x\nmake_map_files no\nsearch\n# no\n\n  search weak\n\
            SEARCH k\nbogus x\noverride a b\nexternal *\n";
        let list = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let (directives, complaints) = parse(file);
        let expected = [
            Directive::Search { places: list(&["updates", "extra", "built-in"]) },
            Directive::Exclude { names: list(&["a.ko", "b"]) },
            Directive::Override {
                module: b"a-b".to_vec(),
                kernel: b"*".to_vec(),
                directory: b"extra".to_vec(),
            },
            Directive::External { kernel: b"6.1".to_vec(), directory: b"/srv/m".to_vec() },
            Directive::Search { places: Vec::new() },
            Directive::Search { places: list(&["weak"]) },
        ];
        assert_eq!(directives, expected);
        let complaints: Vec<_> =
            complaints.iter().map(|bad| (bad.number, &bad.first_word[..])).collect();
        let expected: [(usize, &[u8]); 4] =
            [(12, b"SEARCH"), (13, b"bogus"), (14, b"override"), (15, b"external")];
        assert_eq!(complaints, expected);
    }
}
