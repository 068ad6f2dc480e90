//! The error numbers that decisions depend on. Their texts belong to the doors.

/// An error number of Linux, positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

/// Numbers of `include/uapi/asm-generic/errno-base.h` and `errno.h`.
impl Errno {
    /// Operation not permitted.
    pub const EPERM: Self = Self(1);
    /// No such file or directory; from an insertion: an unknown symbol.
    pub const ENOENT: Self = Self(2);
    /// No such process; from an insertion: a symbol of another version.
    pub const ESRCH: Self = Self(3);
    /// Exec format error: the kernel does not take this as a module.
    pub const ENOEXEC: Self = Self(8);
    /// Resource temporarily unavailable; from a removal: the module is in use.
    pub const EAGAIN: Self = Self(11);
    /// Device or resource busy.
    pub const EBUSY: Self = Self(16);
    /// File exists: the module is already in the kernel.
    pub const EEXIST: Self = Self(17);
    /// No such device: the hardware that the module drives is absent.
    pub const ENODEV: Self = Self(19);
    /// Invalid argument.
    pub const EINVAL: Self = Self(22);
    /// Function not implemented.
    pub const ENOSYS: Self = Self(38);
    /// No data available.
    pub const ENODATA: Self = Self(61);
}
