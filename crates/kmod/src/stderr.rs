//! Whether anybody can read the standard error. It writes nothing.

use rustix::fs::{OFlags, fcntl_getfl, fstat, major, minor};

/// Whether messages on the standard error reach somebody.
///
/// The kernel starts modprobe with no open files. Before `main`, Rust's runtime opens `/dev/null`
/// on whichever of the descriptors 0, 1 and 2 is closed, for reading and writing; a shell's
/// `2>/dev/null` opens it for writing alone. So the one is told from the other.
pub(crate) fn is_usable() -> bool {
    const NULL: (u32, u32) = (1, 3);
    let stderr = rustix::stdio::stderr();
    let Ok(status) = fstat(stderr) else { return false };
    let is_null = (major(status.st_rdev), minor(status.st_rdev)) == NULL
        && rustix::fs::FileType::from_raw_mode(status.st_mode).is_char_device();
    let access = fcntl_getfl(stderr).unwrap_or(OFlags::empty()) & OFlags::RWMODE;
    !(is_null && access == OFlags::RDWR)
}
