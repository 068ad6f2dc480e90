//! Names that no index has, and files that are not where an index says.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::errno::Errno;
use crate::evidence::Evidence;
use crate::problem::Problem;

/// Why a name was not found: the index is gone, or is older than the file, or there is no such module.
pub fn unfound(world: &dyn Evidence, problem: Problem) -> Problem {
    let Problem::NotFound { query, directory } = problem else { return problem };
    let module = ModuleName::new(&query);
    let file = world.files_named(&module).into_iter().next();
    match file {
        _ if !world.has_index() => Problem::IndexMissing { directory },
        Some(file) => Problem::NotIndexed { module, file, directory },
        None => Problem::NotFound { query, directory },
    }
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
