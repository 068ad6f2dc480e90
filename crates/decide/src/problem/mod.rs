//! Everything that can go wrong, as data: which problem it is, and about what. Its cause and its
//! cures are told by `code`, `cause` and `fixes`; the doors put them into their own words.

pub(crate) mod cures;
mod damage;
mod insertion;
mod line;
mod refusal;
mod telling;

use alloc::boxed::Box;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::diagnosis::{Place, Refusal};
use crate::errno::Errno;
use crate::plan::CommandKind;
use crate::rebuild::ImageTool;

pub use cures::{Fix, Request};
pub use refusal::firmware_fix;

/// A failure, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// `--first-time` was asked for, and the module is in the kernel already.
    AlreadyLoaded {
        /// The module.
        module: ModuleName,
    },
    /// A line of the configuration refuses the module.
    Blocked {
        /// The module.
        module: ModuleName,
        /// The line.
        place: Place,
    },
    /// The module is part of the kernel image and cannot be removed.
    BuiltIn {
        /// The module.
        module: ModuleName,
    },
    /// An install or remove command ended with a status other than 0.
    CommandFailed {
        /// The module whose command it is.
        module: ModuleName,
        /// Which command.
        kind: CommandKind,
        /// The command as the shell was given it.
        command: Vec<u8>,
        /// Its exit status.
        status: i32,
    },
    /// An install or remove command could not be started.
    CommandNotStarted {
        /// The module whose command it is.
        module: ModuleName,
        /// Which command.
        kind: CommandKind,
        /// The command as the shell was given it.
        command: Vec<u8>,
        /// Why it could not be started.
        errno: Errno,
    },
    /// An installed kernel has nothing for a device that a module drives now.
    DriverLost {
        /// The module.
        module: ModuleName,
        /// The device's path below `/sys/devices`.
        device: Vec<u8>,
        /// The kernel.
        release: Vec<u8>,
    },
    /// A file has the name of one of ours and is not what we write.
    FileForeign {
        /// The file.
        file: Vec<u8>,
    },
    /// A file could not be opened or read.
    FileUnreadable {
        /// The file.
        file: Vec<u8>,
        /// What the kernel said.
        errno: Errno,
    },
    /// A file could not be written; it is what it was.
    FileUnwritable {
        /// The file.
        file: Vec<u8>,
        /// What the kernel said.
        errno: Errno,
    },
    /// Something uses the module.
    InUse {
        /// The module.
        module: ModuleName,
        /// Modules that use it.
        holders: Vec<ModuleName>,
        /// Its use count.
        references: i32,
    },
    /// An index is not what depmod writes.
    IndexDamaged {
        /// The index file.
        file: Vec<u8>,
        /// What is wrong, and where.
        damage: kmodctl_format::index::Damage,
    },
    /// A directory has no index of its modules.
    IndexMissing {
        /// The directory.
        directory: Vec<u8>,
    },
    /// The kernel refused to take the module in, and its messages say why.
    InsertDiagnosed {
        /// The module.
        module: ModuleName,
        /// Its file.
        file: Vec<u8>,
        /// What the kernel said.
        errno: Errno,
        /// Why; in a box, since it is large and refusals are rare.
        refusal: Box<Refusal>,
    },
    /// The kernel refused to take the module in.
    InsertRefused {
        /// The module.
        module: ModuleName,
        /// Its file.
        file: Vec<u8>,
        /// What the kernel said.
        errno: Errno,
    },
    /// The install command that a line of the configuration gives ended with a status other than 0.
    InstallLineFailed {
        /// The module whose command it is.
        module: ModuleName,
        /// The command as the shell was given it.
        command: Vec<u8>,
        /// The line.
        place: Place,
        /// Its exit status.
        status: i32,
    },
    /// No module, but a part of the kernel that cannot be one.
    NeverModule {
        /// What was asked for.
        name: ModuleName,
        /// The symbol of the kernel's configuration that has the name.
        symbol: Vec<u8>,
        /// The configuration.
        file: Vec<u8>,
    },
    /// A line that is to go stands in a file that is not ours.
    LineForeign {
        /// What the line is about.
        name: Vec<u8>,
        /// The line; `None` for the kernel command line.
        place: Option<Place>,
    },
    /// A module file is not a module, or is cut off.
    ModuleDamaged {
        /// The file.
        file: Vec<u8>,
        /// What is wrong, and where.
        damage: kmodctl_format::elf::Damage,
    },
    /// A file that an index names is not there.
    ModuleFileGone {
        /// The module.
        module: ModuleName,
        /// The file.
        file: Vec<u8>,
        /// Another file that is called like the module.
        elsewhere: Option<Vec<u8>>,
        /// The directory of the index.
        directory: Vec<u8>,
    },
    /// A compressed module cannot be unpacked.
    ModulePacked {
        /// The file.
        file: Vec<u8>,
        /// How it says it is compressed.
        codec: kmodctl_format::suffix::Codec,
        /// What is wrong with it.
        fault: UnpackFault,
    },
    /// The kernel takes and gives no modules until the next start.
    ModulesDisabled {
        /// The module.
        module: ModuleName,
    },
    /// No index names a file for the module.
    NoFile {
        /// The module.
        module: ModuleName,
    },
    /// No module and no alias of this name is known.
    NotFound {
        /// The name or alias as it was asked for.
        query: Vec<u8>,
        /// The directory whose indexes were asked.
        directory: Vec<u8>,
    },
    /// No block of ours keeps the module out.
    NotBlocked {
        /// The module.
        module: ModuleName,
    },
    /// A file is called like the module, and the index does not have it.
    NotIndexed {
        /// The module.
        module: ModuleName,
        /// The file.
        file: Vec<u8>,
        /// The directory of the index.
        directory: Vec<u8>,
    },
    /// The file of our own keeps no value for a parameter.
    NotKept {
        /// The module, or `MODULE.PARAMETER`.
        name: Vec<u8>,
    },
    /// The module is not in the boot list.
    NotListed {
        /// The name as it was asked for.
        name: Vec<u8>,
    },
    /// The module is not in the kernel.
    NotLoaded {
        /// The module.
        module: ModuleName,
    },
    /// This process may neither load nor unload modules.
    NotPrivileged {
        /// The module.
        module: ModuleName,
    },
    /// Another host's files are meant, and it has no kernel that could be asked to change.
    OtherHost {
        /// The root of its files.
        root: Vec<u8>,
    },
    /// The module is part of the kernel image, and no file of modprobe.d reaches its parameters.
    ParameterBuiltIn {
        /// The module.
        module: ModuleName,
    },
    /// The kernel does not show the value of a parameter.
    ParameterHidden {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
    },
    /// The parameter cannot be changed while its module is in the kernel.
    ParameterReadOnly {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
    },
    /// The kernel refused a value for a live parameter.
    ParameterRefused {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
        /// The value.
        value: Vec<u8>,
        /// What the kernel said.
        errno: Errno,
    },
    /// The module has no parameter of this name.
    ParameterUnknown {
        /// The module.
        module: ModuleName,
        /// The parameter as it was spelled.
        parameter: Vec<u8>,
    },
    /// A value that no line of modprobe.d can spell.
    ParameterUnwritable {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// The kernel refused a value, or the value cannot be one.
    ParameterValue {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
        /// What the module declares it to be.
        kind: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// The module has no code to end itself, so nothing takes it out.
    Permanent {
        /// The module.
        module: ModuleName,
    },
    /// A program that was run for its effect failed.
    ProgramFailed {
        /// Its words.
        words: Vec<Vec<u8>>,
        /// Its exit status; `None` when it could not be started or was killed.
        status: Option<i32>,
    },
    /// Images of the first root directory were made anew, and one still holds the old state.
    RebuildInVain {
        /// The image.
        image: Vec<u8>,
        /// What was run.
        tool: ImageTool,
    },
    /// No program is there that makes images of the first root directory.
    RebuildToolMissing,
    /// The kernel refused to let the module go.
    RemoveRefused {
        /// The module.
        module: ModuleName,
        /// What the kernel said.
        errno: Errno,
    },
    /// The kernel that is meant has no modules on the host.
    TreeMissing {
        /// Its release.
        release: Vec<u8>,
        /// The releases that have some.
        others: Vec<Vec<u8>>,
    },
    /// The kernel took the module, and its start found something of its own there already.
    TurnedAway {
        /// The module.
        module: ModuleName,
        /// A loaded module that answers to the same aliases.
        rival: Option<ModuleName>,
    },
    /// A name holds a bracket without its partner.
    UnmatchedBracket {
        /// The name or alias as it was asked for.
        query: Vec<u8>,
    },
    /// This kernel cannot remove modules.
    UnloadingUnsupported {
        /// The module.
        module: ModuleName,
    },
    /// A module's version magic was to be ignored, and it holds none.
    VermagicMissing {
        /// The file.
        file: Vec<u8>,
    },
}

/// What is wrong with a compressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnpackFault {
    /// Its checksums or its structure are wrong.
    Corrupt,
    /// It ends too early.
    CutOff,
    /// It unpacks to more bytes than any module has.
    TooLarge,
}
