//! Where a depmod keeps what it read for the next one. What of it still holds is known in `decide`,
//! how it is written in `format`. Whatever is wrong with what is kept, it is as good as none.

use std::os::fd::OwnedFd;
use std::time::{SystemTime, UNIX_EPOCH};

use kmodctl_decide::depmod::{Module, is_settled};
use kmodctl_format::depmod_cache::{Digest, HEAD, Head, List, Seen, Stamp, Time};
use kmodctl_format::hash::super_fast_hash;
use kmodctl_format::{ModuleName, ReadAt};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use twox_hash::XxHash3_128;

use super::jobs::{Jobs, for_each};
use super::leftovers;
use super::publish::{suffix, write_pieces};
use crate::file::{RangedFile, stamp_of};

/// The cache of one module directory.
pub struct Cache {
    place: Vec<u8>,
    may_be_made: bool,
    name: String,
}

/// What was kept, with its list read and found whole.
pub struct Kept {
    file: RangedFile,
    head: Head,
    list: Vec<u8>,
}

/// Where caches are, below a root.
const PLACE: &[u8] = b"/var/cache/kmodctl";
/// No cache is larger: 64,000 modules take 200 MB.
const LIMIT: usize = 1 << 30;

impl Cache {
    /// The cache of a module directory below a root; the machine's own root is empty. Below another
    /// root nothing is kept unless somebody made the directory for it.
    pub fn new(root: &[u8], is_own: bool, directory: &[u8]) -> Self {
        let start = directory.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let release = directory[start..].escape_ascii();
        let name = format!("depmod-{release}-{:08x}", super_fast_hash(directory));
        Self { place: [root, PLACE].concat(), may_be_made: is_own, name: name.replace('\\', "_") }
    }

    /// Opens what was kept; that of another user is none, nor what others may write to.
    pub fn open(&self) -> Option<Kept> {
        let directory = self.directory()?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&directory, &self.name, flags, Mode::empty()).ok()?;
        is_trusted(&file, FileType::RegularFile)?;
        let file = RangedFile::of(file).ok()?;
        let head = Head::read(&range(&file, 0, HEAD)?)?;
        let length = HEAD.checked_add(head.list)?.checked_add(head.contents)?;
        (length as u64 == file.length() && length <= LIMIT).then_some(())?;
        let list = range(&file, HEAD, head.list)?;
        head.is_list(&list, digest_of).then_some(Kept { file, head, list })
    }

    /// Keeps a list and contents in place of what was kept. What fails is not told: the next run
    /// reads all modules again.
    pub fn keep(&self, list: &List<'_>, contents: &[&[u8]]) {
        let _ = list.write().and_then(|list| self.write(&list, contents));
    }

    fn write(&self, list: &[u8], contents: &[&[u8]]) -> Option<()> {
        if self.may_be_made {
            let _ = rustix::fs::mkdir(&self.place[..], Mode::from_raw_mode(0o755));
        }
        let directory = self.directory()?;
        let _ = leftovers::remove(&directory, &[&self.name]);
        let temporary = format!("{}.{}", self.name, suffix());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        let file = rustix::fs::openat(&directory, &temporary, flags, mode).ok()?;
        leftovers::hold(&file);
        let head = Head::new(list, contents, digest_of).write();
        let pieces = [&head[..], list].into_iter().chain(contents.iter().copied());
        // It is not synced: what a power cut leaves of it is told by its digests.
        let renamed = write_pieces(&file, pieces).is_ok()
            && rustix::fs::renameat(&directory, &temporary, &directory, &self.name).is_ok();
        if !renamed {
            let _ = rustix::fs::unlinkat(&directory, &temporary, AtFlags::empty());
        }
        Some(())
    }

    fn directory(&self) -> Option<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::open(&self.place[..], flags, Mode::empty()).ok()?;
        is_trusted(&directory, FileType::Directory)?;
        Some(directory)
    }
}

/// Whether a file is of a kind, one's own, and no others may write to it.
fn is_trusted(file: &OwnedFd, kind: FileType) -> Option<()> {
    let status = rustix::fs::fstat(file).ok()?;
    let is_own = status.st_uid == rustix::process::geteuid().as_raw();
    let is_kind = FileType::from_raw_mode(status.st_mode) == kind;
    (is_own && is_kind && status.st_mode & 0o022 == 0).then_some(())
}

