//! File systems of a scenario's own: a read-only directory, or a directory with little room.
//! They are mounted between fork and exec, where nothing may allocate, in a mount namespace
//! that ends with the command; what was written to one is brought back before it goes.

use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::scenario::Mount;
use crate::supervisor;

/// A mount, with all that is needed to make it without allocating.
pub struct Prepared {
    target: CString,
    /// Of a small file system: its `size=` option and the files to be copied into it.
    small: Option<(CString, Vec<CString>)>,
}

/// The caller's own user and group as they are to be known in a user namespace of the child: a
/// file system that is mounted there takes no files of users it does not know.
pub struct OwnIds {
    user: Vec<u8>,
    group: Vec<u8>,
}

impl OwnIds {
    /// Of this process.
    pub fn new() -> Self {
        // SAFETY: neither has preconditions.
        let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
        let line = |id: u32| format!("{id} {id} 1\n").into_bytes();
        Self { user: line(user), group: line(group) }
    }

    /// Makes them known to the child's new namespace. Allocates nothing.
    pub fn make_known(&self) -> io::Result<()> {
        write(c"/proc/self/setgroups", b"deny")?;
        write(c"/proc/self/uid_map", &self.user)?;
        write(c"/proc/self/gid_map", &self.group)
    }
}

impl Default for OwnIds {
    fn default() -> Self {
        Self::new()
    }
}

fn write(path: &std::ffi::CStr, text: &[u8]) -> io::Result<()> {
    // SAFETY: the path is NUL-terminated, the text as long as is said, the descriptor this
    // function's own.
    unsafe {
        let file = descriptor(libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC))?;
        let written = libc::write(file, text.as_ptr().cast(), text.len());
        let error = io::Error::last_os_error();
        libc::close(file);
        if written < 0 { Err(error) } else { Ok(()) }
    }
}

/// Prepares the mounts of a machine at `root`.
pub fn prepare(root: &Path, mounts: &[Mount]) -> io::Result<Vec<Prepared>> {
    let text = |bytes: &[u8]| CString::new(bytes).map_err(io::Error::other);
    let one = |mount: &Mount| {
        let directory = place(root, mount);
        fs::create_dir_all(&directory)?;
        let mut small = None;
        if let Some(size) = mount.size {
            let mut names = Vec::new();
            for entry in fs::read_dir(&directory)? {
                names.push(text(entry?.file_name().as_bytes())?);
            }
            small = Some((text(format!("size={size}").as_bytes())?, names));
        }
        Ok(Prepared { target: text(directory.as_os_str().as_bytes())?, small })
    };
    mounts.iter().map(one).collect()
}

fn place(root: &Path, mount: &Mount) -> PathBuf {
    root.join(mount.path.trim_start_matches('/'))
}

impl Prepared {
    /// Mounts it; a small one's directory is sent through `socket`. Allocates nothing.
    pub fn mount(&self, socket: RawFd) -> io::Result<()> {
        match &self.small {
            None => self.mount_read_only(),
            Some((size, names)) => self.mount_small(size, names, socket),
        }
    }

    fn mount_read_only(&self) -> io::Result<()> {
        let (target, nothing) = (self.target.as_ptr(), std::ptr::null::<libc::c_char>());
        let again = libc::MS_BIND | libc::MS_REMOUNT | libc::MS_RDONLY;
        // SAFETY: the path is NUL-terminated and outlives both calls.
        unsafe {
            check(libc::mount(target, target, nothing, libc::MS_BIND, nothing.cast()))?;
            check(libc::mount(nothing, target, nothing, again, nothing.cast()))
        }
    }

    fn mount_small(&self, size: &CString, names: &[CString], socket: RawFd) -> io::Result<()> {
        let target = self.target.as_ptr();
        let kind = c"tmpfs".as_ptr();
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: all strings are NUL-terminated and outlive the calls; the descriptors are
        // this function's own and the child ends with exec.
        unsafe {
            let before = descriptor(libc::open(target, flags))?;
            check(libc::mount(kind, target, kind, 0, size.as_ptr().cast()))?;
            let after = descriptor(libc::open(target, flags))?;
            for name in names {
                let from = descriptor(libc::openat(before, name.as_ptr(), libc::O_RDONLY))?;
                let create = libc::O_WRONLY | libc::O_CREAT;
                let to = descriptor(libc::openat(after, name.as_ptr(), create, 0o644))?;
                while libc::sendfile(to, from, std::ptr::null_mut(), 1 << 20) > 0 {}
                libc::close(from);
                libc::close(to);
            }
            supervisor::send_descriptor(socket, after)
        }
    }
}

/// The directories of the small file systems, in order, as the child sends them.
pub fn receive(socket: RawFd, mounts: &[Mount]) -> io::Result<Vec<OwnedFd>> {
    let small = mounts.iter().filter(|mount| mount.size.is_some());
    small.map(|_| supervisor::receive_descriptor(socket)).collect()
}

/// Copies what small file systems hold to where they were mounted, so that it can be seen.
pub fn bring_back(root: &Path, mounts: &[Mount], directories: &[OwnedFd]) -> io::Result<()> {
    let small = mounts.iter().filter(|mount| mount.size.is_some());
    for (mount, directory) in small.zip(directories) {
        let target = place(root, mount);
        for entry in fs::read_dir(&target)? {
            fs::remove_file(entry?.path())?;
        }
        for entry in fs::read_dir(format!("/proc/self/fd/{}", directory.as_raw_fd()))? {
            let entry = entry?;
            fs::write(target.join(entry.file_name()), fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn descriptor(result: libc::c_int) -> io::Result<RawFd> {
    if result >= 0 { Ok(result) } else { Err(io::Error::last_os_error()) }
}
