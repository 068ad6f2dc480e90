//! `/proc/modules`: which modules are in the kernel, newest first. What sysfs tells about each is
//! not here.

use kmodctl_format::ModuleName;

/// A module that is in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its name.
    pub module: ModuleName,
    /// The memory it takes, in bytes.
    pub size: Option<u64>,
}

/// Reads the lines of `/proc/modules`: `NAME SIZE REFERENCES USERS STATE ADDRESS [(TAINT)]`.
///
/// Source: `kernel/module/procfs.c`, `m_show`.
pub(crate) fn loaded(lines: &[u8]) -> Vec<Loaded> {
    lines.split(|&byte| byte == b'\n').filter_map(loaded_module).collect()
}

fn loaded_module(line: &[u8]) -> Option<Loaded> {
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
    let name = words.next().filter(|name| !name.is_empty())?;
    let size = words.next().and_then(|size| std::str::from_utf8(size).ok()?.parse().ok());
    Some(Loaded { module: ModuleName::new(name), size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_the_order_of_the_kernel() {
        let lines = b"zram 36864 0 - Live 0x0000000000000000 (OE)\n\
            snd_hda_intel 61440 300 a,b, Live 0xffffffffc0\n\nodd\n";
        let expected = [("zram", Some(36864)), ("snd_hda_intel", Some(61440)), ("odd", None)];
        let expected = expected.map(|(name, size)| Loaded { module: ModuleName::new(name), size });
        assert_eq!(loaded(lines), expected);
        assert_eq!(loaded(b""), []);
    }
}
