//! Guests whose hardware asks for modules: what they load, told line by line as it happens, while
//! devices are plugged in through QEMU's monitor.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xtask::guest::{self, Guest};
use xtask::{binary, cache};

/// A guest that runs, with the lines it has printed.
#[derive(Debug)]
pub struct Running {
    child: Child,
    command: std::process::Command,
    lines: BufReader<ChildStdout>,
    monitor: PathBuf,
}

/// Adds kmodctl-autoload to a guest.
pub fn add_autoload(guest: &mut Guest) -> Result<()> {
    guest.image.copy("sbin/kmodctl-autoload", &binary::directory().join("kmodctl-autoload"))
}

impl Running {
    /// Boots a guest with this script; `name` tells guests apart that run at the same time.
    pub fn start(mut guest: Guest, name: &str, script: &str) -> Result<Self> {
        let directory = cache::directory()?.join("guests");
        std::fs::create_dir_all(&directory)?;
        let monitor = directory.join(format!("{name}-{}.monitor", std::process::id()));
        let socket = format!("unix:{},server=on,wait=off", monitor.display());
        guest.hardware(&["-monitor", &socket]);
        let mut command = guest.command(name, script)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run the guest")?;
        let lines = BufReader::new(child.stdout.take().context("the guest has no line")?);
        Ok(Self { child, command, lines, monitor })
    }

    /// The lines up to one that is exactly this; an error holds what came instead.
    pub fn until(&mut self, end: &str) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            let read = self.lines.read_until(b'\n', &mut line)?;
            ensure!(read > 0, "the guest stopped before `{end}`:\n{}", lines.join("\n"));
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if line == end {
                return Ok(lines);
            }
            lines.push(line);
        }
    }

    /// Has QEMU's monitor carry a command out; returns what it says.
    pub fn monitor(&self, command: &str) -> Result<String> {
        let mut monitor = UnixStream::connect(&self.monitor).context("no monitor")?;
        monitor.set_read_timeout(Some(Duration::from_secs(20)))?;
        prompt(&mut monitor)?;
        monitor.write_all(format!("{command}\n").as_bytes())?;
        prompt(&mut monitor)
    }

    /// Waits until the guest has powered off.
    pub fn end(mut self) -> Result<()> {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the guest failed: {status}\n{rest}");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A guest that has ended cannot be killed, and that is no matter.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.monitor);
        guest::forget(&self.command);
    }
}

/// Reads up to the monitor's prompt.
fn prompt(monitor: &mut UnixStream) -> Result<String> {
    let (mut said, started) = (Vec::new(), Instant::now());
    while !said.ends_with(b"(qemu) ") {
        let mut byte = [0];
        ensure!(started.elapsed() < Duration::from_secs(20), "the monitor says nothing");
        monitor.read_exact(&mut byte)?;
        said.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&said).into_owned())
}
