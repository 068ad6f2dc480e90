//! Why a tool ends before its work is done. What it had to say, it has said.

use std::process::ExitCode;

/// An early end. It travels up to `main`, which alone ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Whoever read the standard output has gone; the shell sees what it sees after a SIGPIPE.
    BrokenPipe,
    /// A failure, already told.
    Failed,
}

impl Ended {
    /// The exit status of an end: kmod knows only 0 and 1, and may be killed by SIGPIPE (13).
    pub(crate) fn exit_code(end: Result<(), Self>) -> ExitCode {
        ExitCode::from(match end {
            Ok(()) => 0,
            Err(Self::Failed) => 1,
            Err(Self::BrokenPipe) => 128 + 13,
        })
    }

    /// Ends in failure when something failed on the way.
    pub(crate) fn if_failed(failed: bool) -> Result<(), Self> {
        if failed { Err(Self::Failed) } else { Ok(()) }
    }
}
