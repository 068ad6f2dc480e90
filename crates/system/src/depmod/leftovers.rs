//! Temporary files that a depmod left behind which was killed. Which files are new and which are
//! old is not known here.

use std::os::fd::{AsFd, OwnedFd};

use kmodctl_decide::Errno;
use rustix::fs::{AtFlags, Dir, FlockOperation, Mode, OFlags};
use rustix::process::Pid;

use crate::file::errno;

/// Says that a temporary file has somebody who writes it. The lock goes with its holder.
pub(super) fn hold(temporary: &OwnedFd) {
    // A file system without locks has only the process number to tell by.
    let _ = rustix::fs::flock(temporary, FlockOperation::NonBlockingLockExclusive);
}

/// Removes the temporary files of `names` that nobody writes any more.
///
/// One is left where it is while a process of its number lives here (kmod's depmod names its files
/// so and takes no locks), or while somebody holds it: that one may count its processes otherwise.
pub(super) fn remove(directory: &OwnedFd, names: &[&str]) -> Result<(), Errno> {
    for entry in Dir::read_from(directory).map_err(errno)? {
        let entry = entry.map_err(errno)?;
        let name = entry.file_name().to_bytes();
        let Some(process) = writer(name, names) else { continue };
        if !is_alive(process) && !is_held(directory, name) {
            let _ = rustix::fs::unlinkat(directory, name, AtFlags::empty());
        }
    }
    Ok(())
}

/// The process in the name of a temporary file: `modules.dep.PID.MICROSECONDS.SECONDS`.
fn writer(name: &[u8], names: &[&str]) -> Option<i32> {
    let name = std::str::from_utf8(name).ok()?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    names.iter().find_map(|file| {
        let rest = name.strip_prefix(file)?.strip_prefix('.')?;
        let parts: Vec<&str> = rest.split('.').collect();
        match parts.as_slice() {
            [process, micros, seconds] if is_number(micros) && is_number(seconds) => {
                process.parse().ok()
            }
            _ => None,
        }
    })
}

fn is_alive(process: i32) -> bool {
    let Some(pid) = Pid::from_raw(process) else { return false };
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

fn is_held(directory: &impl AsFd, name: &[u8]) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::openat(directory, name, flags, Mode::empty()) {
        Ok(file) => {
            let lock = FlockOperation::NonBlockingLockExclusive;
            rustix::fs::flock(&file, lock) == Err(rustix::io::Errno::WOULDBLOCK)
        }
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn names_tell_who_writes_a_file() {
        let names = ["modules.dep", "modules.dep.bin"];
        let table: &[(&str, Option<i32>)] = &[
            ("modules.dep.12.34.56", Some(12)),
            ("modules.dep.bin.12.34.56", Some(12)),
            ("modules.dep", None),
            ("modules.dep.bin", None),
            ("modules.dep.12.34", None),
            ("modules.dep.12.34.old", None),
            ("modules.dep.12.34.56.78", None),
            ("modules.order.12.34.56", None),
        ];
        for (name, process) in table {
            assert_eq!(writer(name.as_bytes(), &names), *process, "{name}");
        }
    }

    #[test]
    fn what_nobody_writes_any_more_goes() {
        // No process has this number: the kernel's highest is 2^22 (`include/linux/threads.h`).
        let dead = i32::MAX - 1;
        let own = std::process::id();
        let tree = Tree::new();
        let kept =
            ["modules.dep".into(), format!("modules.dep.{own}.1.2"), "modules.dep.mine".into()];
        let (held, stale) = (format!("modules.dep.{dead}.1.2"), format!("modules.dep.{dead}.3.4"));
        for name in kept.iter().chain([&held, &stale]) {
            tree.write(name, "text");
        }
        let holder = OwnedFd::from(std::fs::File::open(tree.path(&held)).unwrap());
        hold(&holder);
        let directory = OwnedFd::from(std::fs::File::open(tree.path("")).unwrap());
        assert_eq!(remove(&directory, &["modules.dep"]), Ok(()));
        assert!(kept.iter().chain([&held]).all(|name| tree.path(name).exists()));
        assert!(!tree.path(&stale).exists());
    }
}
