//! What still holds of what an earlier depmod kept. How it is kept is known in `format`, and where in
//! `system`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::OnceCell;
use core::ops::Range;

use kmodctl_format::ModuleName;
use kmodctl_format::depmod_cache::{Digest, List, Seen, Stamp, Time};

use super::Builtin;

/// What of a list holds for the modules that are there now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// For each module where its contents are kept, if nothing of its file changed.
    pub contents: Vec<Option<Range<usize>>>,
    /// Whether all modules, their order and the circumstances are the same, as far as the states of
    /// files tell.
    pub is_alike: bool,
    /// Whether the states tell that for certain.
    pub is_certain: bool,
}

/// Compares a list with the modules that are there now, in their order, with the states of their
/// files.
///
/// A file is the same if nothing of its state changed, and the state could have told: see
/// [`is_settled`].
pub fn holding(
    list: &List<'_>,
    circumstances: &[u8],
    modules: &[(ModuleName, Vec<u8>)],
    stamps: &[Option<Stamp>],
) -> Holding {
    let mut lines = Lines { all: &list.modules, next: 0, by_path: OnceCell::new() };
    let same = |((_, path), stamp): (&(ModuleName, Vec<u8>), &Option<Stamp>)| {
        lines.of(path).filter(|seen| Some(seen.stamp) == *stamp)
    };
    let same: Vec<Option<&Seen<'_>>> = modules.iter().zip(stamps).map(same).collect();
    let in_order = || list.modules.iter().map(Some).eq(same.iter().copied());
    Holding {
        contents: same.iter().map(|seen| seen.and_then(contents)).collect(),
        is_alike: list.circumstances == circumstances && in_order(),
        is_certain: same.iter().all(|seen| seen.is_some_and(|seen| contents(seen).is_some())),
    }
}

/// The lines of a list, which mostly are asked for in their order.
struct Lines<'a> {
    all: &'a [Seen<'a>],
    /// The line behind the one that was found last.
    next: usize,
    by_path: OnceCell<BTreeMap<&'a [u8], usize>>,
}

impl<'a> Lines<'a> {
    /// The line of a file.
    fn of(&mut self, path: &[u8]) -> Option<&'a Seen<'a>> {
        let is_next = self.all.get(self.next).is_some_and(|seen| seen.path == path);
        let number = if is_next { self.next } else { self.searched(path)? };
        self.next = number + 1;
        self.all.get(number)
    }

    fn searched(&self, path: &[u8]) -> Option<usize> {
        let paths = || self.all.iter().map(|seen| seen.path).zip(0..).collect();
        self.by_path.get_or_init(paths).get(path).copied()
    }
}

fn contents(seen: &Seen<'_>) -> Option<Range<usize>> {
    seen.contents.clone().filter(|_| seen.is_settled)
}

/// Whether the state of a file will tell if the file is changed after `seen`, the time at which it
/// was looked at or a time before that.
///
/// A file system counts time in steps: some in two seconds (FAT), most in a tick of the kernel. What
/// is changed twice within a step has one time. So the last change must lie before the step in which
/// the file was looked at. A time that is still to come tells nothing.
pub fn is_settled(stamp: &Stamp, seen: Time) -> bool {
    const STEP: i64 = 2;
    let last = stamp.modified.max(stamp.changed);
    let end = last.seconds.checked_add(STEP + 1);
    end.is_some_and(|end| end <= seen.seconds)
}

