//! The three implementations as commands of this machine, outside any chroot: kmod 34.2 as
//! `cargo xtask fetch` keeps it, the installed kmod 30, and ours.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::implementation::cache;

/// One implementation, ready to be run as any tool.
#[derive(Clone, Debug)]
pub enum Program {
    /// A directory of tools.
    Directory(PathBuf),
    /// Words with `{argv0}` where the tool's name goes.
    Loader(Vec<String>),
    /// One binary that is told by its name which tool to be.
    Single(PathBuf),
}

impl Program {
    /// kmod 34.2.
    pub fn reference() -> io::Result<Self> {
        let file = cache()?.join("theirs/34.2/command");
        let words = std::fs::read_to_string(&file).map_err(|error| {
            io::Error::other(format!("{}: {error}; run `cargo xtask fetch`", file.display()))
        })?;
        Ok(Self::Loader(words.lines().map(String::from).collect()))
    }

    /// The installed kmod, when it is version 30.
    pub fn installed() -> Option<Self> {
        let version = Command::new("/sbin/modprobe").arg("-V").output();
        let thirty = version.is_ok_and(|output| output.stdout.starts_with(b"kmod version 30\n"));
        thirty.then(|| Self::Directory("/sbin".into()))
    }

    /// Ours: `KMODCTL_BIN`, or `target/static/bin` of the project.
    pub fn ours() -> io::Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let directory = std::env::var_os("KMODCTL_BIN")
            .map_or_else(|| project.join("target/static/bin"), PathBuf::from);
        let program = directory.join("kmod");
        if !program.exists() {
            let path = program.display();
            return Err(io::Error::other(format!("{path} is missing; run `cargo xtask build`")));
        }
        Ok(Self::Single(program))
    }

    /// Ours, or kmod 34.2 when `KMODCTL_TOOLS=theirs` asks for it: for the development of a
    /// test.
    pub fn under_test() -> io::Result<Self> {
        match std::env::var("KMODCTL_TOOLS").as_deref() {
            Ok("theirs") => Self::reference(),
            _ => Self::ours(),
        }
    }

    /// The command that runs `tool`, with an environment of its own.
    pub fn command(&self, tool: &str) -> Command {
        let mut command = match self {
            Self::Directory(directory) => Command::new(directory.join(tool)),
            Self::Loader(words) => {
                let mut words =
                    words.iter().map(|word| if word == "{argv0}" { tool } else { word });
                let mut command = Command::new(words.next().unwrap_or_default());
                command.args(words);
                command
            }
            Self::Single(binary) => {
                let mut command = Command::new(binary);
                command.arg0(tool);
                command
            }
        };
        command.env_clear().env("PATH", "/sbin:/bin");
        command
    }
}
