//! What kmod's library says of a failure before the tool says its own.

use kmodctl::decide::problem::UnpackFault;
use kmodctl::decide::{Errno, Outcome, Problem, Step, Watch};
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
        // The library's own words for it name no file.
        Problem::IndexDamaged { .. } => {
            log.error(&[problem.cause().as_bytes(), b"; depmod writes it anew"]);
        }
        Problem::AlreadyLoaded { .. }
        | Problem::Blocked { .. }
        | Problem::BuiltIn { .. }
        | Problem::DriverLost { .. }
        | Problem::FileForeign { .. }
        | Problem::FileUnreadable { .. }
        | Problem::FileUnwritable { .. }
        | Problem::InUse { .. }
        | Problem::IndexMissing { .. }
        | Problem::InsertDiagnosed { .. }
        | Problem::InstallLineFailed { .. }
        | Problem::LineForeign { .. }
        | Problem::ModuleDamaged { .. }
        | Problem::ModuleFileGone { .. }
        | Problem::ModulesDisabled { .. }
        | Problem::NeverModule { .. }
        | Problem::NotBlocked { .. }
        | Problem::NotFound { .. }
        | Problem::NotIndexed { .. }
        | Problem::NotKept { .. }
        | Problem::NotListed { .. }
        | Problem::NotLoaded { .. }
        | Problem::NotPrivileged { .. }
        | Problem::OtherHost { .. }
        | Problem::ParameterBuiltIn { .. }
        | Problem::ParameterHidden { .. }
        | Problem::ParameterReadOnly { .. }
        | Problem::ParameterRefused { .. }
        | Problem::ParameterUnknown { .. }
        | Problem::ParameterUnwritable { .. }
        | Problem::ParameterValue { .. }
        | Problem::Permanent { .. }
        | Problem::ProgramFailed { .. }
        | Problem::RebuildInVain { .. }
        | Problem::RebuildToolMissing
        | Problem::TreeMissing { .. }
        | Problem::TurnedAway { .. }
        | Problem::UnloadingUnsupported { .. }
        | Problem::UnmatchedBracket { .. } => {}
    }
}

/// Tells only of steps that fail, as kmod's library does.
pub(crate) struct Told<'a> {
    pub(crate) log: &'a Log,
}

impl Watch for Told<'_> {
    fn begins(&mut self, _step: &Step) {}

    fn ends(&mut self, _step: &Step, outcome: &Result<Outcome, Problem>) {
        if let Err(problem) = outcome {
            tell(self.log, problem);
        }
    }
}

/// What is wrong with a compressed file: `xz: Unexpected end of input`.
pub(crate) fn unpacking(codec: Codec, fault: UnpackFault) -> Vec<u8> {
    let text: &[u8] = match (codec, fault) {
        (Codec::Gzip, UnpackFault::Corrupt) => b"gzip: data error",
        (Codec::Gzip, UnpackFault::CutOff) => b"gzip: unexpected end of file",
        (Codec::Gzip, UnpackFault::TooLarge) => b"gzip: insufficient memory",
        (Codec::Xz, UnpackFault::Corrupt) => b"xz: File is corrupt",
        (Codec::Xz, UnpackFault::CutOff) => b"xz: Unexpected end of input",
        (Codec::Xz, UnpackFault::TooLarge) => b"xz: Memory allocation failed",
        (Codec::Zstd, UnpackFault::Corrupt) => b"zstd: Data corruption detected",
        (Codec::Zstd, UnpackFault::CutOff) => b"zstd: Src size is incorrect",
        (Codec::Zstd, UnpackFault::TooLarge) => b"zstd: Allocation error : not enough memory",
    };
    text.to_vec()
}
