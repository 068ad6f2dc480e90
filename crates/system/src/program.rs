//! Programs of the host that are run for their effect, and which of them are there. Why one is run
//! is decided elsewhere.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use kmodctl_decide::Problem;

use crate::host::Host;

/// Where a program of the host is: in one of the usual directories of programs.
pub fn find(host: &Host, name: &str) -> Option<Vec<u8>> {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
        .iter()
        .map(|directory| format!("{directory}/{name}").into_bytes())
        .find(|path| host.resolved(path).is_some())
}

/// Runs a program to its end; what it writes goes to the standard error.
pub fn run(words: &[Vec<u8>]) -> Result<(), Problem> {
    let failed = |status| Problem::ProgramFailed { words: words.to_vec(), status };
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let mut command = Command::new(OsStr::from_bytes(program));
    command.args(arguments.iter().map(|word| OsStr::from_bytes(word))).stdin(Stdio::null());
    command.stdout(std::io::stderr());
    let status = command.status().map_err(|_| failed(None))?;
    if status.success() { Ok(()) } else { Err(failed(status.code())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_a_problem() {
        let words = |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let words: [Vec<Vec<u8>>; 3] = [words("true"), words("false"), words("/no/program")];
        assert_eq!(run(&words[0]), Ok(()));
        let failed =
            |at: usize, status| Problem::ProgramFailed { words: words[at].clone(), status };
        assert_eq!(run(&words[1]), Err(failed(1, Some(1))));
        assert_eq!(run(&words[2]), Err(failed(2, None)));
    }
}