impl Kept {
    /// The list.
    pub fn list(&self) -> Option<List<'_>> {
        List::read(&self.list)
    }

    /// The contents that the list speaks of.
    pub fn contents(&self) -> Option<Vec<u8>> {
        let contents = range(&self.file, HEAD + self.head.list, self.head.contents)?;
        self.head.is_contents(&contents, digest_of).then_some(contents)
    }
}

fn range(file: &RangedFile, start: usize, length: usize) -> Option<Vec<u8>> {
    let end = start.checked_add(length)?;
    (end as u64 <= file.length() && end <= LIMIT).then_some(())?;
    let mut bytes = vec![0; length];
    file.read_at(start as u64, &mut bytes).ok()?;
    Some(bytes)
}

/// The digest by which damage is told. It is none that withstands an attacker: who can write the
/// cache can write modules, too.
pub fn digest(bytes: &[u8]) -> Digest {
    XxHash3_128::oneshot(bytes).to_le_bytes()
}

/// The digest of pieces that stand one behind the other.
fn digest_of(pieces: &[&[u8]]) -> Digest {
    let [piece] = pieces else {
        let mut digest = XxHash3_128::new();
        pieces.iter().for_each(|piece| digest.write(piece));
        return digest.finish_128().to_le_bytes();
    };
    digest(piece)
}

/// The time, as files are stamped with it.
pub fn now() -> Time {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(time.as_secs()).unwrap_or(0);
    Time { seconds, nanoseconds: time.subsec_nanos() }
}

/// The states of modules' files, in their order.
pub fn stamps(modules: &[(ModuleName, Vec<u8>)], jobs: Jobs) -> Vec<Option<Stamp>> {
    let work = |_: &mut (), number: usize| stamp_of(&modules[number].1);
    let stamps = for_each(jobs.computing(), modules.len(), || (), work);
    stamps.into_iter().map(Option::flatten).collect()
}

/// The digests of a set of files in a directory; nothing when one cannot be read.
pub fn digests(directory: &[u8], names: &[&str]) -> Option<Vec<Digest>> {
    let one = |name: &&str| {
        let file = RangedFile::open(&[directory, b"/", name.as_bytes()].concat()).ok()?;
        Some(digest(&file.read_whole(LIMIT as u64).ok()?))
    };
    names.iter().map(one).collect()
}

/// What is to be kept of modules whose files were in these states: the lines of the list, and the
/// contents in pieces. `began` is a time before the first file was looked at.
///
/// Nothing is kept of a damaged module; it is read each time.
pub fn kept_of<'a>(
    modules: &'a [Module<'a>],
    stamps: &[Option<Stamp>],
    began: Time,
) -> (Vec<Seen<'a>>, Vec<&'a [u8]>) {
    let (mut pieces, mut end) = (Vec::with_capacity(modules.len()), 0usize);
    let seen = modules.iter().zip(stamps).filter_map(|(module, stamp)| {
        let stamp = (*stamp)?;
        let bytes = module.contents.stored.bytes();
        let is_kept = module.contents.problem.is_none() && !bytes.is_empty();
        let contents = is_kept.then_some(end..end + bytes.len());
        if is_kept {
            pieces.push(bytes);
            end += bytes.len();
        }
        let is_settled = is_settled(&stamp, began);
        Some(Seen { path: &module.path, stamp, is_settled, contents })
    });
    (seen.collect(), pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    /// Lengths below and above those at which the digest changes its way, and more pieces than are
    /// written at a time.
    #[test]
    fn pieces_are_as_good_as_the_whole() {
        let tree = Tree::new();
        for (length, size) in [(0, 1), (3, 2), (16, 16), (200, 7), (241, 240), (100_000, 33)] {
            let whole: Vec<u8> = (0..length).map(|place: u32| (place * 7 % 251) as u8).collect();
            let mut pieces: Vec<&[u8]> = whole.chunks(size).collect();
            pieces.insert(pieces.len() / 2, b"");
            assert_eq!(digest_of(&pieces), digest(&whole), "{length}");
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
            let mode = Mode::from_raw_mode(0o600);
            let file = rustix::fs::open(tree.path("pieces"), flags, mode).unwrap();
            write_pieces(&file, pieces.into_iter()).unwrap();
            assert_eq!(std::fs::read(tree.path("pieces")).unwrap(), whole, "{length}");
        }
        assert_eq!(digest_of(&[]), digest(b""));
        let full = rustix::fs::open("/dev/full", OFlags::WRONLY, Mode::empty()).unwrap();
        assert_eq!(write_pieces(&full, [&b"x"[..]].into_iter()), Err(rustix::io::Errno::NOSPC));
    }
}
