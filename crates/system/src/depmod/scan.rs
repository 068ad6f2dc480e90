//! Finding module files in a directory and all below it. Which of two copies counts is not known
//! here.

use kmodctl_decide::Errno;
use rustix::fs::{AtFlags, Stat};

use super::jobs::Jobs;
use super::walk::{self, Met, Walk};
use crate::file::errno;

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

/// What a search met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The path of a module file.
    Module(Vec<u8>),
    /// Something odd.
    Odd(Oddity),
}

/// Searches a directory for module files, on several threads, links followed: what is found stands
/// in the directory's own order. Passed over are the names `excluded`, `build` and `source`. The
/// error is that of opening the directory.
///
/// A directory that contains itself (by a link) is not entered again.
pub fn scan(directory: &[u8], excluded: &[Vec<u8>], jobs: Jobs) -> Result<Vec<Found>, Errno> {
    let met = Walk { excluded, with_status: false, jobs }.run(directory)?;
    let found = |met| match met {
        Met::Module { path, .. } => Found::Module(path),
        Met::Odd(oddity) => Found::Odd(oddity),
    };
    Ok(met.into_iter().map(found).collect())
}

/// Whether `modules.dep` of a directory is younger than every module file there. The error is that
/// of opening the directory or of looking at `modules.dep`.
pub fn is_up_to_date(directory: &[u8], jobs: Jobs) -> Result<bool, Stale> {
    let opened = walk::open(directory).map_err(|refused| Stale::Directory(errno(refused)))?;
    let table = rustix::fs::statat(&opened, "modules.dep", AtFlags::empty());
    let written = modified(&table.map_err(|refused| Stale::Table(errno(refused)))?);
    let met = Walk { excluded: &[], with_status: true, jobs }.run(directory);
    let is_younger = |met: &Met| match met {
        Met::Module { status, .. } => status.is_some_and(|status| modified(&status) > written),
        Met::Odd(_) => false,
    };
    Ok(!met.map_err(Stale::Directory)?.iter().any(is_younger))
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
        for found in scan(&tree.bytes("modules"), &excluded, Jobs::default()).unwrap() {
            match found {
                Found::Module(path) => paths.push(path[root.len()..].escape_ascii().to_string()),
                Found::Odd(oddity) => oddities.push(oddity),
            }
        }
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
        assert_eq!(scan(b"/nowhere", &[], Jobs::default()), Err(Errno::ENOENT));
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
    fn the_order_is_that_of_one_thread() {
        let tree = Tree::new();
        for number in 0..300 {
            let (above, below) = (number % 7, number % 11);
            tree.write(&format!("modules/{above}/{below}/{number}.ko"), "");
            tree.write(&format!("modules/{above}/{number}.ko.xz"), "");
            let _ = symlink("nowhere", tree.path(&format!("modules/{above}/{below}/gone")));
        }
        let with = |threads| {
            let jobs = Jobs(std::num::NonZeroUsize::new(threads));
            scan(&tree.bytes("modules"), &[], jobs).unwrap()
        };
        let alone = with(1);
        assert_eq!(alone.len(), 300 + 300 + 77);
        for threads in [2, 3, 16] {
            assert_eq!(with(threads), alone, "{threads}");
        }
    }

    fn up_to_date(directory: &[u8]) -> Result<bool, Stale> {
        is_up_to_date(directory, Jobs::default())
    }

    #[test]
    fn tables_are_up_to_date_while_no_module_is_younger() {
        let tree = tree();
        let directory = tree.bytes("modules");
        assert_eq!(up_to_date(&directory), Err(Stale::Table(Errno::ENOENT)));
        assert_eq!(up_to_date(b"/nowhere"), Err(Stale::Directory(Errno::ENOENT)));
        tree.write("modules/modules.dep", "");
        assert_eq!(up_to_date(&directory), Ok(true));
        let touch = |name: &str, time| {
            std::fs::File::open(tree.path(name)).unwrap().set_modified(time).unwrap();
        };
        let now = SystemTime::now();
        touch("modules/modules.dep", now);
        touch("modules/k/no.o", now + Duration::from_secs(9));
        touch("modules/build/c.ko", now + Duration::from_secs(9));
        touch("modules/k/a.ko", now);
        assert_eq!(up_to_date(&directory), Ok(true));
        touch("modules/k/deep/b.ko.xz", now + Duration::from_secs(1));
        assert_eq!(up_to_date(&directory), Ok(false));
    }
}
