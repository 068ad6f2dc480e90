//! What a problem is called, why it came about, and what cures it. Doors put these words on the
//! screen; nothing here is stored in a problem.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::{Problem, UnpackFault, damage, insertion, line, refusal};
use crate::errno::Errno;
use crate::plan::CommandKind;

/// One way out of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Something this project can plan and carry out.
    Request(Request),
    /// Something only a person can do, in words.
    Words(String),
}

/// A request that a [`Fix`] proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Write the indexes of a module directory anew.
    RebuildIndexes {
        /// The directory, or an index file in it.
        directory: Vec<u8>,
    },
    /// Remove modules, in this order.
    Unload {
        /// The modules.
        modules: Vec<ModuleName>,
    },
}

impl Problem {
    /// The problem's stable name, for scripts and JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyLoaded { .. } => "already-loaded",
            Self::Blocked { .. } => "blocked",
            Self::BuiltIn { .. } => "built-in",
            Self::CommandFailed { .. } => "command-failed",
            Self::CommandNotStarted { .. } => "command-not-started",
            Self::DriverLost { .. } => "driver-lost",
            Self::FileForeign { .. } => "file-not-ours",
            Self::FileUnreadable { .. } => "file-unreadable",
            Self::FileUnwritable { .. } => "file-unwritable",
            Self::InUse { .. } => "in-use",
            Self::IndexDamaged { .. } => "index-damaged",
            Self::InsertDiagnosed { refusal, .. } => refusal::code(refusal),
            Self::InsertRefused { errno, .. } => insertion::code(*errno),
            Self::LineForeign { .. } => "line-not-ours",
            Self::ModuleDamaged { .. } => "module-damaged",
            Self::ModulePacked { .. } => "module-unpackable",
            Self::NoFile { .. } => "no-file",
            Self::NotBlocked { .. } => "not-blocked",
            Self::NotFound { .. } => "not-found",
            Self::NotKept { .. } => "not-kept",
            Self::NotListed { .. } => "not-listed",
            Self::NotLoaded { .. } => "not-loaded",
            Self::OtherHost { .. } => "other-host",
            Self::ParameterBuiltIn { .. } => "built-in",
            Self::ParameterHidden { .. } => "hidden-parameter",
            Self::ParameterReadOnly { .. } => "read-only-parameter",
            Self::ParameterRefused { .. } => "parameter-refused",
            Self::ParameterUnknown { .. } => "unknown-parameter",
            Self::ParameterUnwritable { .. } => "unwritable-value",
            Self::ParameterValue { .. } => "bad-parameter",
            Self::ProgramFailed { .. } => "program-failed",
            Self::RebuildToolMissing => "no-image-tool",
            Self::RemoveRefused { .. } => "remove-refused",
            Self::UnloadingUnsupported { .. } => "unloading-unsupported",
            Self::UnmatchedBracket { .. } => "unmatched-bracket",
            Self::VermagicMissing { .. } => "vermagic-missing",
        }
    }

    /// Why it came about: one sentence without a full stop.
    pub fn cause(&self) -> String {
        match self {
            Self::AlreadyLoaded { module } => format!("`{module}` is in the kernel already"),
            Self::Blocked { module, file, line } => {
                format!("`{module}` is refused by {}:{line}", file.escape_ascii())
            }
            Self::BuiltIn { module } => {
                format!("`{module}` is part of the kernel image and cannot be removed")
            }
            Self::CommandFailed { module, kind, command, status } => format!(
                "the {} command of `{module}` ended with status {status}: {}",
                kind_word(*kind),
                command.escape_ascii()
            ),
            Self::CommandNotStarted { module, kind, errno, .. } => format!(
                "the {} command of `{module}` could not be started (errno {})",
                kind_word(*kind),
                errno.0
            ),
            Self::DriverLost { module, device, release } => format!(
                "`{module}` drives {} now, and the kernel {} has neither it nor anything else for \
                 that device",
                device.escape_ascii(),
                release.escape_ascii()
            ),
            Self::FileForeign { file } => format!(
                "{} has the name of a file of kmodctl's, and is not what kmodctl wrote",
                file.escape_ascii()
            ),
            Self::FileUnwritable { file, errno } => {
                format!("{} cannot be written (errno {})", file.escape_ascii(), errno.0)
            }
            Self::FileUnreadable { file, errno } => {
                format!("{} cannot be read (errno {})", file.escape_ascii(), errno.0)
            }
            Self::InUse { module, holders, references } => {
                in_use_cause(module, holders, *references)
            }
            Self::IndexDamaged { file, damage } => {
                format!("the index {} {}", file.escape_ascii(), damage::of_index(*damage))
            }
            Self::InsertDiagnosed { module, refusal, .. } => refusal::cause(module, refusal),
            Self::InsertRefused { module, errno, .. } => {
                format!("the kernel refused `{module}`: {}", insertion::cause(*errno))
            }
            Self::LineForeign { name, place } => format!(
                "`{}` stands {}, which kmodctl did not write",
                name.escape_ascii(),
                line::place(place.as_ref())
            ),
            Self::ModuleDamaged { file, damage } => {
                let damage = damage::of_module(*damage);
                format!("{} is not a sound module file: {damage}", file.escape_ascii())
            }
            Self::ModulePacked { file, fault, .. } => {
                format!("{} cannot be unpacked: {}", file.escape_ascii(), fault_word(*fault))
            }
            Self::NoFile { module } => format!("no index names a file for `{module}`"),
            Self::NotBlocked { module } => {
                format!("kmodctl does not block `{module}`")
            }
            Self::NotFound { query, directory } => format!(
                "`{}` is no module and no alias in {}",
                query.escape_ascii(),
                directory.escape_ascii()
            ),
            Self::NotKept { name } => format!("no value of `{}` is kept", name.escape_ascii()),
            Self::NotListed { name } => {
                format!("the boot list does not have `{}`", name.escape_ascii())
            }
            Self::NotLoaded { module } => format!("`{module}` is not in the kernel"),
            Self::OtherHost { root } => {
                format!("the host below {} runs no kernel here", root.escape_ascii())
            }
            Self::ParameterBuiltIn { module } => format!(
                "`{module}` is part of the kernel image, which takes parameters from the kernel \
                 command line only"
            ),
            Self::ParameterHidden { module, parameter } => format!(
                "the kernel does not show `{}` of `{module}`, or not to you",
                parameter.escape_ascii()
            ),
            Self::ParameterReadOnly { module, parameter } => format!(
                "`{module}` reads `{}` when it starts, and lets nobody write it afterwards",
                parameter.escape_ascii()
            ),
            Self::ParameterRefused { module, parameter, value, errno } => format!(
                "the kernel does not take `{}` for `{}` of `{module}` (errno {})",
                value.escape_ascii(),
                parameter.escape_ascii(),
                errno.0
            ),
            Self::ParameterUnknown { module, parameter } => {
                format!("`{module}` has no parameter `{}`", parameter.escape_ascii())
            }
            Self::ParameterUnwritable { module, parameter, value } => format!(
                "no line of modprobe.d can give `{}` of `{module}` the value `{}`",
                parameter.escape_ascii(),
                value.escape_ascii()
            ),
            Self::ParameterValue { module, parameter, kind, value } => format!(
                "`{}` is no value for `{}` of `{module}`, which is of the type {}",
                value.escape_ascii(),
                parameter.escape_ascii(),
                kind.escape_ascii()
            ),
            Self::ProgramFailed { words, status } => program_cause(words, *status),
            Self::RebuildToolMissing => {
                "neither update-initramfs nor dracut, mkinitcpio or booster is installed".into()
            }
            Self::RemoveRefused { module, errno } => {
                format!("the kernel refused to remove `{module}` (errno {})", errno.0)
            }
            Self::UnloadingUnsupported { module } => {
                format!("this kernel cannot remove modules, so `{module}` stays")
            }
            Self::UnmatchedBracket { query } => {
                format!("`{}` has a bracket without its partner", query.escape_ascii())
            }
            Self::VermagicMissing { file } => {
                format!("{} has no version magic that could be ignored", file.escape_ascii())
            }
        }
    }

    /// What exactly is wrong with a file, without its name; nothing where the error number says it
    /// all.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::IndexDamaged { damage, .. } => Some(damage::of_index(*damage)),
            Self::ModuleDamaged { damage, .. } => Some(damage::of_module(*damage)),
            Self::ModulePacked { fault, .. } => Some(fault_word(*fault).to_string()),
            _ => None,
        }
    }

    /// What cures it, the likeliest first; empty when nothing needs to be cured.
    pub fn fixes(&self) -> Vec<Fix> {
        match self {
            Self::AlreadyLoaded { .. } | Self::NotLoaded { .. } => Vec::new(),
            Self::Blocked { module, .. } => vec![Fix::Words(format!(
                "take out that line; if kmodctl wrote it: kmodctl unblock {module}"
            ))],
            Self::BuiltIn { .. } => {
                words("keep it from starting with initcall_blacklist= on the kernel command line")
            }
            Self::CommandFailed { .. } | Self::CommandNotStarted { .. } => {
                words("correct the command's line in modprobe.d, or pass --ignore-install")
            }
            Self::DriverLost { release, .. } => vec![Fix::Words(format!(
                "install the driver for {}, or take that kernel away; to look at one kernel alone, \
                 name it with --kernel",
                release.escape_ascii()
            ))],
            Self::FileForeign { .. } => {
                words("move your own lines to another file, and remove this one")
            }
            Self::FileUnwritable { errno, .. } => words(unwritable_fix(*errno)),
            Self::FileUnreadable { .. } => words("check that the file exists and may be read"),
            Self::InUse { holders, .. } => in_use_fixes(holders),
            Self::IndexDamaged { file, .. } => rebuild(file),
            Self::InsertDiagnosed { module, refusal, .. } => refusal::fixes(module, refusal),
            Self::InsertRefused { errno, .. } => words(insertion::fix(*errno)),
            Self::ModuleDamaged { .. } | Self::ModulePacked { .. } => {
                words("install the package that owns the file again")
            }
            Self::NoFile { .. } => words("correct the alias or the name, or install the module"),
            Self::LineForeign { place, .. } => line::fixes(place.as_ref()),
            Self::NotKept { .. } => words("kmodctl param diff"),
            Self::NotListed { .. } => words("kmodctl boot list"),
            Self::NotBlocked { .. } => words("see `kmodctl verify-block` for what keeps it out"),
            Self::NotFound { directory, .. } => {
                let mut fixes = words("check the spelling, or install the package that has it");
                fixes.extend(rebuild(directory));
                fixes
            }
            Self::OtherHost { .. } => words("leave out --root, or add --dry-run"),
            Self::ParameterBuiltIn { module } => {
                vec![Fix::Words(format!(
                    "kmodctl info {module} (which kernels have it as a module)"
                ))]
            }
            Self::ParameterHidden { .. } => words("become root, or see `kmodctl param list`"),
            Self::ParameterReadOnly { module, .. } => {
                vec![Fix::Words(format!("kmodctl param list {module} (what it is now)"))]
            }
            Self::ParameterRefused { errno: Errno::EPERM | Errno(13), .. } => words("become root"),
            Self::ParameterRefused { module, .. } => {
                vec![Fix::Words(format!("kmodctl param list {module} (types and meanings)"))]
            }
            Self::ParameterUnwritable { .. } => {
                words("leave out double quotes and control characters")
            }
            Self::ParameterUnknown { module, .. } => {
                vec![Fix::Words(format!("kmodctl param list {module}"))]
            }
            Self::ParameterValue { module, .. } => {
                vec![Fix::Words(format!("kmodctl param list {module} (types and meanings)"))]
            }
            Self::ProgramFailed { .. } => words("read what the program said, and run it again"),
            Self::RebuildToolMissing => words("make the images anew with the tool that made them"),
            Self::RemoveRefused { .. } => words("stop what uses the module, then try again"),
            Self::UnloadingUnsupported { .. } => words("restart the machine without the module"),
            Self::UnmatchedBracket { .. } => words("close the bracket, or leave it out"),
            Self::VermagicMissing { .. } => words("build the module for the running kernel"),
        }
    }

    /// The error number that a caller in C sees.
    pub fn errno(&self) -> Errno {
        match self {
            Self::AlreadyLoaded { .. } => Errno::EEXIST,
            Self::BuiltIn { .. } | Self::NoFile { .. } | Self::NotFound { .. } => Errno::ENOENT,
            Self::Blocked { .. } => Errno::EPERM,
            Self::CommandFailed { .. } | Self::UnmatchedBracket { .. } => Errno::EINVAL,
            Self::CommandNotStarted { errno, .. }
            | Self::FileUnreadable { errno, .. }
            | Self::FileUnwritable { errno, .. }
            | Self::ParameterRefused { errno, .. }
            | Self::InsertDiagnosed { errno, .. }
            | Self::InsertRefused { errno, .. }
            | Self::RemoveRefused { errno, .. } => *errno,
            Self::InUse { .. } => Errno::EBUSY,
            Self::IndexDamaged { .. } | Self::ModulePacked { .. } => Errno::EINVAL,
            Self::ModuleDamaged { damage, .. } => Errno(damage.errno()),
            Self::DriverLost { .. } => Errno::ENODEV,
            Self::LineForeign { .. }
            | Self::NotBlocked { .. }
            | Self::NotKept { .. }
            | Self::NotListed { .. }
            | Self::NotLoaded { .. }
            | Self::ParameterBuiltIn { .. }
            | Self::ParameterUnknown { .. }
            | Self::RebuildToolMissing => Errno::ENOENT,
            Self::FileForeign { .. } => Errno::EEXIST,
            Self::OtherHost { .. } => Errno::ENOSYS,
            Self::ParameterHidden { .. } | Self::ParameterReadOnly { .. } => Errno::EPERM,
            Self::ParameterUnwritable { .. }
            | Self::ParameterValue { .. }
            | Self::ProgramFailed { .. } => Errno::EINVAL,
            Self::UnloadingUnsupported { .. } => Errno::ENOSYS,
            Self::VermagicMissing { .. } => Errno::ENODATA,
        }
    }
}

