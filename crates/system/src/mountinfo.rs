//! What is mounted, as a process sees it: its `mountinfo`, described in proc(5).

use kmodctl_format::octal::unescaped;

use crate::file::read_start;
use crate::place::joined;

/// A mount.
pub(crate) struct Mounted {
    /// The number of the device, `MAJOR:MINOR`.
    pub(crate) device: Vec<u8>,
    /// Where.
    pub(crate) at: Vec<u8>,
    /// The type of the file system.
    pub(crate) kind: Vec<u8>,
    /// What is mounted.
    pub(crate) source: Vec<u8>,
    /// The options of the file system, with commas between them.
    pub(crate) options: Vec<u8>,
}

/// Reads the mounts that the process sees whose directory in procfs this is.
pub(crate) fn read(directory: &[u8]) -> Vec<Mounted> {
    const LIMIT: usize = 16 << 20;
    let text = read_start(&joined(directory, b"mountinfo"), LIMIT).unwrap_or_default();
    text.split(|&byte| byte == b'\n').filter_map(mounted).collect()
}

fn mounted(line: &[u8]) -> Option<Mounted> {
    let words: Vec<_> = line.split(|&byte| byte == b' ').collect();
    let dash = words.iter().position(|word| *word == b"-")?;
    let word = |index: usize| words.get(index).map(|word| unescaped(word));
    Some(Mounted {
        device: word(2)?,
        at: word(4)?,
        kind: word(dash + 1)?,
        source: word(dash + 2).unwrap_or_default(),
        options: word(dash + 3).unwrap_or_default(),
    })
}
