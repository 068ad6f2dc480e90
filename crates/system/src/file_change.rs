//! Makes changes of files: each is written to a temporary file, synced and renamed, so that whoever
//! reads it finds the old file or the new one. What is to be changed is decided elsewhere.

use kmodctl_decide::{Errno, FileChange, Problem};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::depmod::create_directory;
use crate::file::{errno, read_to_end};

/// No file that is changed as a whole is larger.
const LIMIT: usize = 16 << 20;

/// What a file holds; `None` where there is none.
pub fn current(path: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    match read_to_end(path, LIMIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(Problem::FileUnreadable { file: path.to_vec(), errno }),
    }
}

/// Makes a change. A file that is no longer what the plan saw is left alone.
pub fn make(change: &FileChange) -> Result<(), Problem> {
    let path = change.path.as_slice();
    if current(path)? != change.before {
        return Err(Problem::FileForeign { file: path.to_vec() });
    }
    let made = match &change.after {
        Some(bytes) => replace(path, bytes),
        None => remove(path),
    };
    made.map_err(|errno| Problem::FileUnwritable { file: path.to_vec(), errno })
}

fn replace(path: &[u8], bytes: &[u8]) -> Result<(), Errno> {
    let directory = directory_of(path);
    create_directory(directory)?;
    let temporary = [path, format!(".new-{}", std::process::id()).as_bytes()].concat();
    let written = write(&temporary, bytes)
        .and_then(|()| rustix::fs::rename(temporary.as_slice(), path).map_err(errno));
    if written.is_err() {
        let _ = rustix::fs::unlinkat(CWD, temporary.as_slice(), AtFlags::empty());
    }
    written?;
    sync(directory)
}

fn write(path: &[u8], bytes: &[u8]) -> Result<(), Errno> {
    let flags =
        OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o644);
    let file = rustix::fs::open(path, flags, mode).map_err(errno)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(&file, rest) {
            Ok(written) => rest = &rest[written.min(rest.len())..],
            Err(rustix::io::Errno::INTR) => {}
            Err(refused) => return Err(errno(refused)),
        }
    }
    rustix::fs::fchmod(&file, mode).map_err(errno)?;
    rustix::fs::fsync(&file).map_err(errno)
}

fn remove(path: &[u8]) -> Result<(), Errno> {
    rustix::fs::unlinkat(CWD, path, AtFlags::empty()).map_err(errno)?;
    sync(directory_of(path))
}

fn sync(directory: &[u8]) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(directory, flags, Mode::empty()).map_err(errno)?;
    rustix::fs::fsync(&directory).map_err(errno)
}

fn directory_of(path: &[u8]) -> &[u8] {
    &path[..path.iter().rposition(|&byte| byte == b'/').unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn files_are_made_changed_and_removed_whole() {
        let tree = Tree::new();
        let path = tree.bytes("etc/modprobe.d/a.conf");
        let change = |before: Option<&str>, after: Option<&str>| FileChange {
            path: path.clone(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        };
        assert_eq!(make(&change(None, Some("one"))), Ok(()));
        assert_eq!(make(&change(Some("one"), Some("two"))), Ok(()));
        assert_eq!(current(&path), Ok(Some(b"two".to_vec())));
        let status = std::fs::metadata(tree.path("etc/modprobe.d/a.conf")).unwrap();
        assert_eq!(status.mode() & 0o777, 0o644);
        assert_eq!(std::fs::read_dir(tree.path("etc/modprobe.d")).unwrap().count(), 1);
        let foreign = Err(Problem::FileForeign { file: path.clone() });
        assert_eq!(make(&change(Some("one"), Some("three"))), foreign);
        assert_eq!(make(&change(Some("two"), None)), Ok(()));
        assert_eq!(current(&path), Ok(None));
    }

    #[test]
    fn what_cannot_be_written_is_left_as_it_was() {
        let tree = Tree::new();
        tree.write("etc", "a file where a directory should be");
        let path = tree.bytes("etc/a.conf");
        let change = FileChange { path: path.clone(), before: None, after: Some(b"x".to_vec()) };
        assert!(matches!(make(&change), Err(Problem::FileUnreadable { .. })));
        std::fs::create_dir_all(tree.path("d/a.conf")).unwrap();
        let path = tree.bytes("d/a.conf");
        let change = FileChange { path, before: None, after: Some(b"x".to_vec()) };
        assert!(make(&change).is_err());
        assert_eq!(std::fs::read_dir(tree.path("d")).unwrap().count(), 1);
    }
}
