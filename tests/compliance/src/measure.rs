//! Runs a command with its time and its memory measured, and ends it when it takes
//! too long or more than the machine should give.

use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The address space that no command needs, so that a fault does not take the machine down.
const ADDRESS_SPACE: u64 = 4 << 30;
/// How long a command may take by the clock: the machine may be busy with other things.
const LIMIT: Duration = Duration::from_secs(30);

/// What a command did and needed.
#[derive(Debug)]
pub struct Measured {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    /// Processor time, its own and the kernel's for it.
    pub time: Duration,
    /// Time by the clock; the shortest of a few tries where the machine was busy.
    pub clock: Duration,
    /// The most memory it had, in bytes.
    pub memory: u64,
}

/// What no command needs more of, whatever it is given.
const TIME: Duration = Duration::from_secs(1);
/// How often a command is run that takes longer by the clock, as that may be others' work.
const TRIES: usize = 5;
const MEMORY: u64 = 256 << 20;

impl Measured {
    /// What is wrong with how it ended, if anything is: a signal, an exit code that no tool
    /// has, a failure without a message, a panic, too much time or memory.
    pub fn fault(&self) -> Option<String> {
        let stderr = String::from_utf8_lossy(&self.stderr);
        let fault = match self.code {
            None => "ended by a signal".to_string(),
            Some(code) if code > 1 => format!("exit {code}"),
            Some(1) if stderr.is_empty() => "no message".into(),
            _ if stderr.contains("panicked") => "panic".into(),
            _ if self.time > TIME => format!("{:?} of processor time", self.time),
            _ if self.clock > TIME => format!("{:?} by the clock, {TRIES} times", self.clock),
            _ if self.memory > MEMORY => format!("{} MiB", self.memory >> 20),
            _ => return None,
        };
        Some(format!("{fault}: {}", stderr.trim_end()))
    }
}

/// Runs the command to its end; anew where only the clock says that it took too long.
pub fn run(command: &mut Command) -> io::Result<Measured> {
    let mut measured = run_once(command)?;
    for _ in 1..TRIES {
        if measured.clock <= TIME || measured.time > TIME {
            break;
        }
        measured = run_once(command)?;
    }
    Ok(measured)
}

fn run_once(command: &mut Command) -> io::Result<Measured> {
    let (mut out, mut error) = (file()?, file()?);
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(error.try_clone()?);
    // SAFETY: setrlimit reads one struct on the stack; nothing allocates.
    unsafe {
        command.pre_exec(|| {
            let limit = libc::rlimit { rlim_cur: ADDRESS_SPACE, rlim_max: ADDRESS_SPACE };
            libc::setrlimit(libc::RLIMIT_AS, &limit);
            Ok(())
        });
    }
    let start = Instant::now();
    let child = command.spawn()?;
    let (status, usage) = wait(child.id() as i32)?;
    let mut measured = Measured {
        stdout: Vec::new(),
        stderr: Vec::new(),
        code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        time: duration(usage.ru_utime) + duration(usage.ru_stime),
        clock: start.elapsed(),
        memory: usage.ru_maxrss as u64 * 1024,
    };
    for (file, text) in [(&mut out, &mut measured.stdout), (&mut error, &mut measured.stderr)] {
        file.rewind()?;
        file.read_to_end(text)?;
    }
    Ok(measured)
}

/// An empty file without a name.
fn file() -> io::Result<std::fs::File> {
    use std::os::fd::FromRawFd;
    // SAFETY: the name is NUL-terminated; the descriptor is owned here from then on.
    let descriptor = unsafe { libc::memfd_create(c"output".as_ptr(), libc::MFD_CLOEXEC) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above.
    Ok(unsafe { std::fs::File::from_raw_fd(descriptor) })
}

/// Waits for the child; kills it when the time is over.
fn wait(child: i32) -> io::Result<(i32, libc::rusage)> {
    let start = Instant::now();
    let mut status = 0;
    // SAFETY: a struct of integers; wait4 fills it.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers lead to this stack; the child is this process's own.
        match unsafe { libc::wait4(child, &mut status, libc::WNOHANG, &mut usage) } {
            0 if start.elapsed() > LIMIT => {
                // SAFETY: the child has not been waited for, so the number is still its.
                unsafe { libc::kill(child, libc::SIGKILL) };
            }
            0 => std::thread::sleep(Duration::from_micros(200)),
            -1 => return Err(io::Error::last_os_error()),
            _ => return Ok((status, usage)),
        }
    }
}

fn duration(time: libc::timeval) -> Duration {
    Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000)
}
