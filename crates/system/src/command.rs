//! Running an install or remove command of the configuration, as system(3) would. Nothing is shown.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process;

use kmodctl_decide::plan::Command;
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::ModuleName;

use crate::file::ENOMEM;

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
    match exit_status("/bin/sh", environment, module, &text) {
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

/// What system(3) takes for the exit status of a shell that cannot be run.
const NO_SHELL: i32 = 127;

fn exit_status(
    shell: &str,
    environment: &[(OsString, OsString)],
    module: &ModuleName,
    text: &[u8],
) -> Result<i32, Errno> {
    let ended = process::Command::new(shell)
        .arg0("sh")
        .arg("-c")
        .arg(OsStr::from_bytes(text))
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("MODPROBE_MODULE", OsStr::from_bytes(module.as_bytes()))
        .status();
    match ended {
        Ok(status) => Ok(status.code().unwrap_or(0)),
        Err(error) => match error.raw_os_error().map(Errno) {
            Some(errno @ (Errno::EAGAIN | ENOMEM)) => Err(errno),
            _ => Ok(NO_SHELL),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmodctl_decide::plan::CommandKind;

    fn ran(text: &str, options: &str) -> Result<(), Problem> {
        let command =
            Command { kind: CommandKind::Install, text: text.into(), options: options.into() };
        let environment = [("MODPROBE_OPTIONS".into(), "-q".into())];
        run(&environment, &ModuleName::new("m-n"), &command)
    }

    #[test]
    fn a_command_finds_its_module_options_and_environment() {
        assert_eq!(ran("test $MODPROBE_MODULE = m_n", ""), Ok(()));
        assert_eq!(ran("test \"$MODPROBE_OPTIONS\" = -q", ""), Ok(()));
        assert_eq!(ran("test '$CMDLINE_OPTS' = 'a=1 b '", "a=1 b "), Ok(()));
        assert_eq!(std::env::var_os("MODPROBE_MODULE"), None);
    }

    #[test]
    fn an_exit_status_other_than_0_is_a_failure_and_a_signal_is_none() {
        assert_eq!(ran("kill -9 $$", ""), Ok(()));
        let failed = |text: &str, status| Problem::CommandFailed {
            module: ModuleName::new("m_n"),
            kind: CommandKind::Install,
            command: text.into(),
            status,
        };
        assert_eq!(ran("exit $CMDLINE_OPTS", "3"), Err(failed("exit 3", 3)));
        assert_eq!(ran("exec /nowhere 2>&-", ""), Err(failed("exec /nowhere 2>&-", 127)));
    }
    #[test]
    fn a_missing_shell_counts_as_a_status() {
        let status = exit_status("/nowhere/sh", &[], &ModuleName::new("m"), b"true");
        assert_eq!(status, Ok(127));
    }
}
