//! What kmod's library says of a failure before the tool says its own.

use kmodctl::decide::problem::UnpackFault;
use kmodctl::decide::{Errno, Problem};
use kmodctl::format::suffix::Codec;

use crate::log::Log;
use crate::words::errno_text;

/// Tells a failure in the library's words, if it has any for it.
pub(crate) fn tell(log: &Log, problem: &Problem) {
    match problem {
        Problem::CommandFailed { module, command, status, .. } => log.error(&[
            b"Error running install command '",
            command,
            b"' for module ",
            module.as_bytes(),
            b": retcode ",
            status.to_string().as_bytes(),
        ]),
        Problem::CommandNotStarted { module, command, errno, .. } => log.error(&[
            b"Could not run install command '",
            command,
            b"' for module ",
            module.as_bytes(),
            b": ",
            &errno_text(*errno),
        ]),
        Problem::InsertRefused { file, errno, .. } => {
            log.info(&[b"Failed to insert module '", file, b"': ", &errno_text(*errno)]);
        }
        Problem::ModulePacked { codec, fault, .. } => {
            log.error(&[&unpacking(*codec, *fault)]);
        }
        Problem::NoFile { module } => {
            log.error(&[b"could not find module by name='", module.as_bytes(), b"'"]);
        }
        Problem::RemoveRefused { module, errno } => {
            log.error(&[b"could not remove '", module.as_bytes(), b"': ", &errno_text(*errno)]);
        }
        Problem::VermagicMissing { .. } => {
            log.error(&[b"Failed to strip version information: ", &errno_text(Errno::ENODATA)])
        }
        Problem::IndexDamaged { .. } => log.error(&[problem.cause().as_bytes()]),
        Problem::AlreadyLoaded { .. }
        | Problem::BuiltIn { .. }
        | Problem::FileUnreadable { .. }
        | Problem::InUse { .. }
        | Problem::ModuleDamaged { .. }
        | Problem::NotFound { .. }
        | Problem::NotLoaded { .. }
        | Problem::UnloadingUnsupported { .. }
        | Problem::UnmatchedBracket { .. } => {}
    }
}

/// What is wrong with a compressed file: `xz: Unexpected end of input`.
pub(crate) fn unpacking(codec: Codec, fault: UnpackFault) -> Vec<u8> {
    let codec: &[u8] = match codec {
        Codec::Gzip => b"gzip: ",
        Codec::Xz => b"xz: ",
        Codec::Zstd => b"zstd: ",
    };
    let fault: &[u8] = match fault {
        UnpackFault::Corrupt => b"File is corrupt",
        UnpackFault::CutOff => b"Unexpected end of input",
        UnpackFault::TooLarge => b"Memory allocation failed",
    };
    [codec, fault].concat()
}
