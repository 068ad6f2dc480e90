//! When files were last changed, so that what was read of them can be told to be out of date. It
//! reads no contents.

use crate::file::errno;
use kmodctl_decide::Errno;

/// The time of a file's last change, and the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    path: Vec<u8>,
    changed: (i64, i64),
}

impl Stamp {
    /// Notes when the file or directory at a path was changed.
    pub(crate) fn of(path: &[u8]) -> Result<Self, Errno> {
        Ok(Self { path: path.into(), changed: changed(path)? })
    }

    /// Whether the path was changed since, or is gone.
    pub(crate) fn is_stale(&self) -> bool {
        changed(&self.path) != Ok(self.changed)
    }
}

/// Seconds since the epoch, and nanoseconds.
fn changed(path: &[u8]) -> Result<(i64, i64), Errno> {
    let status = rustix::fs::stat(path).map_err(errno)?;
    Ok((status.st_mtime as i64, status.st_mtime_nsec as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_stamp_is_stale_when_its_file_is_changed_or_gone() {
        let tree = Tree::new();
        tree.write("file", "text");
        let stamp = Stamp::of(&tree.bytes("file")).unwrap();
        assert!(!stamp.is_stale());
        let file = std::fs::File::options().append(true).open(tree.path("file")).unwrap();
        let before = file.metadata().unwrap().modified().unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(9)).unwrap();
        assert!(stamp.is_stale());
        file.set_modified(before).unwrap();
        assert!(!stamp.is_stale());
        std::fs::remove_file(tree.path("file")).unwrap();
        assert!(stamp.is_stale());
        assert_eq!(Stamp::of(&tree.bytes("file")), Err(Errno::ENOENT));
    }
}
