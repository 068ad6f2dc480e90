//! Finding module files in a directory and all below it. Which of two copies counts is not known
//! here.

use kmodctl_decide::Errno;
use kmodctl_format::suffix;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, OFlags, Stat};

use crate::file::errno;
use crate::place::joined;

/// Something odd in a directory, which is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// An entry cannot be looked at: a dangling link, say.
    CannotStat {
        /// How many directories below the first one its directory is.
        depth: usize,
        /// Its name.
        name: Vec<u8>,
        /// Why.
        errno: Errno,
    },
    /// A directory cannot be read.
    DirectoryUnreadable {
        /// Its path.
        path: Vec<u8>,
        /// Why.
        errno: Errno,
    },
    /// An entry is neither a file nor a directory.
    UnsupportedType {
        /// Its path.
        path: Vec<u8>,
        /// The bits of its mode that tell its type.
        kind: u32,
    },
}

/// A search for module files.
pub struct Scan<'a> {
    /// Names that are passed over, besides `build` and `source`.
    pub excluded: &'a [Vec<u8>],
    /// Is given the path of each module file.
    pub found: &'a mut dyn FnMut(Vec<u8>),
    /// Is given what is odd.
    pub odd: &'a mut dyn FnMut(Oddity),
}

impl Scan<'_> {
    /// Searches a directory in its own order, links followed. The error is that of opening it.
    ///
    /// A directory that contains itself (by a link) is not entered again.
    pub fn run(&mut self, directory: &[u8]) -> Result<(), Errno> {
        let (excluded, found, odd) = (self.excluded, &mut *self.found, &mut *self.odd);
        let opened = rustix::fs::open(directory, DIRECTORY, Mode::empty()).map_err(errno)?;
        let mut walk = Walk {
            enters: &mut |name| !excluded.iter().any(|other| other == name),
            file: &mut |path, _| found(path()),
            odd,
            above: Vec::new(),
            needs_status: false,
        };
        walk.directory(opened, directory);
        Ok(())
    }
}

/// Whether `modules.dep` of a directory is younger than every module file there. The error is that
/// of opening the directory or of looking at `modules.dep`.
pub fn is_up_to_date(directory: &[u8]) -> Result<bool, Stale> {
    let opened = rustix::fs::open(directory, DIRECTORY, Mode::empty());
    let opened = opened.map_err(|refused| Stale::Directory(errno(refused)))?;
    let table = rustix::fs::statat(&opened, "modules.dep", AtFlags::empty());
    let written = modified(&table.map_err(|refused| Stale::Table(errno(refused)))?);
    let mut is_stale = false;
    let mut walk = Walk {
        enters: &mut |_| true,
        file: &mut |_, status| {
            is_stale |= status.is_some_and(|status| modified(status) > written);
        },
        odd: &mut |_| {},
        above: Vec::new(),
        needs_status: true,
    };
    walk.directory(opened, directory);
    Ok(!is_stale)
}

/// Why it cannot be told whether the tables are up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// The directory cannot be opened.
    Directory(Errno),
    /// There is no `modules.dep`, or it cannot be looked at.
    Table(Errno),
}

/// Seconds and nanoseconds, whose types differ between architectures.
fn modified(status: &Stat) -> (i128, i128) {
    (i128::from(status.st_mtime), i128::from(status.st_mtime_nsec))
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// What is done with a module file: its path, which is made when it is asked for, and its status
/// where that is known.
type File<'a> = &'a mut dyn FnMut(&dyn Fn() -> Vec<u8>, Option<&Stat>);

struct Walk<'a> {
    enters: &'a mut dyn FnMut(&[u8]) -> bool,
    file: File<'a>,
    odd: &'a mut dyn FnMut(Oddity),
    /// Device and number of each directory above.
    above: Vec<(u128, u128)>,
    needs_status: bool,
}

