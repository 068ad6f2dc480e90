//! Finding and reading the files of depmod.d. What follows from their lines is known in `decide`.

use kmodctl_format::depmod_configuration::{Complaint as BadLine, Directive, parse};

use crate::configuration::{Complaint, files};
use crate::place::absolute;

/// What all files say, and what is odd about them.
#[derive(Debug, Default)]
pub struct Read {
    /// The directives, in the order of the files.
    pub directives: Vec<Directive>,
    /// What is odd, in the order in which it was met.
    pub complaints: Vec<Complaint>,
}

/// Where depmod.d directories are, the one that counts most first (depmod.d(5)).
const PLACES: [&str; 5] = [
    "/etc/depmod.d",
    "/run/depmod.d",
    "/usr/local/lib/depmod.d",
    "/usr/lib/depmod.d",
    "/lib/depmod.d",
];

/// Reads the files of these places (directories or single files, the one that counts most first),
/// or of the usual ones where none is given.
pub fn read_configuration(places: &[Vec<u8>]) -> Read {
    let usual = PLACES.map(|place| place.as_bytes().to_vec());
    let places = if places.is_empty() { &usual } else { places };
    let (files, complaints) = files(places);
    let mut read = Read { complaints, ..Read::default() };
    for file in files {
        let (directives, odd) = parse(&file.bytes);
        read.directives.extend(directives.into_iter().map(in_full));
        let complaint = |odd: BadLine| Complaint::BadLine {
            file: file.path.clone(),
            line: odd.number,
            first_word: odd.first_word,
        };
        read.complaints.extend(odd.into_iter().map(complaint));
    }
    read
}

/// A directive whose directory outside the tree does not depend on the working directory.
fn in_full(directive: Directive) -> Directive {
    match directive {
        Directive::External { kernel, directory } => {
            let full = absolute(directory.clone()).unwrap_or(directory);
            Directive::External { kernel, directory: full }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn files_count_by_their_name_and_hide_each_other() {
        let tree = Tree::new();
        tree.write("etc/b.conf", "search etc\n");
        tree.write("etc/odd", "search odd\n");
        tree.write("lib/a.conf", "bogus x\nsearch first\n");
        tree.write("lib/b.conf", "search hidden\n");
        tree.write("single", "search single\n");
        let read =
            read_configuration(&["etc", "nowhere", "lib", "single"].map(|name| tree.bytes(name)));
        let search = |place: &str| Directive::Search { places: vec![place.into()] };
        assert_eq!(read.directives, ["first", "etc", "single"].map(search));
        let bad = Complaint::BadLine {
            file: tree.bytes("lib/a.conf"),
            line: 1,
            first_word: b"bogus".into(),
        };
        assert_eq!(read.complaints, [bad]);
    }
}
