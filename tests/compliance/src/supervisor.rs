//! Answers the module system calls of a process tree instead of the kernel.
//!
//! A seccomp filter stops `finit_module`, `init_module`, `delete_module` and `uname` in the
//! child and all its descendants and hands them to a listener (seccomp_unotify(2)). The
//! supervisor writes each call down and answers it as [`Answers`] says, so that no module
//! is ever loaded and any errno can be had. It does not look at other system calls.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;

/// One module system call, as the kernel would have seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `delete_module(name, flags)`.
    Delete {
        /// The name given, bytes as they stood.
        name: Vec<u8>,
        /// The flags word.
        flags: u64,
    },
    /// `finit_module(fd, options, flags)`.
    Finit {
        /// Where the descriptor points, from `/proc/PID/fd`.
        path: Vec<u8>,
        /// The options string.
        options: Vec<u8>,
        /// The flags word.
        flags: u64,
    },
    /// `init_module(image, length, options)`.
    Init {
        /// The whole image handed over.
        image: Vec<u8>,
        /// The options string.
        options: Vec<u8>,
    },
}

/// Says how each call is to be answered; it may change the world first.
pub trait Answers {
    /// The result of the call: 0, or an errno (positive).
    fn answer(&mut self, call: &Call) -> i32;
}

/// Serves the listener until every process under the filter has ended.
///
/// `release` is what `uname` reports as the kernel's version.
pub fn supervise(
    listener: &OwnedFd,
    release: &str,
    answers: &mut dyn Answers,
) -> io::Result<Vec<(Call, i32)>> {
    let mut calls = Vec::new();
    while wait(listener)? {
        let Some(request) = receive(listener)? else { continue };
        let mut errno = 0;
        if i64::from(request.nr) == libc::SYS_uname {
            write_uname(request.pid, request.args[0], release)?;
        } else if let Some(call) = read_call(&request)? {
            errno = answers.answer(&call);
            calls.push((call, errno));
        }
        respond(listener, request.id, errno)?;
    }
    Ok(calls)
}

/// What `SECCOMP_IOCTL_NOTIF_RECV` fills in (`struct seccomp_notif`, linux/seccomp.h).
#[repr(C)]
#[derive(Default)]
pub(crate) struct Notification {
    id: u64,
    /// The thread that is stopped.
    pub(crate) pid: u32,
    flags: u32,
    /// The system call's number.
    pub(crate) nr: i32,
    arch: u32,
    instruction: u64,
    /// Its arguments.
    pub(crate) args: [u64; 6],
}

/// What `SECCOMP_IOCTL_NOTIF_SEND` takes (`struct seccomp_notif_resp`).
#[repr(C)]
struct Response {
    id: u64,
    value: i64,
    error: i32,
    flags: u32,
}

/// `_IOWR('!', 0, struct seccomp_notif)`.
const NOTIF_RECV: u64 = 0xc050_2100;
/// `_IOWR('!', 1, struct seccomp_notif_resp)`.
const NOTIF_SEND: u64 = 0xc018_2101;

/// Waits for a notification; false when no process is left under the filter.
pub(crate) fn wait(listener: &OwnedFd) -> io::Result<bool> {
    let mut poll = libc::pollfd { fd: listener.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd, which lives on this stack for the length of the call.
    let result = unsafe { libc::poll(&mut poll, 1, -1) };
    if result < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(true) } else { Err(error) };
    }
    Ok(poll.revents & libc::POLLIN != 0)
}

/// Takes one notification; `None` when its process was killed in between.
pub(crate) fn receive(listener: &OwnedFd) -> io::Result<Option<Notification>> {
    let mut request = Notification::default();
    // SAFETY: the kernel writes one `struct seccomp_notif` (80 bytes, zeroed as it demands).
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_RECV as _, &mut request) };
    if result == 0 {
        return Ok(Some(request));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::EINTR) => Ok(None),
        _ => Err(error),
    }
}

/// Lets the stopped call return 0 or `-errno`.
fn respond(listener: &OwnedFd, id: u64, errno: i32) -> io::Result<()> {
    send(listener, Response { id, value: 0, error: -errno, flags: 0 })
}

fn send(listener: &OwnedFd, mut response: Response) -> io::Result<()> {
    // SAFETY: the kernel reads one `struct seccomp_notif_resp` (24 bytes).
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_SEND as _, &mut response) };
    match (result, io::Error::last_os_error()) {
        (0, _) => Ok(()),
        (_, error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        (_, error) => Err(error),
    }
}

/// Lets the stopped call be carried out by the kernel.
pub(crate) fn let_pass(listener: &OwnedFd, request: &Notification) -> io::Result<()> {
    /// `SECCOMP_USER_NOTIF_FLAG_CONTINUE`.
    const CONTINUE: u32 = 1;
    send(listener, Response { id: request.id, value: 0, error: 0, flags: CONTINUE })
}

/// Lets the stopped call fail.
pub(crate) fn refuse(listener: &OwnedFd, request: &Notification, errno: i32) -> io::Result<()> {
    respond(listener, request.id, errno)
}

