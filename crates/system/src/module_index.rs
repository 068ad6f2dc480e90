//! The binary indexes of a module directory, each opened when it is asked for the first time. What
//! their values mean is told in [`crate::Machine`].

use std::cell::RefCell;
use std::rc::Rc;

use kmodctl_decide::{Errno, Problem};
use kmodctl_format::index::{Damage, Damaged, Index};

use crate::file::{CachedFile, RangedFile};
use crate::place::joined;
use crate::stamp::Stamp;

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
    opened: [RefCell<Option<Rc<Opened>>>; 5],
}

/// A file that was looked for, and when it was last changed.
struct Opened {
    index: Result<Option<Index<CachedFile>>, Problem>,
    stamp: Option<Stamp>,
}

impl Indexes {
    /// Asks an index a question; a missing index gives no answer.
    pub(crate) fn ask<T>(
        &self,
        directory: &[u8],
        which: IndexFile,
        question: impl FnOnce(&Index<CachedFile>) -> Result<T, Damage>,
    ) -> Result<Option<T>, Problem> {
        match &self.opened(directory, which).index {
            Err(problem) => Err(problem.clone()),
            Ok(None) => Ok(None),
            Ok(Some(index)) => match question(index) {
                Ok(answer) => Ok(Some(answer)),
                Err(damage) => Err(Problem::IndexDamaged { file: path(directory, which), damage }),
            },
        }
    }

    /// Closes every index: the next question opens its own anew.
    pub(crate) fn close(&self) {
        self.opened.iter().for_each(|slot| drop(slot.take()));
    }

    /// Whether a file that is open was changed, or is gone.
    pub(crate) fn are_stale(&self) -> bool {
        self.opened.iter().any(|slot| {
            let opened = slot.borrow();
            let stamp = opened.as_ref().and_then(|opened| opened.stamp.as_ref());
            stamp.is_some_and(Stamp::is_stale)
        })
    }

    fn opened(&self, directory: &[u8], which: IndexFile) -> Rc<Opened> {
        let mut slot = self.opened[which as usize].borrow_mut();
        Rc::clone(slot.get_or_insert_with(|| {
            let path = path(directory, which);
            let stamp = Stamp::of(&path).ok();
            Rc::new(Opened { index: open(path), stamp })
        }))
    }
}

fn path(directory: &[u8], which: IndexFile) -> Vec<u8> {
    joined(directory, which.file_name().as_bytes())
}

fn open(path: Vec<u8>) -> Result<Option<Index<CachedFile>>, Problem> {
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
