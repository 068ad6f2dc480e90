//! Writing a set of files so that whoever reads them, and whatever happens, finds each of them
//! whole: the old one or the new one.

use std::io::IoSlice;
use std::os::fd::OwnedFd;
use std::time::{SystemTime, UNIX_EPOCH};

use kmodctl_decide::Errno;
use rustix::fs::{AtFlags, Mode, OFlags};

use super::jobs::{Jobs, for_each};
use super::leftovers;
use crate::file::errno;

/// Why a set of files was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file that failed; empty when it was the directory.
    pub name: &'static str,
    /// What failed.
    pub step: Step,
    /// Why.
    pub errno: Errno,
}

/// A step on the way to a new set of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A temporary file could not be made.
    Create,
    /// The directory could not be opened.
    Open,
    /// A temporary file could not take its name; what came before it in the set is new.
    Rename,
    /// The directory could not be synced; the set is new.
    SyncDirectory,
    /// A temporary file could not be written or synced.
    Write,
}

/// Makes a directory and those above it, with mode 0755 less the umask.
pub fn create_directory(path: &[u8]) -> Result<(), Errno> {
    let ends = (1..path.len()).filter(|&at| path[at] == b'/' && path[at - 1] != b'/');
    for end in ends.chain([path.len()]) {
        match rustix::fs::mkdir(&path[..end], Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            // Above the directory anything may be refused (a read-only root) if only it is there.
            Err(refused) if !is_directory(&path[..end]) => return Err(errno(refused)),
            Err(_) => {}
        }
    }
    if is_directory(path) { Ok(()) } else { Err(errno(rustix::io::Errno::NOTDIR)) }
}

fn is_directory(path: &[u8]) -> bool {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).is_ok()
}

