//! Paths that are given as operands. It opens nothing.

use kmodctl::decide::Errno;
use kmodctl::system::place::absolute;
use rustix::fs::{FileType, Stat, stat};

/// The absolute path of a module file that is named by its path; it need not be a module.
pub(crate) fn of_module(operand: &[u8]) -> Result<Vec<u8>, Errno> {
    existing(operand)?;
    // A module is named after the last component of its path, and here that is empty.
    if operand.ends_with(b"/") {
        return Err(Errno::ENOENT);
    }
    absolute(operand.to_vec())
}

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
