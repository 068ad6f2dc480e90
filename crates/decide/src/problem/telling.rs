//! What a problem is called, and why it came about. Doors put these words on the screen; nothing here
//! is stored in a problem.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::{Problem, UnpackFault, damage, insertion, line, refusal};
use crate::errno::Errno;
use crate::plan::CommandKind;

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
            Self::IndexMissing { .. } => "index-missing",
            Self::InsertDiagnosed { refusal, .. } => refusal::code(refusal),
            Self::InsertRefused { errno, .. } => insertion::code(*errno),
            Self::InstallLineFailed { .. } => "command-failed",
            Self::LineForeign { .. } => "line-not-ours",
            Self::ModuleDamaged { .. } => "module-damaged",
            Self::ModuleFileGone { .. } => "file-gone",
            Self::ModulePacked { .. } => "module-unpackable",
            Self::ModulesDisabled { .. } => "modules-disabled",
            Self::NoFile { .. } => "no-file",
            Self::NeverModule { .. } => "built-in",
            Self::NotBlocked { .. } => "not-blocked",
            Self::NotFound { .. } => "not-found",
            Self::NotIndexed { .. } => "not-indexed",
            Self::NotKept { .. } => "not-kept",
            Self::NotListed { .. } => "not-listed",
            Self::NotLoaded { .. } => "not-loaded",
            Self::NotPrivileged { .. } => "not-privileged",
            Self::OtherHost { .. } => "other-host",
            Self::ParameterBuiltIn { .. } => "built-in",
            Self::ParameterHidden { .. } => "hidden-parameter",
            Self::ParameterReadOnly { .. } => "read-only-parameter",
            Self::ParameterRefused { .. } => "parameter-refused",
            Self::ParameterUnknown { .. } => "unknown-parameter",
            Self::ParameterUnwritable { .. } => "unwritable-value",
            Self::ParameterValue { .. } => "bad-parameter",
            Self::Permanent { .. } => "permanent",
            Self::ProgramFailed { .. } => "program-failed",
            Self::RebuildInVain { .. } => "image-still-stale",
            Self::RebuildToolMissing => "no-image-tool",
            Self::RemoveRefused { .. } => "remove-refused",
            Self::TreeMissing { .. } => "tree-missing",
            Self::TurnedAway { .. } => "turned-away",
            Self::UnloadingUnsupported { .. } => "unloading-unsupported",
            Self::UnmatchedBracket { .. } => "unmatched-bracket",
            Self::VermagicMissing { .. } => "vermagic-missing",
        }
    }

    /// Why it came about: one sentence without a full stop.
    pub fn cause(&self) -> String {
        match self {
            Self::AlreadyLoaded { module } => format!("`{module}` is in the kernel already"),
            Self::Blocked { module, place } => {
                format!("`{module}` is refused by {}:{}", place.file.escape_ascii(), place.line)
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
            Self::IndexMissing { directory } => {
                format!("{} has no index, so no module is known", directory.escape_ascii())
            }
            Self::InsertDiagnosed { module, refusal, .. } => refusal::cause(module, refusal),
            Self::InsertRefused { module, errno, .. } => {
                format!("the kernel refused `{module}`: {}", insertion::cause(*errno))
            }
            Self::InstallLineFailed { module, command, place, status } => format!(
                "the install command of `{module}` in {}:{} ended with status {status}: {}",
                place.file.escape_ascii(),
                place.line,
                command.escape_ascii()
            ),
            Self::LineForeign { name, place } => format!(
                "`{}` stands {}, which kmodctl did not write",
                name.escape_ascii(),
                line::place(place.as_ref())
            ),
            Self::ModuleDamaged { file, damage } => {
                let damage = damage::of_module(*damage);
                format!("{} is not a sound module file: {damage}", file.escape_ascii())
            }
            Self::ModuleFileGone { file, elsewhere, .. } => gone_cause(file, elsewhere.as_deref()),
            Self::ModulesDisabled { .. } => {
                "the kernel takes and gives no modules until the next start \
                 (kernel.modules_disabled)"
                    .into()
            }
            Self::ModulePacked { file, fault, .. } => {
                format!("{} cannot be unpacked: {}", file.escape_ascii(), fault_word(*fault))
            }
            Self::NoFile { module } => format!("no index names a file for `{module}`"),
            Self::NeverModule { name, symbol, file } => format!(
                "`{name}` is no module, but a part of the kernel: {} has {}=y",
                file.escape_ascii(),
                symbol.escape_ascii()
            ),
            Self::NotBlocked { module } => {
                format!("kmodctl does not block `{module}`")
            }
            Self::NotFound { query, directory } => format!(
                "`{}` is no module and no alias in {}",
                query.escape_ascii(),
                directory.escape_ascii()
            ),
            Self::NotIndexed { file, .. } => {
                format!("{} is there, but the index does not have it", file.escape_ascii())
            }
            Self::NotKept { name } => format!("no value of `{}` is kept", name.escape_ascii()),
            Self::NotListed { name } => {
                format!("the boot list does not have `{}`", name.escape_ascii())
            }
            Self::NotLoaded { module } => format!("`{module}` is not in the kernel"),
            Self::NotPrivileged { .. } => {
                "only root, or who has CAP_SYS_MODULE, loads and unloads modules".into()
            }
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
            Self::Permanent { module } => {
                format!("`{module}` has no code to end itself, and stays until the next start")
            }
            Self::ProgramFailed { words, status } => program_cause(words, *status),
            Self::RebuildInVain { image, tool } => format!(
                "{} was run, and {} still holds the old state",
                tool.program(),
                image.escape_ascii()
            ),
            Self::RebuildToolMissing => {
                "neither update-initramfs nor dracut, mkinitcpio or booster is installed".into()
            }
            Self::RemoveRefused { module, errno } => {
                format!("the kernel refused to remove `{module}` (errno {})", errno.0)
            }
            Self::TreeMissing { release, .. } => {
                format!("no modules are installed for the kernel {}", release.escape_ascii())
            }
            Self::TurnedAway { module, rival } => {
                let rival = rival.as_ref().map_or(String::new(), |rival| {
                    format!(": `{rival}` is loaded, which is for the same")
                });
                format!(
                    "the kernel did not keep `{module}`, for something of the same name is there \
                     already{rival}"
                )
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

    /// The error number that a caller in C sees.
    pub fn errno(&self) -> Errno {
        match self {
            Self::AlreadyLoaded { .. } => Errno::EEXIST,
            Self::BuiltIn { .. }
            | Self::NeverModule { .. }
            | Self::NoFile { .. }
            | Self::NotFound { .. } => Errno::ENOENT,
            Self::Blocked { .. } | Self::ModulesDisabled { .. } | Self::NotPrivileged { .. } => {
                Errno::EPERM
            }
            Self::CommandFailed { .. }
            | Self::InstallLineFailed { .. }
            | Self::UnmatchedBracket { .. } => Errno::EINVAL,
            Self::CommandNotStarted { errno, .. }
            | Self::FileUnreadable { errno, .. }
            | Self::FileUnwritable { errno, .. }
            | Self::ParameterRefused { errno, .. }
            | Self::InsertDiagnosed { errno, .. }
            | Self::InsertRefused { errno, .. }
            | Self::RemoveRefused { errno, .. } => *errno,
            Self::InUse { .. } | Self::Permanent { .. } => Errno::EBUSY,
            Self::IndexDamaged { .. } | Self::ModulePacked { .. } => Errno::EINVAL,
            Self::ModuleDamaged { damage, .. } => Errno(damage.errno()),
            Self::DriverLost { .. } => Errno::ENODEV,
            Self::IndexMissing { .. }
            | Self::LineForeign { .. }
            | Self::ModuleFileGone { .. }
            | Self::NotBlocked { .. }
            | Self::NotIndexed { .. }
            | Self::NotKept { .. }
            | Self::NotListed { .. }
            | Self::NotLoaded { .. }
            | Self::ParameterBuiltIn { .. }
            | Self::ParameterUnknown { .. }
            | Self::RebuildToolMissing
            | Self::TreeMissing { .. } => Errno::ENOENT,
            Self::FileForeign { .. } | Self::TurnedAway { .. } => Errno::EEXIST,
            Self::OtherHost { .. } => Errno::ENOSYS,
            Self::ParameterHidden { .. } | Self::ParameterReadOnly { .. } => Errno::EPERM,
            Self::ParameterUnwritable { .. }
            | Self::ParameterValue { .. }
            | Self::ProgramFailed { .. }
            | Self::RebuildInVain { .. } => Errno::EINVAL,
            Self::UnloadingUnsupported { .. } => Errno::ENOSYS,
            Self::VermagicMissing { .. } => Errno::ENODATA,
        }
    }
}

fn gone_cause(file: &[u8], elsewhere: Option<&[u8]>) -> String {
    let file = file.escape_ascii();
    match elsewhere {
        Some(elsewhere) => format!(
            "the index names {file}, which is gone, and does not know {}",
            elsewhere.escape_ascii()
        ),
        None => format!("{file} is gone"),
    }
}

fn program_cause(program: &[Vec<u8>], status: Option<i32>) -> String {
    let program = program.join(&b' ');
    match status {
        Some(status) => format!("`{}` ended with status {status}", program.escape_ascii()),
        None => format!("`{}` could not be run to its end", program.escape_ascii()),
    }
}

fn in_use_cause(module: &ModuleName, holders: &[ModuleName], references: i32) -> String {
    if holders.is_empty() {
        return format!("`{module}` is in use {references} times, by no module");
    }
    let names: Vec<String> = holders.iter().map(|holder| format!("`{holder}`")).collect();
    format!("`{module}` is used by {}", names.join(", "))
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
