//! Whether the configuration and the indexes are still those that were read: a process that stays
//! looks from time to time and then begins with a new [`Machine`](crate::Machine).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use rustix::fs::Dir;

use crate::file;
use crate::module_index::IndexFile;
use crate::place::{Place, joined};

/// What the files of a place looked like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    seen: Vec<Option<Mark>>,
}

/// What changes when a file does: device, inode, size, and the time of its last change.
type Mark = (u64, u64, u64, i64, i64);

impl Freshness {
    /// Looks at the directories of the configuration, the files in them, and the indexes.
    pub fn of(place: &Place) -> Self {
        let indexes = [
            IndexFile::Alias,
            IndexFile::Builtin,
            IndexFile::BuiltinAlias,
            IndexFile::Dependencies,
            IndexFile::Symbols,
        ];
        let names = indexes.iter().map(|index| index.file_name());
        let names = names.chain(["modules.softdep", "modules.weakdep"]);
        let mut seen: Vec<_> = names.map(|name| mark(&place.module_directory_file(name))).collect();
        for directory in &place.configuration {
            seen.push(mark(directory));
            seen.extend(entries(directory).iter().map(|path| mark(path)));
        }
        Self { seen }
    }
}

fn mark(path: &[u8]) -> Option<Mark> {
    let found = std::fs::metadata(OsStr::from_bytes(path)).ok()?;
    Some((found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec()))
}

fn entries(directory: &[u8]) -> Vec<Vec<u8>> {
    let Ok(listed) = file::open(directory).map(Dir::new) else { return Vec::new() };
    let entries = listed.into_iter().flatten().flatten();
    let mut paths: Vec<_> =
        entries.map(|entry| joined(directory, entry.file_name().to_bytes())).collect();
    paths.sort_unstable();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn every_change_is_seen() {
        let tree = Tree::new();
        tree.write("etc/a.conf", "blacklist a\n");
        let place = tree.place(&["etc", "run"]);
        let mut last = Freshness::of(&place);
        assert_eq!(Freshness::of(&place), last);
        let changes: [(&str, &str); 4] = [
            ("etc/a.conf", "blacklist ab\n"),
            ("etc/b.conf", ""),
            ("run/c.conf", ""),
            ("modules/modules.alias.bin", "x"),
        ];
        for (path, text) in changes {
            tree.write(path, text);
            let now = Freshness::of(&place);
            assert_ne!(now, last, "{path}");
            last = now;
        }
        std::fs::remove_file(tree.path("etc/b.conf")).unwrap();
        assert_ne!(Freshness::of(&place), last);
    }
}
