//! Runs one command in a prepared machine under the supervisor and takes down everything
//! it shows. It does not compare.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::RELEASE;
use crate::implementation::TOOLS;
use crate::mounts::{self, OwnIds, Prepared};
use crate::scenario::{Scenario, Stdout};
use crate::supervisor::{self, Answers, Call};

/// How long a command may take, in seconds.
const LIMIT: u64 = 20;

/// Everything one command showed.
#[derive(Debug)]
pub struct Shown {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Datagrams sent to /dev/log.
    pub syslog: Vec<Vec<u8>>,
    /// Module system calls with the errno each was answered.
    pub calls: Vec<(Call, i32)>,
    /// Exit code, or how it ended otherwise.
    pub end: String,
}

/// Runs `words` chrooted into `root`.
pub fn run(
    root: &Path,
    scenario: &Scenario,
    words: &[Vec<u8>],
    answers: &mut (dyn Answers + Send),
) -> io::Result<Shown> {
    let socket = root.join(if scenario.without_syslog { "dev/unheard" } else { "dev/log" });
    let log = UnixDatagram::bind(&socket)?;
    let mut streams = Streams::open(root, scenario.stdout)?;
    let (near, far) = UnixStream::pair()?;
    let mut command = command(scenario, words);
    streams.give_to(&mut command)?;
    if scenario.stderr_null {
        command.stderr(OpenOptions::new().read(true).write(true).open("/dev/null")?);
    }
    let limit = Duration::from_secs(scenario.limit.unwrap_or(LIMIT));
    let inside = Inside::new(root, scenario, &far)?;
    // SAFETY: `enter` only makes system calls; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(move || inside.enter()) };
    let mut child = command.spawn()?;
    // The command holds the parent's copies of the streams; a reader waits for them.
    drop(command);
    let small = mounts::receive(near.as_raw_fd(), &scenario.mounts)?;
    let listener = supervisor::receive_descriptor(near.as_raw_fd())?;
    let (calls, status) = std::thread::scope(|scope| {
        let calls = scope.spawn(|| supervisor::supervise(&listener, RELEASE, answers));
        let status = wait(&mut child, limit);
        (calls.join(), status)
    });
    let mut calls = calls.map_err(|_| io::Error::other("the supervisor panicked"))??;
    calls.iter_mut().for_each(|(call, _)| without_root(call, root));
    mounts::bring_back(root, &scenario.mounts, &small)?;
    let (stdout, stderr) = streams.read()?;
    let syslog = datagrams(&log)?;
    std::fs::remove_file(socket)?;
    Ok(Shown { stdout, stderr, syslog, calls, end: end(status?) })
}

/// The program, its argv and its environment. argv[0] is the word as the scenario has it.
fn command(scenario: &Scenario, words: &[Vec<u8>]) -> Command {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tool = OsStr::from_bytes(&words[0]);
    let name = Path::new(tool).file_name().unwrap_or(tool);
    let known = TOOLS.iter().chain(&["systemd-modules-load"]).any(|tool| name == *tool);
    let program = if known { Path::new("/sbin").join(name) } else { "/bin/kmod".into() };
    let mut command = Command::new(program);
    command.arg0(tool).args(words[1..].iter().map(|word| OsStr::from_bytes(word)));
    command.env_clear().env("PATH", "/sbin:/bin").stdin(Stdio::null()).process_group(0);
    command.envs(scenario.environment.iter().map(|(name, value)| (name, value)));
    command
}

/// What the child does to itself between fork and exec.
struct Inside {
    root: std::ffi::CString,
    null: std::ffi::CString,
    directory: std::ffi::CString,
    closed: Vec<i32>,
    socket: i32,
    user_namespace: bool,
    mounts: Vec<Prepared>,
    ids: OwnIds,
}

impl Inside {
    fn new(root: &Path, scenario: &Scenario, socket: &UnixStream) -> io::Result<Self> {
        use std::os::unix::ffi::OsStrExt;
        let text = |bytes: &[u8]| std::ffi::CString::new(bytes).map_err(io::Error::other);
        Ok(Self {
            root: text(root.as_os_str().as_bytes())?,
            null: text(root.join("dev/null").as_os_str().as_bytes())?,
            directory: text(scenario.directory.as_deref().unwrap_or("/").as_bytes())?,
            closed: scenario.closed.clone(),
            socket: socket.as_raw_fd(),
            // SAFETY: geteuid has no preconditions.
            user_namespace: unsafe { libc::geteuid() } != 0,
            mounts: mounts::prepare(root, &scenario.mounts)?,
            ids: OwnIds::new(),
        })
    }

