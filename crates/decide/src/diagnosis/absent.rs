//! Names that no index has, files that are not where an index says, and what a module's start looks for
//! in vain.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::Message;

use super::{Refusal, missing_firmware};
use crate::configured::symbol_in_image;
use crate::errno::Errno;
use crate::evidence::Evidence;
use crate::inventory::TextFile;
use crate::problem::Problem;
use crate::resolve::resolve;
use crate::world::World;

/// Why a name was not found: the index is gone, or is older than the file, or the kernel has it and
/// not as a module, or there is no such thing. The kernel's configuration is asked for last.
pub fn unfound(
    world: &dyn Evidence,
    problem: Problem,
    configuration: impl FnOnce() -> Option<TextFile>,
) -> Problem {
    let Problem::NotFound { query, directory } = problem else { return problem };
    let module = ModuleName::new(&query);
    let file = world.files_named(&module).into_iter().next();
    match file {
        _ if !world.has_index() => Problem::IndexMissing { directory },
        Some(file) => Problem::NotIndexed { module, file, directory },
        None => in_image(&module, configuration).unwrap_or(Problem::NotFound { query, directory }),
    }
}

fn in_image(
    name: &ModuleName,
    configuration: impl FnOnce() -> Option<TextFile>,
) -> Option<Problem> {
    let file = configuration()?;
    let symbol = symbol_in_image(name, &file.bytes)?;
    Some(Problem::NeverModule { name: name.clone(), symbol, file: file.path })
}

/// Why a module file could not be read: if it is gone, where the module's file is now.
pub fn unreadable(world: &dyn Evidence, file: Vec<u8>, errno: Errno) -> Problem {
    if errno != Errno::ENOENT {
        return Problem::FileUnreadable { file, errno };
    }
    let module = ModuleName::of_path(&file);
    let elsewhere = world.files_named(&module).into_iter().next();
    let directory = world.module_directory().to_vec();
    Problem::ModuleFileGone { module, file, elsewhere, directory }
}

/// What a module's own start did not find: firmware, or what its softdep names and nothing is called.
pub(super) fn missing(
    world: &dyn World,
    module: &ModuleName,
    messages: &[Message],
) -> Option<Refusal> {
    if let Some((_, file)) = missing_firmware(messages).next() {
        return Some(Refusal::FirmwareMissing { file: file.to_vec() });
    }
    let softdep = world.configuration().softdep(module)?;
    let is_nothing = |name: &&Vec<u8>| {
        let is_builtin = world.is_builtin(ModuleName::new(*name).as_bytes()) == Ok(true);
        !is_builtin && resolve(world, name).is_ok_and(|found| found.is_empty())
    };
    let wanted: Vec<_> = softdep.pre.iter().filter(is_nothing).cloned().collect();
    (!wanted.is_empty()).then_some(Refusal::Lacking { wanted })
}
