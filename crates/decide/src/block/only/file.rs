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
pub struct OnlyFile {
    /// The modules that it lets in. A module of a kernel that is neither here nor in `out` came later
    /// than the file. Nothing is said of them in files of an earlier kmodctl.
    pub let_in: Vec<ModuleName>,
    /// The others.
    pub out: KeptOut,
}

/// The modules that an allow-list does not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptOut {
    /// They are kept out; as their files are spelled.
    Block(Vec<Vec<u8>>),
    /// They are loaded, and told of.
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

const LETS_IN: &[u8] = b"# lets in ";

impl OnlyFile {
    /// The modules that are not let in, in byte order.
    pub fn modules(&self) -> Vec<ModuleName> {
        match &self.out {
            KeptOut::Block(spellings) => spellings.iter().map(ModuleName::new).collect(),
            KeptOut::Trial(trials) => {
                trials.iter().map(|one| ModuleName::new(&one.spelling)).collect()
            }
        }
    }

    /// The bytes of the file; none when all modules are let in.
    pub fn write(&self) -> Option<Vec<u8>> {
        let mut file = match &self.out {
            KeptOut::Block(_) => HEADING.to_vec(),
            KeptOut::Trial(_) => TRIAL.to_vec(),
        };
        for module in &self.let_in {
            file.extend([LETS_IN, module.as_bytes(), b"\n"].concat());
        }
        match &self.out {
            KeptOut::Block(spellings) => {
                for spelling in spellings {
                    Stanza { spelling: spelling.clone(), along_with: Vec::new() }.write(&mut file);
                }
            }
            KeptOut::Trial(trials) => trials.iter().for_each(|trial| trial.write(&mut file)),
        }
        (!self.modules().is_empty()).then_some(file)
    }

    /// Reads what [`write`](Self::write) wrote; `None` of any other file.
    pub fn read(file: &[u8]) -> Option<Self> {
        let lines = || file.split(|&byte| byte == b'\n');
        let out = match file.starts_with(TRIAL) {
            true => KeptOut::Trial(lines().filter_map(Trial::read).collect()),
            false => {
                let spelling = |line: &[u8]| line.strip_prefix(b"blacklist ").map(<[u8]>::to_vec);
                KeptOut::Block(lines().filter_map(spelling).collect())
            }
        };
        let let_in = lines().filter_map(|line| line.strip_prefix(LETS_IN));
        let read = Self { let_in: let_in.map(ModuleName::new).collect(), out };
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
        let out = KeptOut::Block(vec![b"nfsd".to_vec(), b"usb-storage".to_vec()]);
        let file = OnlyFile { let_in: vec![ModuleName::new("e1000e")], out };
        let expected = "# lets in e1000e\n\nblacklist nfsd\ninstall nfsd /bin/false\nsoftdep nfsd pre:\n\n\
            blacklist usb-storage\ninstall usb-storage /bin/false\nsoftdep usb-storage pre:\n";
        assert_eq!(body(&file, HEADING), expected);
        assert_eq!(file.modules(), [ModuleName::new("nfsd"), ModuleName::new("usb_storage")]);
        let bytes = file.write().unwrap();
        assert_eq!(OnlyFile::read(&bytes), Some(file.clone()));
        for other in [&b""[..], b"blacklist a\n", &[&bytes[..], b"options a b=1\n"].concat()] {
            assert_eq!(OnlyFile::read(other), None);
        }
        let all = OnlyFile { let_in: file.let_in, out: KeptOut::Block(Vec::new()) };
        assert_eq!(all.write(), None);
    }

    #[test]
    fn a_trial_loads_what_a_softdep_asks_for_and_is_read_again() {
        let words = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let trial = |name: &str, pre: &[&str], post: &[&str]| Trial {
            spelling: name.into(),
            pre: words(pre),
            post: words(post),
        };
        let out = KeptOut::Trial(vec![trial("a", &["p", "q"], &["r"]), trial("b-c", &[], &[])]);
        let file = OnlyFile { let_in: Vec::new(), out };
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
