//! The three programs and how one is asked.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::transcript;

use crate::question::{Item, Question};

/// All programs compared.
pub(crate) struct Programs {
    /// kmod 34.2.
    pub(crate) reference: Program,
    /// The installed kmod 30, if it is there.
    pub(crate) installed: Option<Program>,
    /// Ours.
    pub(crate) ours: Program,
}

/// How a program's tools are started.
#[derive(Clone)]
pub(crate) enum Program {
    /// A directory of tools.
    Directory(PathBuf),
    /// A command with `{argv0}` where the tool's name goes.
    Loader(Vec<String>),
}

impl Programs {
    /// Finds all three; without ours kmod 30 stands in for it.
    pub(crate) fn find(theirs_only: bool) -> io::Result<Self> {
        let command = cache()?.join("theirs/34.2/command");
        let command = std::fs::read_to_string(&command).map_err(|error| {
            io::Error::other(format!("{}: {error}; run `cargo xtask fetch`", command.display()))
        })?;
        let reference = Program::Loader(command.lines().map(String::from).collect());
        let installed = Program::Directory("/sbin".into());
        let version = Command::new("/sbin/modprobe").arg("-V").output();
        let is_thirty =
            version.is_ok_and(|version| version.stdout.starts_with(b"kmod version 30\n"));
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let directory = std::env::var_os("KMODCTL_BIN")
            .map_or_else(|| project.join("target/static/bin"), PathBuf::from);
        if !theirs_only && !directory.join("modprobe").exists() {
            let path = directory.display();
            let text = format!("{path} has no modprobe; run `cargo xtask build`");
            return Err(io::Error::other(text));
        }
        let ours = if theirs_only { installed.clone() } else { Program::Directory(directory) };
        Ok(Self { reference, installed: is_thirty.then_some(installed), ours })
    }
}

impl Program {
    /// Standard output, standard error and exit code of one call.
    pub(crate) fn ask(&self, question: &Question, items: &[Item]) -> io::Result<String> {
        let mut command = self.command(question.tool);
        command.args(&question.options).args(items.iter().map(|item| OsStr::from_bytes(item)));
        command.env_clear().env("PATH", "/sbin:/bin");
        let output = command.output()?;
        let visible = |bytes: &[u8]| match String::from_utf8(bytes.to_vec()) {
            Ok(text) => text,
            Err(_) => bytes.escape_ascii().to_string().replace("\\n", "\n"),
        };
        let error = transcript::of_thirty(&visible(&output.stderr));
        Ok(format!("{}\n{error}\n{}", visible(&output.stdout), output.status))
    }

    fn command(&self, tool: &str) -> Command {
        match self {
            Self::Directory(directory) => Command::new(directory.join(tool)),
            Self::Loader(words) => {
                let words: Vec<OsString> =
                    words.iter().map(|word| word.replace("{argv0}", tool).into()).collect();
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                command
            }
        }
    }
}
