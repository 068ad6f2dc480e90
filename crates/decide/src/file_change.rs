//! Changes of files as values: what a file was and what it becomes. `system` writes them, each
//! whole or not at all.

use alloc::vec::Vec;

/// A file that is to be written or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: Vec<u8>,
    /// What it was when the change was planned; `None` where there was no file.
    pub before: Option<Vec<u8>>,
    /// What it becomes; `None` removes it.
    pub after: Option<Vec<u8>>,
}

impl FileChange {
    /// The change from one content to another; nothing when they are the same.
    pub fn between(path: &[u8], before: Option<&[u8]>, after: Option<Vec<u8>>) -> Option<Self> {
        let before = before.map(<[u8]>::to_vec);
        (before != after).then(|| Self { path: path.to_vec(), before, after })
    }
}