fn words(text: &str) -> Vec<Fix> {
    vec![Fix::Words(text.to_string())]
}

fn rebuild(directory: &[u8]) -> Vec<Fix> {
    vec![Fix::Request(Request::RebuildIndexes { directory: directory.to_vec() })]
}

fn program_cause(program: &[Vec<u8>], status: Option<i32>) -> String {
    let program = program.join(&b' ');
    match status {
        Some(status) => format!("`{}` ended with status {status}", program.escape_ascii()),
        None => format!("`{}` could not be run to its end", program.escape_ascii()),
    }
}

fn unwritable_fix(errno: Errno) -> &'static str {
    const EACCES: Errno = Errno(13);
    const EROFS: Errno = Errno(30);
    match errno {
        Errno::EPERM | EACCES => "become root",
        EROFS => "make the file system writable, or change the image that it comes from",
        _ => "see to the directory and the space on its disk",
    }
}

fn in_use_cause(module: &ModuleName, holders: &[ModuleName], references: i32) -> String {
    if holders.is_empty() {
        return format!("`{module}` is in use {references} times, by no module");
    }
    let names: Vec<String> = holders.iter().map(|holder| format!("`{holder}`")).collect();
    format!("`{module}` is used by {}", names.join(", "))
}

fn in_use_fixes(holders: &[ModuleName]) -> Vec<Fix> {
    if holders.is_empty() {
        return words("stop the programs, mounts and network interfaces that use it");
    }
    vec![Fix::Request(Request::Unload { modules: holders.to_vec() })]
}

fn kind_word(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::Install => "install",
        CommandKind::Remove => "remove",
    }
}

fn fault_word(fault: UnpackFault) -> &'static str {
    match fault {
        UnpackFault::Corrupt => "it is corrupt",
        UnpackFault::CutOff => "it ends too early",
        UnpackFault::TooLarge => "it is larger than any module",
    }
}
