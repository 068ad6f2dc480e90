//! From a refused load and what can be seen of it to the cause: which symbol is missing and who has
//! it, which parameter, which part of the version magic, which kind of signature, which line.

mod absent;
mod exporter;
mod lines;
mod messages;
mod rival;

use alloc::boxed::Box;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::{Message, Refused};
use kmodctl_format::module_parameters::split;

use crate::errno::Errno;
use crate::evidence::Evidence;
use crate::plan::CommandKind;
use crate::problem::Problem;

pub use absent::{unfound, unreadable};
pub use exporter::{Exporter, Missing};
pub use lines::{OptionLine, Place, blocked, line_of_option};
pub use messages::{ignored_parameters, missing_firmware};
pub use rival::turned_away;

/// Why the kernel refused a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `module_blacklist=` on the kernel command line names it.
    Blacklisted,
    /// It is signed, and its content is not what was signed.
    ContentAltered,
    /// A file of firmware that it needs is not there.
    FirmwareMissing {
        /// The file's path below the directories of firmware.
        file: Vec<u8>,
    },
    /// It is for another architecture (`e_machine`).
    ForeignMachine(u16),
    /// Its own start did not find what it had the kernel look for.
    Lacking {
        /// What it wants loaded before it, and no installed module is.
        wanted: Vec<Vec<u8>>,
    },
    /// A parameter does not take a value.
    ParameterValue {
        /// The parameter.
        parameter: Vec<u8>,
        /// The value.
        value: Vec<u8>,
        /// The line that gives it, where it is one of the configuration.
        line: Option<OptionLine>,
    },
    /// Its signature is not accepted.
    Signature(Refused),
    /// The signature at its end cannot be read.
    SignatureDamaged,
    /// It was taken, and its own start failed.
    Start {
        /// The parameters that it was given.
        options: Vec<u8>,
        /// The line that gives the last of them.
        line: Option<OptionLine>,
        /// A loaded module that answers to the same aliases.
        rival: Option<ModuleName>,
        /// What its start answered.
        errno: Errno,
    },
    /// It was built with another version of a symbol.
    SymbolVersion {
        /// The symbol.
        symbol: Vec<u8>,
        /// The modules that have it, by the index of this kernel.
        owners: Vec<ModuleName>,
    },
    /// It exports a symbol that is exported already.
    SymbolTaken {
        /// The symbol.
        symbol: Vec<u8>,
        /// The module that has exported it; `kernel` is the kernel itself.
        owner: ModuleName,
    },
    /// Nothing in the kernel has symbols that it needs.
    SymbolsMissing(Vec<Missing>),
    /// It was built for another kernel.
    Vermagic {
        /// The parts that differ.
        differences: Vec<Difference>,
    },
}

/// A part of the version magic that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The kernel was built with this, the module without.
    Lacks(Vec<u8>),
    /// The module was built with this, the kernel without.
    Has(Vec<u8>),
    /// The release is another one.
    Release {
        /// The module's.
        found: Vec<u8>,
        /// The kernel's.
        wanted: Vec<u8>,
    },
}

/// The problem of a load with its cause, where that can be seen; otherwise the problem as it is.
/// `options` are the parameters that the module was given.
pub fn diagnosed(
    world: &dyn Evidence,
    problem: Problem,
    options: &[u8],
    messages: &[Message],
) -> Problem {
    match problem {
        Problem::InsertRefused { module, file, errno } => {
            refused(world, module, file, errno, options, messages)
        }
        Problem::CommandFailed { module, kind: CommandKind::Install, command, status } => {
            match lines::of_install_command(world.world(), &module) {
                Some(place) => Problem::InstallLineFailed { module, command, place, status },
                None => {
                    let kind = CommandKind::Install;
                    Problem::CommandFailed { module, kind, command, status }
                }
            }
        }
        Problem::FileUnreadable { file, errno } => unreadable(world, file, errno),
        other => other,
    }
}

