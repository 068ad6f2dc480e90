//! What cures a problem. A cure is a command wherever one does it; what stands in brackets behind it
//! tells what it does.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::{Problem, insertion, line, refusal};
use crate::block;
use crate::diagnosis::OptionLine;
use crate::errno::Errno;
use crate::rebuild::ImageTool;

/// One way out of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Something this project can plan and carry out.
    Request(Request),
    /// A command with what it does in brackets, or what a person is to do, in words.
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
    /// What cures it, the likeliest first; empty when nothing needs to be cured.
    pub fn fixes(&self) -> Vec<Fix> {
        match self {
            Self::AlreadyLoaded { .. } | Self::NotLoaded { .. } => Vec::new(),
            Self::Blocked { module, place } if place.file.ends_with(block::FILE.as_bytes()) => {
                vec![Fix::Words(format!("kmodctl unblock {module}"))]
            }
            // The file is ours as a whole: a line that goes by hand makes it somebody else's.
            Self::Blocked { module, place }
                if place.file.ends_with(block::only::FILE.as_bytes()) =>
            {
                vec![Fix::Words(format!(
                    "name {module} in the list that was given to kmodctl block --only, and give it \
                     the list again"
                ))]
            }
            Self::Blocked { place, .. } => vec![line::take_out(place)],
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
            Self::IndexMissing { directory } => rebuild(directory),
            Self::InsertDiagnosed { module, file, refusal, .. } => {
                refusal::fixes(module, file, refusal)
            }
            Self::InsertRefused { errno, .. } => words(insertion::fix(*errno)),
            Self::InstallLineFailed { place, .. } => vec![line::take_out(place)],
            Self::ModuleFileGone { elsewhere: Some(_), directory, .. } => rebuild(directory),
            Self::ModuleDamaged { .. }
            | Self::ModuleFileGone { .. }
            | Self::ModulePacked { .. } => words("install the package that owns the file again"),
            Self::ModulesDisabled { .. } => {
                words("restart the machine, and have this done before modules are disabled")
            }
            Self::NoFile { .. } => words("correct the alias or the name, or install the module"),
            Self::LineForeign { place, .. } => line::fixes(place.as_ref()),
            Self::NotIndexed { directory, .. } => rebuild(directory),
            Self::NotKept { .. } => words("kmodctl param diff"),
            Self::NotListed { .. } => words("kmodctl boot list"),
            Self::NeverModule { .. } => words(
                "leave it: it is there whenever the kernel is, and no file of modprobe.d reaches it",
            ),
            Self::NotBlocked { .. } => words("see `kmodctl verify-block` for what keeps it out"),
            Self::NotFound { directory, .. } => {
                let mut fixes = words("check the spelling, or install the package that has it");
                fixes.extend(rebuild(directory));
                fixes
            }
            Self::NotPrivileged { .. } => words("become root"),
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
            Self::Permanent { module } => {
                vec![Fix::Words(format!(
                    "kmodctl block {module} (and restart: it is left out then)"
                ))]
            }
            Self::ProgramFailed { .. } => words("read what the program said, and run it again"),
            Self::RebuildInVain { tool: ImageTool::Dracut, .. } => words(
                "echo 'install_items+=\" /etc/modprobe.d/*.conf \"' > /etc/dracut.conf.d/modprobe.conf, \
                 and run it again (dracut leaves them out of images for any host)",
            ),
            Self::RebuildInVain { .. } => words(
                "make it anew with the tool that made it, or have the tool copy /etc/modprobe.d into it",
            ),
            Self::RebuildToolMissing => words("make the images anew with the tool that made them"),
            Self::RemoveRefused { .. } => words("stop what uses the module, then try again"),
            Self::TreeMissing { release, others } => vec![tree_fix(release, others)],
            Self::TurnedAway { rival: Some(rival), .. } => {
                vec![Fix::Request(Request::Unload { modules: vec![rival.clone()] })]
            }
            Self::TurnedAway { .. } => words("kmodctl list (see which of them does the same)"),
            Self::UnloadingUnsupported { .. } => words("restart the machine without the module"),
            Self::UnmatchedBracket { .. } => words("close the bracket, or leave it out"),
            Self::VermagicMissing { .. } => words("build the module for the running kernel"),
        }
    }
}

/// What cures a line that gives a parameter `name` which its module does not have.
pub(crate) fn option_line(option: &OptionLine, name: &[u8], meant: Option<&[u8]>) -> Fix {
    let renamed = meant.and_then(|meant| line::renamed(option, name, meant));
    renamed.unwrap_or_else(|| line::without(option))
}

fn words(text: &str) -> Vec<Fix> {
    vec![Fix::Words(text.to_string())]
}

fn rebuild(directory: &[u8]) -> Vec<Fix> {
    vec![Fix::Request(Request::RebuildIndexes { directory: directory.to_vec() })]
}

fn tree_fix(release: &[u8], others: &[Vec<u8>]) -> Fix {
    let names: Vec<_> = others.iter().map(|other| other.escape_ascii().to_string()).collect();
    Fix::Words(match names.is_empty() {
        true => "install the kernel's modules, and run depmod; a container has none".into(),
        false => format!(
            "start one of {}, or name it with --kernel, or install the modules of {}",
            names.join(", "),
            release.escape_ascii()
        ),
    })
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

fn in_use_fixes(holders: &[ModuleName]) -> Vec<Fix> {
    if holders.is_empty() {
        return words("stop the programs, mounts and network interfaces that use it");
    }
    vec![Fix::Request(Request::Unload { modules: holders.to_vec() })]
}