impl Walk<'_> {
    fn directory(&mut self, opened: OwnedFd, path: &[u8]) {
        let unreadable =
            |refused| Oddity::DirectoryUnreadable { path: path.into(), errno: errno(refused) };
        let status = match rustix::fs::fstat(&opened) {
            Ok(status) => (u128::from(status.st_dev), u128::from(status.st_ino)),
            Err(refused) => return (self.odd)(unreadable(refused)),
        };
        if self.above.contains(&status) {
            return;
        }
        self.above.push(status);
        match Dir::new(opened) {
            Ok(mut directory) => {
                while let Some(entry) = directory.read() {
                    match (entry, directory.fd()) {
                        (Ok(entry), Ok(opened)) => self.entry(opened, &entry, path),
                        (Err(refused), _) | (_, Err(refused)) => {
                            (self.odd)(unreadable(refused));
                            break;
                        }
                    }
                }
            }
            Err(refused) => (self.odd)(unreadable(refused)),
        }
        self.above.pop();
    }

    fn entry(&mut self, directory: BorrowedFd<'_>, entry: &DirEntry, above: &[u8]) {
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b".." | b"build" | b"source") || !(self.enters)(name) {
            return;
        }
        let status = || rustix::fs::statat(directory, entry.file_name(), AtFlags::empty());
        let (kind, known) = match entry.file_type() {
            FileType::Symlink | FileType::Unknown => match status() {
                Ok(status) => (FileType::from_raw_mode(status.st_mode), Some(status)),
                Err(refused) => {
                    let depth = self.above.len() - 1;
                    return (self.odd)(Oddity::CannotStat {
                        depth,
                        name: name.into(),
                        errno: errno(refused),
                    });
                }
            },
            kind => (kind, None),
        };
        let path = || joined(above, name);
        match kind {
            FileType::Directory => {
                match rustix::fs::openat(directory, entry.file_name(), DIRECTORY, Mode::empty()) {
                    Ok(opened) => self.directory(opened, &path()),
                    Err(refused) => {
                        (self.odd)(Oddity::DirectoryUnreadable {
                            path: path(),
                            errno: errno(refused),
                        });
                    }
                }
            }
            FileType::RegularFile if suffix::split(name).is_some() => {
                let status = known.or_else(|| if self.needs_status { status().ok() } else { None });
                (self.file)(&path, status.as_ref());
            }
            FileType::RegularFile => {}
            other => {
                (self.odd)(Oddity::UnsupportedType { path: path(), kind: other.as_raw_mode() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, SystemTime};

    fn scanned(tree: &Tree, excluded: &[&str]) -> (Vec<String>, Vec<Oddity>) {
        let excluded: Vec<_> = excluded.iter().map(|name| name.as_bytes().to_vec()).collect();
        let root = tree.bytes("modules/");
        let (mut paths, mut oddities) = (Vec::new(), Vec::new());
        let mut scan = Scan {
            excluded: &excluded,
            found: &mut |path| {
                paths.push(path[root.len()..].escape_ascii().to_string());
            },
            odd: &mut |oddity| oddities.push(oddity),
        };
        scan.run(&tree.bytes("modules")).unwrap();
        paths.sort_unstable();
        (paths, oddities)
    }

    fn tree() -> Tree {
        let tree = Tree::new();
        for name in [
            "k/a.ko",
            "k/deep/b.ko.xz",
            "k/no.o",
            "modules.order",
            "build/c.ko",
            "k/source/d.ko",
            "e.ko",
        ] {
            tree.write(&format!("modules/{name}"), "");
        }
        tree.write("elsewhere/f.ko.zst", "");
        symlink("../elsewhere", tree.path("modules/link")).unwrap();
        symlink("e.ko", tree.path("modules/g.ko.gz")).unwrap();
        tree
    }

    #[test]
    fn module_files_are_found_and_links_followed() {
        let tree = tree();
        let all = ["e.ko", "g.ko.gz", "k/a.ko", "k/deep/b.ko.xz", "link/f.ko.zst"];
        assert_eq!(scanned(&tree, &[]), (all.map(str::to_owned).into(), Vec::new()));
        let some = ["g.ko.gz", "k/a.ko"];
        assert_eq!(scanned(&tree, &["deep", "e.ko", "link"]).0, some);
        let missing = Scan { excluded: &[], found: &mut |_| {}, odd: &mut |_| {} }.run(b"/nowhere");
        assert_eq!(missing, Err(Errno::ENOENT));
    }

    #[test]
    fn odd_entries_are_told_and_passed_over() {
        let tree = tree();
        symlink("nowhere", tree.path("modules/k/gone.ko")).unwrap();
        symlink("..", tree.path("modules/k/up")).unwrap();
        let fifo = std::process::Command::new("mkfifo").arg(tree.path("modules/fifo")).status();
        assert!(fifo.unwrap().success());
        let (paths, mut oddities) = scanned(&tree, &["link", "g.ko.gz", "deep"]);
        assert_eq!(paths, ["e.ko", "k/a.ko"]);
        oddities.sort_by_key(|oddity| matches!(oddity, Oddity::UnsupportedType { .. }));
        let expected = [
            Oddity::CannotStat { depth: 1, name: b"gone.ko".to_vec(), errno: Errno::ENOENT },
            Oddity::UnsupportedType { path: tree.bytes("modules/fifo"), kind: 0o10000 },
        ];
        assert_eq!(oddities, expected);
    }

    #[test]
    fn tables_are_up_to_date_while_no_module_is_younger() {
        let tree = tree();
        let directory = tree.bytes("modules");
        assert_eq!(is_up_to_date(&directory), Err(Stale::Table(Errno::ENOENT)));
        assert_eq!(is_up_to_date(b"/nowhere"), Err(Stale::Directory(Errno::ENOENT)));
        tree.write("modules/modules.dep", "");
        assert_eq!(is_up_to_date(&directory), Ok(true));
        let touch = |name: &str, time| {
            std::fs::File::open(tree.path(name)).unwrap().set_modified(time).unwrap();
        };
        let now = SystemTime::now();
        touch("modules/modules.dep", now);
        touch("modules/k/no.o", now + Duration::from_secs(9));
        touch("modules/build/c.ko", now + Duration::from_secs(9));
        touch("modules/k/a.ko", now);
        assert_eq!(is_up_to_date(&directory), Ok(true));
        touch("modules/k/deep/b.ko.xz", now + Duration::from_secs(1));
        assert_eq!(is_up_to_date(&directory), Ok(false));
    }
}
