//! Paths that are given as operands. It opens nothing.

use kmodctl::decide::Errno;
use rustix::fs::{FileType, Stat, stat};

/// Says why there is no file at a path, if there is none. A dangling link is none.
pub(crate) fn existing(path: &[u8]) -> Result<(), Errno> {
    status(path).map(|_| ())
}

/// Whether a regular file is at a path.
pub(crate) fn is_regular(path: &[u8]) -> bool {
    status(path).is_ok_and(|status| FileType::from_raw_mode(status.st_mode).is_file())
}

fn status(path: &[u8]) -> Result<Stat, Errno> {
    stat(path).map_err(|errno| Errno(errno.raw_os_error()))
}