    /// A mount namespace with /dev/null in the new root, the root, the filter, the streams.
    fn enter(&self) -> io::Result<()> {
        let user = if self.user_namespace { libc::CLONE_NEWUSER } else { 0 };
        let private = libc::MS_REC | libc::MS_PRIVATE;
        let nothing = std::ptr::null::<libc::c_char>();
        // SAFETY: all paths are NUL-terminated strings that outlive the calls; mount takes
        // NULL for what it does not use.
        unsafe {
            check(libc::unshare(libc::CLONE_NEWNS | user))?;
            if self.user_namespace && !self.mounts.is_empty() {
                self.ids.make_known()?;
            }
            check(libc::mount(nothing, c"/".as_ptr(), nothing, private, nothing.cast()))?;
            let bind = libc::MS_BIND;
            check(libc::mount(
                c"/dev/null".as_ptr(),
                self.null.as_ptr(),
                nothing,
                bind,
                nothing.cast(),
            ))?;
            for mount in &self.mounts {
                mount.mount(self.socket)?;
            }
            check(libc::chroot(self.root.as_ptr()))?;
            check(libc::chdir(self.directory.as_ptr()))?;
            libc::umask(0o022);
        }
        let listener = supervisor::install_filter()?;
        supervisor::send_descriptor(self.socket, listener)?;
        for descriptor in self.closed.iter().chain([&listener]) {
            // SAFETY: closes descriptors of this process that nothing here uses again.
            unsafe { libc::close(*descriptor) };
        }
        Ok(())
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The files standard output and error are caught in.
struct Streams {
    out: File,
    error: File,
    kind: Stdout,
}

impl Streams {
    fn open(root: &Path, kind: Stdout) -> io::Result<Self> {
        let open = |name: &str| {
            let mut options = OpenOptions::new();
            let path = root.with_extension(name);
            let file = options.read(true).append(true).create(true).open(&path)?;
            std::fs::remove_file(path)?;
            Ok::<File, io::Error>(file)
        };
        Ok(Self { out: open("out")?, error: open("error")?, kind })
    }

    fn give_to(&mut self, command: &mut Command) -> io::Result<()> {
        command.stderr(self.error.try_clone()?);
        match self.kind {
            Stdout::Captured => command.stdout(self.out.try_clone()?),
            Stdout::ClosedPipe => command.stdout(closed_pipe()?),
            Stdout::Full => command.stdout(OpenOptions::new().write(true).open("/dev/full")?),
            Stdout::Merged => command.stdout(self.error.try_clone()?),
        };
        Ok(())
    }

    fn read(&mut self) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let mut texts = (Vec::new(), Vec::new());
        self.out.rewind()?;
        self.out.read_to_end(&mut texts.0)?;
        self.error.rewind()?;
        self.error.read_to_end(&mut texts.1)?;
        Ok(texts)
    }
}

/// The writing end of a pipe whose reading end is closed.
fn closed_pipe() -> io::Result<OwnedFd> {
    let mut ends = [0; 2];
    // SAFETY: pipe2 fills two descriptors, which are owned here from then on.
    unsafe {
        check(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC))?;
        drop(OwnedFd::from_raw_fd(ends[0]));
        Ok(OwnedFd::from_raw_fd(ends[1]))
    }
}

/// Waits for the child; kills its whole group when it takes too long.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            // SAFETY: signals the process group this function's caller created.
            unsafe { libc::kill(-(child.id() as i32), libc::SIGKILL) };
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// Cuts the machine's own directory off a file's path.
fn without_root(call: &mut Call, root: &Path) {
    use std::os::unix::ffi::OsStrExt;
    let Some(name) = root.file_name().map(OsStrExt::as_bytes) else { return };
    if let Call::Finit { path, .. } = call {
        let at = path.windows(name.len()).position(|window| window == name);
        path.drain(..at.map_or(0, |at| at + name.len()));
    }
}

fn end(status: Option<ExitStatus>) -> String {
    match status.map(|status| (status.code(), status.signal())) {
        Some((Some(code), _)) => format!("exit {code}"),
        Some((None, Some(signal))) => format!("killed by signal {signal}"),
        _ => "did not end in time".into(),
    }
}

fn datagrams(log: &UnixDatagram) -> io::Result<Vec<Vec<u8>>> {
    log.set_nonblocking(true)?;
    let mut all = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match log.recv(&mut buffer) {
            Ok(length) => all.push(buffer[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(all),
            Err(error) => return Err(error),
        }
    }
}
