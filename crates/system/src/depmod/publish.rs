//! Writing a set of files so that whoever reads them, and whatever happens, finds each of them
//! whole: the old one or the new one.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::time::{SystemTime, UNIX_EPOCH};

use kmodctl_decide::Errno;
use rustix::fs::{AtFlags, Mode, OFlags};

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
/// Until then a failure leaves the old set as it was, and no temporary file behind. At the end the
/// directory is synced.
pub fn publish(directory: &[u8], files: &[(&'static str, Vec<u8>)]) -> Result<(), Fault> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(directory, flags, Mode::empty());
    let directory = opened.map_err(|refused| fault("", Step::Open, refused))?;
    let mut set = Set { directory, suffix: suffix(), temporary: Vec::new() };
    for (name, bytes) in files {
        set.write(name, bytes)?;
    }
    set.sync()?;
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
    fn write(&mut self, name: &'static str, bytes: &[u8]) -> Result<(), Fault> {
        // A name that is taken by a directory would be met too late, when others are new already.
        let taken = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW);
        if taken.is_ok_and(|taken| rustix::fs::FileType::from_raw_mode(taken.st_mode).is_dir()) {
            return Err(fault(name, Step::Create, rustix::io::Errno::ISDIR));
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        let file = rustix::fs::openat(&self.directory, self.temporary_name(name), flags, mode);
        let file = file.map_err(|refused| fault(name, Step::Create, refused))?;
        self.temporary.push((name, file));
        let file = self.temporary.last().map(|(_, file)| file.try_clone());
        let written = file.transpose().and_then(|file| match file {
            Some(file) => std::fs::File::from(file).write_all(bytes),
            None => Ok(()),
        });
        written.map_err(|error| {
            let errno = Errno(error.raw_os_error().unwrap_or(5));
            Fault { name, step: Step::Write, errno }
        })
    }

    fn sync(&self) -> Result<(), Fault> {
        let sync = |(name, file): &(&'static str, OwnedFd)| {
            rustix::fs::fsync(file).map_err(|refused| fault(name, Step::Write, refused))
        };
        self.temporary.iter().try_for_each(sync)
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

/// What makes the names of temporary files unique: process and time, as in kmod 34.2.
fn suffix() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{}.{}", std::process::id(), time.subsec_micros(), time.as_secs())
}

fn fault(name: &'static str, step: Step, refused: rustix::io::Errno) -> Fault {
    Fault { name, step, errno: errno(refused) }
}
