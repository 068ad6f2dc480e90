//! Running an install or remove command of the configuration, as system(3) would. Nothing is shown.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process;

use kmodctl_decide::plan::Command;
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::ModuleName;

/// Runs a command by the shell and waits for its end.
///
/// Its environment is ours, the variables given, and `MODPROBE_MODULE`. A command that a signal
/// ended has succeeded, as for kmod, which looks at the exit status alone.
pub(crate) fn run(
    environment: &[(OsString, OsString)],
    module: &ModuleName,
    command: &Command,
) -> Result<(), Problem> {
    let text = command.filled_in();
    match exit_status(environment, module, &text) {
        Ok(0) => Ok(()),
        Ok(status) => Err(Problem::CommandFailed {
            module: module.clone(),
            kind: command.kind,
            command: text,
            status,
        }),
        Err(errno) => Err(Problem::CommandNotStarted {
            module: module.clone(),
            kind: command.kind,
            command: text,
            errno,
        }),
    }
}

fn exit_status(
    environment: &[(OsString, OsString)],
    module: &ModuleName,
    text: &[u8],
) -> Result<i32, Errno> {
    let ended = process::Command::new("/bin/sh")
        .arg("-c")
        .arg(OsStr::from_bytes(text))
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("MODPROBE_MODULE", OsStr::from_bytes(module.as_bytes()))
        .status();
    match ended {
        Ok(status) => Ok(status.code().unwrap_or(0)),
        Err(error) => Err(Errno(error.raw_os_error().unwrap_or(Errno::EINVAL.0))),
    }
}