/// The problem of a removal with its cause, where that can be seen; otherwise the problem as it is.
pub fn removal(world: &dyn Evidence, problem: Problem) -> Problem {
    let Problem::RemoveRefused { module, errno } = &problem else { return problem };
    if *errno == Errno::EBUSY && world.is_permanent(module) {
        return Problem::Permanent { module: module.clone() };
    }
    forbidden(world, module, *errno).unwrap_or(problem)
}

fn refused(
    world: &dyn Evidence,
    module: ModuleName,
    file: Vec<u8>,
    errno: Errno,
    options: &[u8],
    messages: &[Message],
) -> Problem {
    if let Some(problem) = forbidden(world, &module, errno) {
        return problem;
    }
    let told = messages::refusal(world.world(), &module, messages);
    let refusal = match errno {
        // Which of its checks the kernel makes first says little of what is wrong.
        Errno::ENOEXEC | Errno::EINVAL | Errno::ESRCH if is_of_build(told.as_ref()) => {
            foreign(world, &file).or_else(|| other_release(world, &file)).or(told)
        }
        _ => told,
    };
    if let Some(refusal) = refusal {
        return insert_diagnosed(module, file, errno, refusal);
    }
    let refusal = match errno {
        EKEYREJECTED => Some(Refusal::ContentAltered),
        EBADMSG => Some(Refusal::SignatureDamaged),
        Errno::ENOENT => absent::missing(world.world(), &module, messages),
        Errno::ENOEXEC | Errno::EINVAL => match world.foreign_machine(&file) {
            Err(problem) => return problem,
            Ok(Some(machine)) => Some(Refusal::ForeignMachine(machine)),
            Ok(None) => start(world, &module, errno, options),
        },
        _ => start(world, &module, errno, options),
    };
    match refusal {
        Some(refusal) => insert_diagnosed(module, file, errno, refusal),
        None => Problem::InsertRefused { module, file, errno },
    }
}

fn insert_diagnosed(module: ModuleName, file: Vec<u8>, errno: Errno, refusal: Refusal) -> Problem {
    Problem::InsertDiagnosed { module, file, errno, refusal: Box::new(refusal) }
}

/// Whether a refusal, if the messages tell one, may come of a module being another kernel's.
fn is_of_build(told: Option<&Refusal>) -> bool {
    matches!(told, None | Some(Refusal::SymbolVersion { .. }))
}

fn foreign(world: &dyn Evidence, file: &[u8]) -> Option<Refusal> {
    world.foreign_machine(file).ok().flatten().map(Refusal::ForeignMachine)
}

fn other_release(world: &dyn Evidence, file: &[u8]) -> Option<Refusal> {
    let (found, wanted) = world.other_release(file)?;
    Some(Refusal::Vermagic { differences: [Difference::Release { found, wanted }].into() })
}

const EBADMSG: Errno = Errno(74);
const EKEYREJECTED: Errno = Errno(129);
const EIO: Errno = Errno(5);
const ENOMEM: Errno = Errno(12);
const ENXIO: Errno = Errno(6);

/// What a module's own start answers, and the kernel seldom does.
fn start(
    world: &dyn Evidence,
    module: &ModuleName,
    errno: Errno,
    options: &[u8],
) -> Option<Refusal> {
    if ![Errno::EBUSY, EIO, ENOMEM, ENXIO, Errno::EINVAL, Errno::ENODEV].contains(&errno) {
        return None;
    }
    let last = split(options).last();
    let line = last.and_then(|last| line_of_option(world.configuration(), module, last.name));
    let rival = if errno == Errno::EBUSY { rival::rival(world, module) } else { None };
    Some(Refusal::Start { options: options.trim_ascii().to_vec(), line, rival, errno })
}

/// Why nothing at all is loaded or unloaded by this process.
fn forbidden(world: &dyn Evidence, module: &ModuleName, errno: Errno) -> Option<Problem> {
    if errno != Errno::EPERM {
        return None;
    }
    if !world.may_change_modules() {
        return Some(Problem::NotPrivileged { module: module.clone() });
    }
    let disabled = world.are_modules_disabled();
    disabled.then(|| Problem::ModulesDisabled { module: module.clone() })
}
