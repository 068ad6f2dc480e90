//! Stops a command at each of the calls with which it changes files, and kills it there, or
//! lets the call fail: chosen by number, so that every place can be tried in turn.
//!
//! A seccomp filter hands the calls to a supervisor. Counted are those that change something
//! below a directory: an open for writing, and the writes, syncs and closes of what was so
//! opened; renames, links, removals, and syncs of a directory.

use std::fs;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::supervisor::{self, Notification};

/// What is done before a chosen call.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// The process is killed.
    Kill,
    /// The call returns this errno.
    Fail(i32),
}

/// How a command ended.
#[derive(Debug)]
pub struct Interrupted {
    /// The counted calls, `write modules.dep.new`, in order; the last may be the one chosen.
    pub calls: Vec<String>,
    /// The exit code, if it came to that.
    pub code: Option<i32>,
    /// Standard error.
    pub stderr: String,
}

/// Runs the command; before the counted call `number` (from 0), `act` happens.
pub fn run(
    command: &mut Command,
    below: &Path,
    chosen: Option<(usize, Act)>,
) -> io::Result<Interrupted> {
    let (near, far) = UnixStream::pair()?;
    let path = below.with_extension("stderr");
    let mut options = File::options();
    let mut error = options.read(true).write(true).create(true).truncate(true).open(&path)?;
    fs::remove_file(path)?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(error.try_clone()?);
    let socket = far.as_raw_fd();
    // SAFETY: the closure only makes system calls; it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || {
            let listener = supervisor::install(&filter())?;
            supervisor::send_descriptor(socket, listener)?;
            libc::close(listener);
            Ok(())
        });
    }
    // The child's own calls before exec are stopped too: they must be answered while `spawn`
    // waits.
    let (calls, status) = std::thread::scope(|scope| {
        let calls = scope.spawn(move || {
            let listener = supervisor::receive_descriptor(near.as_raw_fd())?;
            supervise(&listener, below, chosen)
        });
        let status = command.spawn().and_then(|mut child| child.wait());
        (calls.join(), status)
    });
    let calls = calls.map_err(|_| io::Error::other("the supervisor panicked"))??;
    let mut stderr = String::new();
    error.rewind()?;
    error.read_to_string(&mut stderr)?;
    Ok(Interrupted { calls, code: status?.code(), stderr })
}

fn supervise(
    listener: &OwnedFd,
    below: &Path,
    chosen: Option<(usize, Act)>,
) -> io::Result<Vec<String>> {
    let mut calls = Vec::new();
    while supervisor::wait(listener)? {
        let Some(request) = supervisor::receive(listener)? else { continue };
        let Some(call) = described(&request, below) else {
            supervisor::let_pass(listener, &request)?;
            continue;
        };
        calls.push(call);
        match chosen.filter(|(number, _)| *number + 1 == calls.len()) {
            None => supervisor::let_pass(listener, &request)?,
            Some((_, Act::Fail(errno))) => supervisor::refuse(listener, &request, errno)?,
            // SAFETY: signals the stopped thread's process, which this call's caller started.
            Some((_, Act::Kill)) => unsafe {
                libc::kill(request.pid as i32, libc::SIGKILL);
            },
        }
    }
    Ok(calls)
}

/// The call in words when it counts.
fn described(request: &Notification, below: &Path) -> Option<String> {
    let number = i64::from(request.nr);
    let name = CALLS.iter().find(|(call, _)| *call == number)?.1;
    let [first, second, third, fourth, ..] = request.args;
    let path = match number {
        libc::SYS_openat => {
            let writes = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;
            if third as i32 & writes == 0 {
                return None;
            }
            string(request, second)?
        }
        libc::SYS_rename | libc::SYS_link => string(request, second)?,
        libc::SYS_renameat | libc::SYS_renameat2 | libc::SYS_linkat => string(request, fourth)?,
        libc::SYS_unlink | libc::SYS_mkdir => string(request, first)?,
        libc::SYS_unlinkat | libc::SYS_mkdirat => string(request, second)?,
        _ => opened(request, first, below)?,
    };
    let file = path.rsplit('/').next().unwrap_or(&path);
    Some(format!("{name} {file}"))
}

/// Where a descriptor leads, when that is below the directory and can be written to, or is a
/// directory.
fn opened(request: &Notification, descriptor: u64, below: &Path) -> Option<String> {
    let process = format!("/proc/{}", request.pid);
    let path = fs::read_link(format!("{process}/fd/{descriptor}")).ok()?;
    let info = fs::read_to_string(format!("{process}/fdinfo/{descriptor}")).ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?.trim();
    let writes = i32::from_str_radix(flags, 8).ok()? & libc::O_ACCMODE != libc::O_RDONLY;
    let synced = i64::from(request.nr) == libc::SYS_fsync;
    let counts = path.starts_with(below) && (writes || synced);
    counts.then(|| path.to_string_lossy().into_owned())
}

fn string(request: &Notification, address: u64) -> Option<String> {
    let memory = File::open(format!("/proc/{}/mem", request.pid)).ok()?;
    let text = supervisor::read_string(&memory, address).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The calls handed over.
const CALLS: [(i64, &str); 21] = [
    (libc::SYS_close, "close"),
    (libc::SYS_copy_file_range, "copy"),
    (libc::SYS_fallocate, "allocate"),
    (libc::SYS_fchmod, "chmod"),
    (libc::SYS_fdatasync, "sync"),
    (libc::SYS_fsync, "sync"),
    (libc::SYS_ftruncate, "truncate"),
    (libc::SYS_link, "link"),
    (libc::SYS_linkat, "link"),
    (libc::SYS_mkdir, "mkdir"),
    (libc::SYS_mkdirat, "mkdir"),
    (libc::SYS_openat, "open"),
    (libc::SYS_pwrite64, "write"),
    (libc::SYS_rename, "rename"),
    (libc::SYS_renameat, "rename"),
    (libc::SYS_renameat2, "rename"),
    (libc::SYS_sendfile, "copy"),
    (libc::SYS_unlink, "unlink"),
    (libc::SYS_unlinkat, "unlink"),
    (libc::SYS_write, "write"),
    (libc::SYS_writev, "write"),
];

/// Loads the system call's number and stops those of [`CALLS`].
fn filter() -> [libc::sock_filter; CALLS.len() + 3] {
    let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let equal = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let give = (libc::BPF_RET | libc::BPF_K) as u16;
    let allow = libc::sock_filter { code: give, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let mut filter = [allow; CALLS.len() + 3];
    filter[0] = libc::sock_filter { code: load, jt: 0, jf: 0, k: 0 };
    for (at, (call, _)) in CALLS.iter().enumerate() {
        let jt = (CALLS.len() - at) as u8;
        filter[at + 1] = libc::sock_filter { code: equal, jt, jf: 0, k: *call as u32 };
    }
    filter[CALLS.len() + 2].k = libc::SECCOMP_RET_USER_NOTIF;
    filter
}