/// Reads the arguments out of the stopped process.
fn read_call(request: &Notification) -> io::Result<Option<Call>> {
    let memory = File::open(format!("/proc/{}/mem", request.pid))?;
    let [first, second, third, ..] = request.args;
    Ok(match i64::from(request.nr) {
        libc::SYS_delete_module => {
            Some(Call::Delete { name: read_string(&memory, first)?, flags: second })
        }
        libc::SYS_finit_module => Some(Call::Finit {
            path: read_link(request.pid, first as RawFd)?,
            options: read_string(&memory, second)?,
            flags: third,
        }),
        libc::SYS_init_module => {
            let mut image = vec![0; usize::try_from(second).unwrap_or(0).min(64 << 20)];
            memory.read_exact_at(&mut image, first)?;
            Some(Call::Init { image, options: read_string(&memory, third)? })
        }
        _ => None,
    })
}

/// The C string at `address`; a NULL pointer is shown as `(null)`.
pub(crate) fn read_string(memory: &File, address: u64) -> io::Result<Vec<u8>> {
    if address == 0 {
        return Ok(b"(null)".to_vec());
    }
    let mut text = Vec::new();
    let mut byte = [0];
    while text.len() < 1 << 20 {
        memory.read_exact_at(&mut byte, address + text.len() as u64)?;
        if byte[0] == 0 {
            break;
        }
        text.push(byte[0]);
    }
    Ok(text)
}

fn read_link(pid: u32, fd: RawFd) -> io::Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    let path = std::fs::read_link(format!("/proc/{pid}/fd/{fd}"))?;
    Ok(path.into_os_string().into_vec())
}

/// Fills in a `struct utsname` (six fields of 65 bytes) in the stopped process.
fn write_uname(pid: u32, address: u64, release: &str) -> io::Result<()> {
    let fields = ["Linux", "host", release, "#1 SMP", std::env::consts::ARCH, "(none)"];
    let mut name = [0_u8; 6 * 65];
    for (slot, field) in name.chunks_exact_mut(65).zip(fields) {
        slot[..field.len()].copy_from_slice(field.as_bytes());
    }
    let memory = File::options().write(true).open(format!("/proc/{pid}/mem"))?;
    memory.write_all_at(&name, address)
}

/// Puts the calling process and its children under the filter; returns the listener.
///
/// Runs between fork and exec: it allocates nothing.
pub fn install_filter() -> io::Result<RawFd> {
    install(&filter())
}

/// The same with a filter of the caller's.
pub(crate) fn install(filter: &[libc::sock_filter]) -> io::Result<RawFd> {
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
    // SAFETY: plain prctl without pointers; seccomp reads `program`, which outlives the call.
    let listener = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &program,
        )
    };
    if listener < 0 { Err(io::Error::last_os_error()) } else { Ok(listener as RawFd) }
}

/// Loads the system call's number and stops the four of interest.
fn filter() -> [libc::sock_filter; 7] {
    let stop =
        [libc::SYS_finit_module, libc::SYS_init_module, libc::SYS_delete_module, libc::SYS_uname];
    let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let equal = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let give = (libc::BPF_RET | libc::BPF_K) as u16;
    let instruction = |code, jt, k| libc::sock_filter { code, jt, jf: 0, k };
    [
        instruction(load, 0, 0),
        instruction(equal, 4, stop[0] as u32),
        instruction(equal, 3, stop[1] as u32),
        instruction(equal, 2, stop[2] as u32),
        instruction(equal, 1, stop[3] as u32),
        instruction(give, 0, libc::SECCOMP_RET_ALLOW),
        instruction(give, 0, libc::SECCOMP_RET_USER_NOTIF),
    ]
}

/// Sends one descriptor and one byte through a socket. Runs between fork and exec.
pub fn send_descriptor(socket: RawFd, descriptor: RawFd) -> io::Result<()> {
    let mut byte = 0_u8;
    let mut vector = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let mut control = [0_u64; 4];
    // SAFETY: `message` points at `vector` and `control`, which live until sendmsg returns;
    // `control` is aligned and larger than CMSG_SPACE of one descriptor (24 bytes).
    let sent = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut vector;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(4) as _;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(4) as _;
        libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(descriptor);
        libc::sendmsg(socket, &message, 0)
    };
    if sent == 1 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Receives what [`send_descriptor`] sent.
pub fn receive_descriptor(socket: RawFd) -> io::Result<OwnedFd> {
    let mut byte = 0_u8;
    let mut vector = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let mut control = [0_u64; 4];
    // SAFETY: as in `send_descriptor`; the descriptor taken out of an SCM_RIGHTS message is
    // ours alone to own.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut vector;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of_val(&control) as _;
        let received = libc::recvmsg(socket, &mut message, libc::MSG_CMSG_CLOEXEC);
        let header = libc::CMSG_FIRSTHDR(&message);
        if received != 1 || header.is_null() || (*header).cmsg_type != libc::SCM_RIGHTS {
            return Err(io::Error::other("the child did not hand over its seccomp listener"));
        }
        Ok(OwnedFd::from_raw_fd(libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_structures_have_the_kernels_sizes() {
        assert_eq!(size_of::<Notification>(), 80);
        assert_eq!(size_of::<Response>(), 24);
    }

    #[test]
    fn every_stopped_call_jumps_to_the_last_instruction() {
        let filter = filter();
        for (at, instruction) in filter.iter().enumerate().take(5).skip(1) {
            assert_eq!(at + 1 + usize::from(instruction.jt), filter.len() - 1);
        }
    }
}
