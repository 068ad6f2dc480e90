//! The three programs and how one is asked.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use kmodctl_compliance::program::Program;
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

impl Programs {
    /// Finds all three; when only theirs are asked for, kmod 30 stands in for ours.
    pub(crate) fn find(theirs_only: bool) -> io::Result<Self> {
        let (reference, installed) = (Program::reference()?, Program::installed());
        let ours = match &installed {
            Some(installed) if theirs_only => installed.clone(),
            _ => Program::ours()?,
        };
        Ok(Self { reference, installed, ours })
    }
}

/// Standard output, standard error and exit code of one call.
pub(crate) fn ask(program: &Program, question: &Question, items: &[Item]) -> io::Result<String> {
    let mut command = program.command(question.tool);
    command.args(&question.options).args(items.iter().map(|item| OsStr::from_bytes(item)));
    let output = command.output()?;
    let visible = |bytes: &[u8]| match String::from_utf8(bytes.to_vec()) {
        Ok(text) => text,
        Err(_) => bytes.escape_ascii().to_string().replace("\\n", "\n"),
    };
    let error = transcript::of_thirty(&visible(&output.stderr));
    Ok(format!("{}\n{error}\n{}", visible(&output.stdout), output.status))
}
