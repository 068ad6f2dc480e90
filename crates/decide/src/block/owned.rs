//! The file of our own that holds the blocks: how its lines are written and read again. It is ours
//! as a whole: a file that is not exactly what we write of it is left alone.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::configuration::file_name;

/// Where the blocks are kept. Of install and softdep lines the first one counts, by file name, so
/// the name begins with a low number.
pub const FILE: &str = "/etc/modprobe.d/00-kmodctl-block.conf";

const HEADING: &[u8] = b"\
# Written by kmodctl, which owns this file: use `kmodctl block` and `kmodctl unblock`.
# blacklist keeps a module from being loaded by an alias, install by its name or as a dependency,
# and the empty softdep keeps a softdep of the module's own from switching the install line off.
";

/// The lines for one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stanza {
    /// The module as its file is spelled: scanners compare texts, and find `usb-storage` only.
    pub spelling: Vec<u8>,
    /// The modules it was blocked along with, which alone need it; none when it was asked for.
    pub along_with: Vec<Vec<u8>>,
}

/// How a module's file is spelled, which is what scanners look for.
pub fn spelling_of(path: &[u8]) -> &[u8] {
    file_name(path).split(|&byte| byte == b'.').next().unwrap_or_default()
}

impl Stanza {
    /// The module.
    pub fn module(&self) -> ModuleName {
        ModuleName::new(&self.spelling)
    }

    /// The lines, with an empty one before them.
    pub(super) fn write(&self, file: &mut Vec<u8>) {
        let name = self.spelling.as_slice();
        file.push(b'\n');
        if !self.along_with.is_empty() {
            file.extend([ALONG, &self.along_with.join(&b' '), b"\n"].concat());
        }
        file.extend([b"blacklist ", name, b"\ninstall ", name, b" /bin/false\n"].concat());
        file.extend([b"softdep ", name, b" pre:\n"].concat());
    }
}

const ALONG: &[u8] = b"# along with ";

/// The file that holds these stanzas, in byte order of the modules; none without any.
pub(super) fn write(stanzas: &[Stanza]) -> Option<Vec<u8>> {
    let mut sorted: Vec<_> = stanzas.iter().collect();
    sorted.sort_by_key(|stanza| stanza.module());
    sorted.dedup_by_key(|stanza| stanza.module());
    let mut file = HEADING.to_vec();
    sorted.iter().for_each(|stanza| stanza.write(&mut file));
    (!sorted.is_empty()).then_some(file)
}

/// Reads what [`write`] wrote; `None` of any other file.
pub(super) fn read(file: &[u8]) -> Option<Vec<Stanza>> {
    let body = file.strip_prefix(HEADING)?;
    let mut stanzas = Vec::new();
    let mut along_with = Vec::new();
    for line in body.split(|&byte| byte == b'\n') {
        if let Some(users) = line.strip_prefix(ALONG) {
            along_with = users.split(|&byte| byte == b' ').map(<[u8]>::to_vec).collect();
        } else if let Some(spelling) = line.strip_prefix(b"blacklist ") {
            let along_with = core::mem::take(&mut along_with);
            stanzas.push(Stanza { spelling: spelling.to_vec(), along_with });
        }
    }
    (write(&stanzas).as_deref() == Some(file)).then_some(stanzas)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        let stanza = |name: &str, with: &[&str]| Stanza {
            spelling: name.into(),
            along_with: with.iter().map(|name| name.as_bytes().to_vec()).collect(),
        };
        let stanzas = vec![stanza("grace", &["lockd", "nfsd"]), stanza("usb-storage", &[])];
        let file = write(&stanzas).unwrap();
        let body = String::from_utf8(file[HEADING.len()..].to_vec()).unwrap();
        let expected = "\n# along with lockd nfsd\nblacklist grace\ninstall grace /bin/false\n\
            softdep grace pre:\n\nblacklist usb-storage\ninstall usb-storage /bin/false\n\
            softdep usb-storage pre:\n";
        assert_eq!(body, expected);
        assert_eq!(read(&file), Some(stanzas.clone()));
        assert_eq!(write(&[stanzas[1].clone(), stanzas[0].clone()]), Some(file.clone()));
        assert_eq!(read(&[&file[..], b"options a b=1\n"].concat()), None);
        assert_eq!(read(b"blacklist a\n"), None);
        assert_eq!(write(&[]), None);
    }
}
