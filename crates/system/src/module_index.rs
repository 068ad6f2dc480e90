//! The binary indexes of a module directory, each opened when it is asked for the first time. What
//! their values mean is told in [`crate::Machine`].

use std::cell::OnceCell;

use kmodctl_decide::{Errno, Problem};
use kmodctl_format::index::{Damage, Damaged, Index};

use crate::file::{CachedFile, RangedFile};
use crate::place::joined;

/// Which index is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexFile {
    /// Alias patterns of modules.
    Alias,
    /// Names of what is built in.
    Builtin,
    /// Alias patterns of what is built in.
    BuiltinAlias,
    /// Lines of modules.dep.
    Dependencies,
    /// Symbols, as `symbol:NAME`.
    Symbols,
}

impl IndexFile {
    /// The file's name in the module directory.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Alias => "modules.alias.bin",
            Self::Builtin => "modules.builtin.bin",
            Self::BuiltinAlias => "modules.builtin.alias.bin",
            Self::Dependencies => "modules.dep.bin",
            Self::Symbols => "modules.symbols.bin",
        }
    }
}

/// The indexes of one module directory.
#[derive(Default)]
pub(crate) struct Indexes {
    opened: [OnceCell<Opened>; 5],
}

/// An index, nothing where there is no file, or why there is neither.
type Opened = Result<Option<Index<CachedFile>>, Problem>;

impl Indexes {
    /// Asks an index a question; a missing index gives no answer.
    pub(crate) fn ask<T>(
        &self,
        directory: &[u8],
        which: IndexFile,
        question: impl FnOnce(&Index<CachedFile>) -> Result<T, Damage>,
    ) -> Result<Option<T>, Problem> {
        let path = || joined(directory, which.file_name().as_bytes());
        match self.opened[which as usize].get_or_init(|| open(path())) {
            Err(problem) => Err(problem.clone()),
            Ok(None) => Ok(None),
            Ok(Some(index)) => match question(index) {
                Ok(answer) => Ok(Some(answer)),
                Err(damage) => Err(Problem::IndexDamaged { file: path(), damage }),
            },
        }
    }
}

fn open(path: Vec<u8>) -> Opened {
    let file = match RangedFile::open(&path) {
        Ok(file) => file,
        Err(Errno::ENOENT) => return Ok(None),
        Err(Errno(errno)) => {
            let damage = Damage { what: Damaged::Unreadable(errno), offset: 0 };
            return Err(Problem::IndexDamaged { file: path, damage });
        }
    };
    match Index::open(CachedFile::new(file)) {
        Ok(index) => Ok(Some(index)),
        Err(damage) => Err(Problem::IndexDamaged { file: path, damage }),
    }
}
