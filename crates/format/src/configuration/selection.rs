//! Which configuration files are read, and in which order. Directories are listed elsewhere.

use alloc::vec::Vec;

/// One place where configuration is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A directory with the names in it that are files and that [`is_configuration_name`] takes.
    Directory(Vec<Vec<u8>>),
    /// The path of a file, which is taken whatever its suffix.
    File(Vec<u8>),
}

/// A file to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected<'a> {
    /// The number of its place in the list, from 0.
    pub place: usize,
    /// The last component of its path.
    pub name: &'a [u8],
}

/// Tells whether a directory's entry is configuration by its name: `NAME.conf`, not hidden.
pub fn is_configuration_name(name: &[u8]) -> bool {
    name.ends_with(b".conf") && !name.starts_with(b".")
}

/// Puts the files of all places into the order in which they are read: byte order of their names,
/// whatever the place.
///
/// Places come with the highest priority first: a file hides those of its name in later places.
/// For modprobe the list begins with the files `modules.softdep` and `modules.weakdep` of the
/// module directory, where they exist: not even a file of that name that is asked for hides them.
pub fn select(places: &[Place]) -> Vec<Selected<'_>> {
    let mut selected: Vec<_> =
        places.iter().enumerate().flat_map(|(n, place)| files(n, place)).collect();
    selected.sort_by_key(|file| (file.name, file.place));
    selected.dedup_by_key(|file| file.name);
    selected
}

fn files(number: usize, place: &Place) -> Vec<Selected<'_>> {
    let named = |name| Selected { place: number, name };
    match place {
        Place::Directory(names) => names.iter().map(|name| named(&name[..])).collect(),
        Place::File(path) => {
            let name = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            Vec::from([named(&path[name..])])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(names: &[&str]) -> Place {
        Place::Directory(names.iter().map(|name| name.as_bytes().to_vec()).collect())
    }

    fn file(path: &str) -> Place {
        Place::File(path.into())
    }

    #[test]
    fn names_decide_order_and_hiding() {
        let places = [
            file("/lib/modules/V/modules.softdep"),
            directory(&["b.conf", "B.conf", "zz.conf"]),
            directory(&["modules.softdep.conf", "b.conf", "a.conf", "\u{e9}.conf"]),
            file("other/modules.softdep"),
            file("dir.conf/A"),
        ];
        let order: Vec<_> = select(&places).iter().map(|file| (file.place, file.name)).collect();
        let expected: [(usize, &[u8]); 8] = [
            (4, b"A"),
            (1, b"B.conf"),
            (2, b"a.conf"),
            (1, b"b.conf"),
            (0, b"modules.softdep"),
            (2, b"modules.softdep.conf"),
            (1, b"zz.conf"),
            (2, "\u{e9}.conf".as_bytes()),
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn configuration_is_known_by_its_name() {
        let table = [
            ("a.conf", true),
            (".conf", false),
            (".a.conf", false),
            ("conf", false),
            ("a.conf~", false),
            ("a.CONF", false),
        ];
        for (name, expected) in table {
            assert_eq!(is_configuration_name(name.as_bytes()), expected, "{name}");
        }
    }
}