/// What tables are made of besides modules, as it is kept in a list: where they are, how symbols are
/// spelled, what is built in, and which version made them.
pub fn circumstances(
    directories: [&[u8]; 2],
    prefix: Option<u8>,
    builtin: &Builtin,
    digest: impl Fn(&[u8]) -> Digest,
) -> Vec<u8> {
    let mut words = Vec::new();
    for text in [env!("CARGO_PKG_VERSION").as_bytes(), directories[0], directories[1]] {
        words.extend_from_slice(text);
        // No path holds it.
        words.push(0);
    }
    words.extend(prefix.map_or([0, 0], |prefix| [1, prefix]));
    for file in [&builtin.list, &builtin.modinfo] {
        match file {
            Ok(bytes) => words.extend(digest(bytes)),
            Err(errno) => words.extend(errno.0.to_le_bytes()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use alloc::vec;

    const fn at(seconds: i64) -> Time {
        Time { seconds, nanoseconds: 7 }
    }

    fn stamp(inode: u64, changed: i64) -> Stamp {
        Stamp { device: 1, inode, size: 9, modified: at(3), changed: at(changed) }
    }

    fn modules(paths: &[&str]) -> Vec<(ModuleName, Vec<u8>)> {
        paths.iter().map(|path| (ModuleName::of_path(path), path.as_bytes().into())).collect()
    }

    fn list() -> List<'static> {
        let seen = |path: &'static str, inode, is_settled| Seen {
            path: path.as_bytes(),
            stamp: stamp(inode, 5),
            is_settled,
            contents: Some(inode as usize..inode as usize + 1),
        };
        List {
            circumstances: b"here",
            modules: vec![seen("/a.ko", 1, true), seen("/b.ko", 2, true), seen("/c.ko", 3, false)],
            ..List::default()
        }
    }

    /// Which contents hold, and whether all is alike: `12- alike`.
    fn held(list: &List<'_>, paths: &[&str], stamps: &[Option<Stamp>]) -> alloc::string::String {
        let holding = holding(list, b"here", &modules(paths), stamps);
        let place = |range: &Option<Range<usize>>| {
            range.as_ref().map_or('-', |range| char::from(b'0' + range.start as u8))
        };
        let mut text: alloc::string::String = holding.contents.iter().map(place).collect();
        for (is, word) in [(holding.is_alike, " alike"), (holding.is_certain, " certain")] {
            text.push_str(if is { word } else { "" });
        }
        text
    }

    #[test]
    fn contents_hold_while_nothing_of_a_file_changed() {
        let same = [1, 2, 3].map(|inode| Some(stamp(inode, 5)));
        let all = ["/a.ko", "/b.ko", "/c.ko"];
        assert_eq!(held(&list(), &all, &same), "12- alike");
        let settled = List { modules: list().modules[..2].into(), ..list() };
        assert_eq!(held(&settled, &all[..2], &same[..2]), "12 alike certain");
        assert_eq!(held(&list(), &all[..2], &same[..2]), "12 certain", "one was removed");
        assert_eq!(held(&settled, &all, &same), "12-", "one was added");
        assert_eq!(held(&settled, &["/b.ko", "/a.ko"], &[same[1], same[0]]), "21 certain");
        assert_eq!(held(&settled, &["/a.ko", "/d.ko"], &same[..2]), "1-", "one was renamed");
        assert_eq!(held(&settled, &all[..2], &[same[0], Some(stamp(2, 6))]), "1-", "ctime");
        assert_eq!(held(&settled, &all[..2], &[same[0], Some(stamp(9, 5))]), "1-", "inode");
        assert_eq!(held(&settled, &all[..2], &[same[0], None]), "1-", "one is gone");
        let elsewhere = List { circumstances: b"there", ..settled };
        assert_eq!(held(&elsewhere, &all[..2], &same[..2]), "12 certain");
    }

    #[test]
    fn a_file_that_was_just_changed_is_not_settled() {
        for (changed, is) in [(5, true), (7, true), (8, false), (10, false), (99, false)] {
            assert_eq!(is_settled(&stamp(1, changed), at(10)), is, "{changed}");
        }
        let young = Stamp { modified: at(9), ..stamp(1, 5) };
        assert!(!is_settled(&young, at(10)));
        assert!(!is_settled(&stamp(1, i64::MAX), at(10)));
    }

    #[test]
    fn circumstances_tell_each_thing_apart() {
        let builtin = |list: &[u8]| Builtin { list: Ok(list.into()), modinfo: Err(Errno::ENOENT) };
        let digest = |bytes: &[u8]| [bytes.len() as u8; 16];
        let of = |directory: &[u8], prefix, list: &[u8]| {
            circumstances([directory, b"/out"], prefix, &builtin(list), digest)
        };
        let all = [
            of(b"/m", None, b""),
            of(b"/n", None, b""),
            of(b"/m", Some(0), b""),
            of(b"/m", Some(b'_'), b""),
            of(b"/m", None, b"k/a.ko\n"),
        ];
        for (number, one) in all.iter().enumerate() {
            assert!(!all[..number].contains(one), "{number}");
        }
    }
}
