//! Runs the programs of a case in turn, and measures each as a whole process from outside.

use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use kmodctl_compliance::whole::module_files;

use crate::cases::{Before, Case};
use crate::roots::{Root, Roots};

/// What one run took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) wall: f64,
    /// Seconds of processor time, its own and the kernel's for it.
    pub(crate) cpu: f64,
    /// The most memory it had, in MiB.
    pub(crate) memory: f64,
}

/// Runs a case round by round, one program after the other; one round more before is not counted.
pub(crate) fn rounds(roots: &Roots, case: &Case, rounds: usize) -> io::Result<Vec<Vec<Sample>>> {
    let mut samples = vec![Vec::new(); roots.programs.len()];
    if case.before == Before::Settled {
        // What was just changed is read again until it could not have been changed once more.
        std::thread::sleep(Duration::from_secs(4));
    }
    for round in 0..=rounds {
        for (number, root) in roots.programs.iter().enumerate() {
            if !case.programs.contains(&number) {
                continue;
            }
            prepare(root, case)?;
            let sample = one(root, case)?;
            if round > 0 {
                samples[number].push(sample);
            }
        }
    }
    Ok(samples)
}

fn prepare(root: &Root, case: &Case) -> io::Result<()> {
    let modules = root.modules(case.release);
    let caches = root.path.join("var/cache/kmodctl");
    match case.before {
        Before::Nothing | Before::Settled => {}
        Before::NoCache => {
            let _ = fs::remove_dir_all(caches);
        }
        Before::Cold => {
            let _ = fs::remove_dir_all(caches);
            advise_out(&modules)?;
        }
        Before::OneReplaced => {
            let file = case.changed.as_deref().map(|file| modules.join(file));
            let file = file.ok_or_else(|| io::Error::other("nothing to replace"))?;
            let new = file.with_extension("new");
            fs::copy(&file, &new)?;
            fs::rename(new, file)?;
        }
    }
    Ok(())
}

/// Takes a tree's files out of the kernel's cache.
fn advise_out(modules: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    module_files(modules, &mut files)?;
    for path in files {
        let file = fs::File::open(path)?;
        // SAFETY: the descriptor is open for the call.
        unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    }
    Ok(())
}

/// Runs the case's command in a root.
pub(crate) fn one(root: &Root, case: &Case) -> io::Result<Sample> {
    let directory = CString::new(root.path.as_os_str().as_bytes()).map_err(io::Error::other)?;
    let mut command = Command::new(format!("/sbin/{}", case.words[0]));
    command.args(&case.words[1..]).env_clear().env("PATH", "/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: two system calls; nothing allocates.
    unsafe {
        command.pre_exec(move || {
            if libc::chroot(directory.as_ptr()) != 0 || libc::chdir(c"/".as_ptr()) != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let start = Instant::now();
    let child = command.spawn()?;
    let (status, usage) = wait(child.id() as i32)?;
    let wall = start.elapsed().as_secs_f64();
    let code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
    if code != Some(case.code) {
        let (title, label) = (&case.title, root.label);
        return Err(io::Error::other(format!("{title}: {label} ended with {code:?}")));
    }
    let cpu = (duration(usage.ru_utime) + duration(usage.ru_stime)).as_secs_f64();
    Ok(Sample { wall, cpu, memory: usage.ru_maxrss as f64 / 1024.0 })
}

fn wait(child: i32) -> io::Result<(i32, libc::rusage)> {
    let mut status = 0;
    // SAFETY: a struct of integers; wait4 fills it.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers lead to this stack; the child is this process's own.
    match unsafe { libc::wait4(child, &mut status, 0, &mut usage) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok((status, usage)),
    }
}

fn duration(time: libc::timeval) -> Duration {
    Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000)
}
