//! What kmod's library says of problems, and by which of its functions.

use std::ffi::CStr;

use kmodctl::decide::problem::UnpackFault;
use kmodctl::decide::{Errno, Problem};
use kmodctl::format::suffix::Codec;
use kmodctl::system::Complaint;

use crate::core::log::Log;

/// Tells a problem, if the library has words for it.
pub fn tell(log: &Log, problem: &Problem) {
    match problem {
        Problem::CommandFailed { module, command, status, .. } => log.error(
            c"command_do",
            &[
                b"Error running install command '",
                command,
                b"' for module ",
                module.as_bytes(),
                b": retcode ",
                status.to_string().as_bytes(),
            ],
        ),
        Problem::CommandNotStarted { module, command, errno, .. } => log.error(
            c"command_do",
            &[
                b"Could not run install command '",
                command,
                b"' for module ",
                module.as_bytes(),
                b": ",
                &errno_text(*errno),
            ],
        ),
        Problem::IndexDamaged { .. } => {
            log.error(c"index_mm_open", &[problem.cause().as_bytes(), b"; depmod writes it anew"]);
        }
        Problem::InsertRefused { file, errno, .. } => log.info(
            c"kmod_module_insert_module",
            &[b"Failed to insert module '", file, b"': ", &errno_text(*errno)],
        ),
        Problem::ModulePacked { codec, fault, .. } => {
            let (function, text) = unpacking(*codec, *fault);
            log.error(function, &[text.as_bytes()]);
        }
        Problem::NoFile { module } => log.error(
            c"kmod_module_insert_module",
            &[b"could not find module by name='", module.as_bytes(), b"'"],
        ),
        Problem::RemoveRefused { module, errno } => log.error(
            c"kmod_module_remove_module",
            &[b"could not remove '", module.as_bytes(), b"': ", &errno_text(*errno)],
        ),
        Problem::VermagicMissing { .. } => log.error(
            c"do_init_module",
            &[b"Failed to strip version information: ", &errno_text(Errno::ENODATA)],
        ),
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

/// What is wrong with a compressed file, and the function that kmod finds it in.
fn unpacking(codec: Codec, fault: UnpackFault) -> (&'static CStr, &'static str) {
    let function = match codec {
        Codec::Gzip => c"kmod_file_load_zlib",
        Codec::Xz => c"xz_uncompress_belch",
        Codec::Zstd => c"kmod_file_load_zstd",
    };
    let text = match (codec, fault) {
        (Codec::Gzip, UnpackFault::Corrupt) => "gzip: data error",
        (Codec::Gzip, UnpackFault::CutOff) => "gzip: unexpected end of file",
        (Codec::Gzip, UnpackFault::TooLarge) => "gzip: insufficient memory",
        (Codec::Xz, UnpackFault::Corrupt) => "xz: File is corrupt",
        (Codec::Xz, UnpackFault::CutOff) => "xz: Unexpected end of input",
        (Codec::Xz, UnpackFault::TooLarge) => "xz: Memory allocation failed",
        (Codec::Zstd, UnpackFault::Corrupt) => "zstd: Data corruption detected",
        (Codec::Zstd, UnpackFault::CutOff) => "zstd: Src size is incorrect",
        (Codec::Zstd, UnpackFault::TooLarge) => "zstd: Allocation error : not enough memory",
    };
    (function, text)
}

/// Tells what is odd in the configuration; nothing of what kmod is silent about.
pub fn complain(log: &Log, complaint: &Complaint) {
    match complaint {
        Complaint::BadLine { file, line, first_word } => log.error(
            c"kmod_config_parse",
            &[
                file,
                b" line ",
                line.to_string().as_bytes(),
                b": ignoring bad line starting with '",
                first_word,
                b"'",
            ],
        ),
        Complaint::CannotList { path, errno } => {
            log.error(c"conf_files_list", &[b"opendir(", path, b"): ", &errno_text(*errno)]);
        }
        Complaint::CannotStat { path } => {
            log.error(c"conf_files_filter_out", &[b"Cannot stat directory entry: ", path]);
        }
        Complaint::Deprecated { file, directive } => log.error(
            c"kmod_config_parse",
            &[file, b": command ", directive, b" is deprecated and not parsed anymore"],
        ),
        Complaint::DirectoryInDirectory { path } => log.error(
            c"conf_files_filter_out",
            &[b"Directories inside directories are not supported: ", path],
        ),
        Complaint::UnmatchedBracket { name } => log.error(
            c"kcmdline_parse_result",
            &[
                b"Ignoring bad option on kernel command line while parsing module name: '",
                name,
                b"'",
            ],
        ),
        Complaint::Unreadable { .. } => {}
    }
}

/// Tells that a list was to be put where one is.
pub fn full_list(log: &Log) {
    log.error(c"kmod_module_new_from_lookup", &[b"An empty list is needed to create lookup"]);
}

/// Tells of a word of a softdep or weakdep that is no alias.
pub fn no_alias(log: &Log, word: &[u8]) {
    let text: &[&[u8]] = &[b"failed to lookup dependency '", word, b"', continuing anyway."];
    log.error(c"lookup_dep", text);
}

/// Tells why the file of a module could not be read, if the library has words for it.
pub fn tell_of_file(log: &Log, problem: &Problem) {
    if matches!(problem, Problem::ModulePacked { .. } | Problem::IndexDamaged { .. }) {
        tell(log, problem);
    }
}

/// Tells that `/proc/modules` could not be opened.
pub fn no_loaded(log: &Log, errno: Errno) {
    let text: &[&[u8]] = &[b"could not open /proc/modules: ", &errno_text(errno)];
    log.error(c"kmod_module_new_from_loaded", text);
}

/// Tells that a directory of sysfs could not be opened.
pub fn unopened(log: &Log, function: &CStr, path: &[u8], errno: Errno) {
    log.error(function, &[b"could not open '", path, b"': ", &errno_text(errno)]);
}

/// Tells that a name is taken by a module of another file.
pub fn other_path(log: &Log, name: &[u8], known: &[u8], new: &[u8]) {
    log.error(
        c"kmod_module_new_from_path",
        &[
            b"kmod_module '",
            name,
            b"' already exists with different path: new-path='",
            new,
            b"' old-path='",
            known,
            b"'",
        ],
    );
}

/// The C library's text of an error number.
pub fn errno_text(errno: Errno) -> Vec<u8> {
    let text = std::io::Error::from_raw_os_error(errno.0).to_string();
    let end = text.rfind(" (os error ").unwrap_or(text.len());
    text.as_bytes()[..end].to_vec()
}
