//! What depmod writes: from the modules of a directory to its tables and indexes. Files are found,
//! read and written in `system`; how remarks are worded is known in the doors.
//!
//! Which copy of a module counts is told by [`Preference`], in which order modules stand by
//! [`order`], what needs what by [`link`], and the bytes of each file by [`table`].

mod buckets;
mod cycles;
mod devname;
mod kept;
mod link;
mod order;
mod preference;
mod symbols;
mod table;

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::depmod_cache::StoredContents;

use crate::errno::Errno;
use crate::problem::Problem;

pub use cycles::Cycles;
pub use kept::{Holding, circumstances, holding, is_settled};
pub use link::{Graph, Linking, Reports, link};
pub use order::order;
pub use preference::{Candidates, Preference};
pub use symbols::KernelSymbols;
pub use table::{Builtin, Made, Table, Tables, table, table_without_links};

/// A module that was chosen, and what its file holds.
#[derive(Clone, Debug)]
pub struct Module<'a> {
    /// Its name.
    pub name: ModuleName,
    /// Its file, as it was found: below the module directory, or elsewhere.
    pub path: Vec<u8>,
    /// What the file holds.
    pub contents: Contents<'a>,
}

/// The keys of `.modinfo` that tables are made of.
pub const MODINFO_KEYS: [&[u8]; 3] = [b"alias", b"softdep", b"weakdep"];

/// What depmod takes from a module file.
#[derive(Clone, Debug, Default)]
pub struct Contents<'a> {
    /// The symbols, and the strings of the section `.modinfo` that have a key of [`MODINFO_KEYS`];
    /// others may be there.
    pub stored: StoredContents<'a>,
    /// What is wrong with the file; what could be read in spite of it is above.
    pub problem: Option<Problem>,
}

impl Module<'_> {
    /// The path as tables have it: below the module directory where it is there.
    pub fn table_path(&self, directory: &[u8]) -> &[u8] {
        below(directory, &self.path).unwrap_or(&self.path)
    }
}

/// The part of a path below a directory.
fn below<'a>(directory: &[u8], path: &'a [u8]) -> Option<&'a [u8]> {
    path.strip_prefix(directory)?.strip_prefix(b"/")
}

/// Something that is told while tables are made; none of it changes the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// An index cannot hold a key or value with this byte, so that the entry is left out.
    BadCharacter {
        /// The byte.
        byte: u8,
        /// The key or the value.
        text: Vec<u8>,
    },
    /// A line of modules.builtin does not begin with a letter.
    BuiltinLine {
        /// The line, with its newline.
        line: Vec<u8>,
    },
    /// A module's file is damaged.
    Damaged {
        /// The file.
        path: Vec<u8>,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A module has an alias for a device node, and none for its number.
    DeviceWithoutNumber {
        /// The module.
        module: ModuleName,
        /// The name of the node.
        node: Vec<u8>,
    },
    /// A module has an alias twice.
    DuplicateAlias {
        /// The alias, folded.
        alias: Vec<u8>,
        /// The module.
        module: ModuleName,
    },
    /// One module needs another one for the first time.
    Needs {
        /// The file of the one that needs.
        path: Vec<u8>,
        /// The symbol.
        symbol: Vec<u8>,
        /// The file of the one that gives.
        provider: Vec<u8>,
    },
    /// A module was built against another version of a symbol.
    OtherVersion {
        /// The module's file.
        path: Vec<u8>,
        /// The symbol.
        symbol: Vec<u8>,
    },
    /// Neither the kernel nor a module gives a symbol.
    UnknownSymbol {
        /// The file of the module that needs it.
        path: Vec<u8>,
        /// The symbol.
        symbol: Vec<u8>,
    },
    /// A bracket in an alias lacks its partner, so that the alias is left out of its index.
    UnmatchedBracket {
        /// The alias.
        alias: Vec<u8>,
    },
    /// A file of the module directory could not be opened.
    Unopened {
        /// Its name.
        name: &'static str,
        /// Why.
        errno: Errno,
    },
}
