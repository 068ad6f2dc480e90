//! The file of our own that keeps out all but what a machine needs: how its lines are written and
//! read again. It is ours as a whole: a file that is not exactly what we write of it is left alone.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::block::Stanza;

/// Where these blocks are kept: behind those of single modules, and before what others write.
pub const FILE: &str = "/etc/modprobe.d/01-kmodctl-only.conf";

const HEADING: &[u8] = b"\
# Written by kmodctl, which owns this file: use `kmodctl block --only` and `kmodctl unblock --only`.
# Modules that this machine does not need are kept out: all but those that are loaded, that devices
# ask for, in the boot list, in a list of the administrator's, and what these need.
";

const TRIAL: &[u8] = b"\
# Written by kmodctl, which owns this file: use `kmodctl block --only` and `kmodctl unblock --only`.
# A trial: modules that this machine does not need are loaded, and the kernel log says so.
";

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnlyFile {
    /// Modules that are kept out, as their files are spelled.
    Block(Vec<Vec<u8>>),
    /// Modules that are loaded, and told of.
    Trial(Vec<Trial>),
}

/// A module of a trial, with what its softdep asks for: a softdep of its own would switch its
/// install line off, so the line itself loads that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// The module as its file is spelled.
    pub spelling: Vec<u8>,
    /// What is loaded before it.
    pub pre: Vec<Vec<u8>>,
    /// What is loaded after it.
    pub post: Vec<Vec<u8>>,
}

impl OnlyFile {
    /// The modules that the file is about, in byte order.
    pub fn modules(&self) -> Vec<ModuleName> {
        match self {
            Self::Block(spellings) => spellings.iter().map(ModuleName::new).collect(),
            Self::Trial(trials) => {
                trials.iter().map(|one| ModuleName::new(&one.spelling)).collect()
            }
        }
    }

    /// The bytes of the file; none without a module.
    pub fn write(&self) -> Option<Vec<u8>> {
        let mut file = Vec::new();
        match self {
            Self::Block(spellings) => {
                file.extend(HEADING);
                for spelling in spellings {
                    Stanza { spelling: spelling.clone(), along_with: Vec::new() }.write(&mut file);
                }
            }
            Self::Trial(trials) => {
                file.extend(TRIAL);
                trials.iter().for_each(|trial| trial.write(&mut file));
            }
        }
        (!self.modules().is_empty()).then_some(file)
    }

    /// Reads what [`write`](Self::write) wrote; `None` of any other file.
    pub fn read(file: &[u8]) -> Option<Self> {
        let lines = || file.split(|&byte| byte == b'\n');
        let read = match file.starts_with(TRIAL) {
            true => Self::Trial(lines().filter_map(Trial::read).collect()),
            false => {
                let spelling = |line: &[u8]| line.strip_prefix(b"blacklist ").map(<[u8]>::to_vec);
                Self::Block(lines().filter_map(spelling).collect())
            }
        };
        (read.write().as_deref() == Some(file)).then_some(read)
    }
}

const TELL: &[u8] = b" would be kept out' >/dev/kmsg; ";
const TOLD: &[u8] = b" echo '<5>kmodctl: trial: ";
const LOAD: &[u8] = b"/sbin/modprobe --ignore-install ";
const ALL: &[u8] = b"/sbin/modprobe -qa ";

impl Trial {
    /// The level 5 of the kernel log is a notice. `$CMDLINE_OPTS` stands for the options that a
    /// caller gave (modprobe.d(5)).
    fn write(&self, file: &mut Vec<u8>) {
        let name = self.spelling.as_slice();
        file.extend([b"\ninstall ", name, TOLD, name, TELL].concat());
        if !self.pre.is_empty() {
            file.extend([ALL, &self.pre.join(&b' '), b"; "].concat());
        }
        file.extend([LOAD, name, b" $CMDLINE_OPTS"].concat());
        if !self.post.is_empty() {
            file.extend([b" && ", ALL, &self.post.join(&b' ')].concat());
        }
        file.extend([b"\nsoftdep ", name, b" pre:\n"].concat());
    }

    fn read(line: &[u8]) -> Option<Self> {
        let line = line.strip_prefix(b"install ")?;
        let end = line.iter().position(|&byte| byte == b' ')?;
        let (spelling, command) = line.split_at(end);
        let start = command.windows(LOAD.len()).position(|window| window == LOAD)?;
        let words = |part: &[u8]| -> Vec<Vec<u8>> {
            let from = part.windows(ALL.len()).position(|window| window == ALL);
            let part = from.map_or(&b""[..], |from| &part[from + ALL.len()..]);
            let part = part.strip_suffix(b"; ").unwrap_or(part);
            let words = part.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
            words.map(<[u8]>::to_vec).collect()
        };
        let (pre, post) = command.split_at(start);
        Some(Self { spelling: spelling.to_vec(), pre: words(pre), post: words(post) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;

    fn body(file: &OnlyFile, heading: &[u8]) -> String {
        String::from_utf8(file.write().unwrap()[heading.len()..].to_vec()).unwrap()
    }

    #[test]
    fn blocks_are_written_and_read_again_and_nothing_else() {
        let file = OnlyFile::Block(vec![b"nfsd".to_vec(), b"usb-storage".to_vec()]);
        let expected = "\nblacklist nfsd\ninstall nfsd /bin/false\nsoftdep nfsd pre:\n\n\
            blacklist usb-storage\ninstall usb-storage /bin/false\nsoftdep usb-storage pre:\n";
        assert_eq!(body(&file, HEADING), expected);
        assert_eq!(file.modules(), [ModuleName::new("nfsd"), ModuleName::new("usb_storage")]);
        let bytes = file.write().unwrap();
        assert_eq!(OnlyFile::read(&bytes), Some(file));
        for other in [&b""[..], b"blacklist a\n", &[&bytes[..], b"options a b=1\n"].concat()] {
            assert_eq!(OnlyFile::read(other), None);
        }
        assert_eq!(OnlyFile::Block(Vec::new()).write(), None);
    }

    #[test]
    fn a_trial_loads_what_a_softdep_asks_for_and_is_read_again() {
        let words = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let trial = |name: &str, pre: &[&str], post: &[&str]| Trial {
            spelling: name.into(),
            pre: words(pre),
            post: words(post),
        };
        let file = OnlyFile::Trial(vec![trial("a", &["p", "q"], &["r"]), trial("b-c", &[], &[])]);
        let expected = "\ninstall a echo '<5>kmodctl: trial: a would be kept out' >/dev/kmsg; \
            /sbin/modprobe -qa p q; /sbin/modprobe --ignore-install a $CMDLINE_OPTS && \
            /sbin/modprobe -qa r\nsoftdep a pre:\n\n\
            install b-c echo '<5>kmodctl: trial: b-c would be kept out' >/dev/kmsg; \
            /sbin/modprobe --ignore-install b-c $CMDLINE_OPTS\nsoftdep b-c pre:\n";
        assert_eq!(body(&file, TRIAL), expected);
        let bytes = file.write().unwrap();
        assert_eq!(OnlyFile::read(&bytes), Some(file));
        assert_eq!(OnlyFile::read(&bytes[..bytes.len() - 1]), None);
    }
}