/// Writes a set of files into a directory: all of them to temporary files there (mode 0644 less the
/// umask, as kmod 34.2 does), which are synced, and take their names when the last one is on disk.
///
/// Until then a failure leaves the old set as it was, and no temporary file behind; what a depmod
/// left that was killed is removed. At the end the directory is synced.
pub fn publish(
    directory: &[u8],
    files: &[(&'static str, Vec<u8>)],
    jobs: Jobs,
) -> Result<(), Fault> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(directory, flags, Mode::empty());
    let directory = opened.map_err(|refused| fault("", Step::Open, refused))?;
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    // What cannot be tidied up is no reason not to write.
    let _ = leftovers::remove(&directory, &names);
    let mut set = Set { directory, suffix: suffix(), temporary: Vec::new() };
    for (name, _) in files {
        set.create(name)?;
    }
    set.write(files, jobs)?;
    set.rename()?;
    rustix::fs::fsync(&set.directory).map_err(|refused| fault("", Step::SyncDirectory, refused))
}

struct Set {
    directory: OwnedFd,
    suffix: String,
    /// Files that have not taken their names yet.
    temporary: Vec<(&'static str, OwnedFd)>,
}

impl Set {
    fn create(&mut self, name: &'static str) -> Result<(), Fault> {
        // A name that is taken by a directory would be met too late, when others are new already.
        let taken = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW);
        if taken.is_ok_and(|taken| rustix::fs::FileType::from_raw_mode(taken.st_mode).is_dir()) {
            return Err(fault(name, Step::Create, rustix::io::Errno::ISDIR));
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        let file = rustix::fs::openat(&self.directory, self.temporary_name(name), flags, mode);
        let file = file.map_err(|refused| fault(name, Step::Create, refused))?;
        leftovers::hold(&file);
        self.temporary.push((name, file));
        Ok(())
    }

    /// Fills and syncs all files at the same time, so that the file system can do it at one go.
    fn write(&self, files: &[(&'static str, Vec<u8>)], jobs: Jobs) -> Result<(), Fault> {
        let write = |_: &mut (), number: usize| {
            let ((name, file), (_, bytes)) = (&self.temporary[number], &files[number]);
            fill(name, file, bytes)?;
            rustix::fs::fsync(file).map_err(|refused| fault(name, Step::Write, refused))
        };
        let written = for_each(jobs.waiting(), files.len(), || (), write);
        let failed = || fault("", Step::Write, rustix::io::Errno::IO);
        written.into_iter().try_for_each(|written| written.unwrap_or_else(|| Err(failed())))
    }

    fn rename(&mut self) -> Result<(), Fault> {
        while !self.temporary.is_empty() {
            let (name, _) = self.temporary[0];
            let temporary = self.temporary_name(name);
            rustix::fs::renameat(&self.directory, temporary, &self.directory, name)
                .map_err(|refused| fault(name, Step::Rename, refused))?;
            self.temporary.remove(0);
        }
        Ok(())
    }

    fn temporary_name(&self, name: &str) -> String {
        format!("{name}.{}", self.suffix)
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        for (name, _) in &self.temporary {
            let _ =
                rustix::fs::unlinkat(&self.directory, self.temporary_name(name), AtFlags::empty());
        }
    }
}

fn fill(name: &'static str, file: &OwnedFd, bytes: &[u8]) -> Result<(), Fault> {
    write_pieces(file, [bytes].into_iter()).map_err(|refused| fault(name, Step::Write, refused))
}

/// Writes pieces one behind the other, many at a time.
pub(super) fn write_pieces<'a>(
    file: &OwnedFd,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> rustix::io::Result<()> {
    // What the kernel takes at most (`UIO_MAXIOV`).
    const MOST: usize = 1024;
    let mut pieces: Vec<_> = pieces.filter(|piece| !piece.is_empty()).map(IoSlice::new).collect();
    let mut rest = &mut pieces[..];
    while !rest.is_empty() {
        match rustix::io::writev(file, &rest[..rest.len().min(MOST)]) {
            Ok(0) => return Err(rustix::io::Errno::IO),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(rustix::io::Errno::INTR) => {}
            Err(refused) => return Err(refused),
        }
    }
    Ok(())
}

/// What makes the names of temporary files unique: process and time, as in kmod 34.2.
pub(super) fn suffix() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{}.{}", std::process::id(), time.subsec_micros(), time.as_secs())
}

fn fault(name: &'static str, step: Step, refused: rustix::io::Errno) -> Fault {
    Fault { name, step, errno: errno(refused) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::MetadataExt;

    fn set(text: &str) -> Vec<(&'static str, Vec<u8>)> {
        ["modules.dep", "modules.alias"].map(|name| (name, text.as_bytes().to_vec())).into()
    }

    /// The files of the directory with what they hold, in byte order.
    fn found(tree: &Tree) -> Vec<(String, String)> {
        let entries = std::fs::read_dir(tree.path("modules")).unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        let mut found: Vec<_> = files
            .map(|entry| {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn both(text: &str) -> Vec<(String, String)> {
        ["modules.alias", "modules.dep"].map(|name| (name.into(), text.into())).into()
    }

    #[test]
    fn a_set_replaces_the_one_before() {
        let tree = Tree::new();
        for text in ["old", "new"] {
            publish(&tree.bytes("modules"), &set(text), Jobs::default()).unwrap();
            assert_eq!(found(&tree), both(text));
        }
        let mode = std::fs::metadata(tree.path("modules/modules.dep")).unwrap().mode();
        assert_eq!(mode & 0o7133, 0, "{mode:o}");
    }

    #[test]
    fn a_set_that_fails_leaves_the_one_before() {
        let tree = Tree::new();
        publish(&tree.bytes("modules"), &set("old"), Jobs::default()).unwrap();
        std::fs::create_dir(tree.path("modules/modules.devname")).unwrap();
        let failing = [set("new"), vec![("modules.devname", Vec::new())]].concat();
        let fault = publish(&tree.bytes("modules"), &failing, Jobs::default()).unwrap_err();
        let errno = errno(rustix::io::Errno::ISDIR);
        assert_eq!(fault, Fault { name: "modules.devname", step: Step::Create, errno });
        assert_eq!(found(&tree), both("old"));
        let nowhere = publish(b"/nowhere", &set("new"), Jobs::default()).unwrap_err();
        assert_eq!(nowhere, Fault { name: "", step: Step::Open, errno: Errno::ENOENT });
    }

    /// A disk that is full after the first file: `/dev/full` stands in for it.
    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let tree = Tree::new();
        publish(&tree.bytes("modules"), &set("old"), Jobs::default()).unwrap();
        let directory = rustix::fs::open(tree.path("modules"), OFlags::RDONLY, Mode::empty());
        let mut set =
            Set { directory: directory.unwrap(), suffix: "1.2.3".into(), temporary: Vec::new() };
        set.create("modules.dep").unwrap();
        set.write(&[("modules.dep", b"new".to_vec())], Jobs::default()).unwrap();
        let full = rustix::fs::open("/dev/full", OFlags::WRONLY, Mode::empty()).unwrap();
        let fault = fill("modules.alias", &full, b"new").unwrap_err();
        assert_eq!(fault, Fault { name: "modules.alias", step: Step::Write, errno: Errno(28) });
        assert_eq!(found(&tree).len(), 3);
        drop(set);
        assert_eq!(found(&tree), both("old"));
    }

    #[test]
    fn directories_are_made_with_those_above() {
        let tree = Tree::new();
        let deep = tree.bytes("out//a/b/");
        assert_eq!(create_directory(&deep), Ok(()));
        assert_eq!(create_directory(&deep), Ok(()));
        assert!(tree.path("out/a/b").is_dir());
        tree.write("file", "");
        assert_eq!(create_directory(&tree.bytes("file/a")), Err(errno(rustix::io::Errno::NOTDIR)));
        assert_eq!(create_directory(b"/proc/nope/a"), Err(Errno::ENOENT));
    }
}
