//! Reading files: whole, or by ranges with and without a cache. What the bytes mean is not known
//! here.

use std::cell::{OnceCell, RefCell};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kmodctl_decide::Errno;
use kmodctl_format::depmod_cache::{Stamp, Time};
use kmodctl_format::{ReadAt, ReadError};
use rustix::fs::{Mode, OFlags, Stat};

/// A file that is read by ranges (pread), each of them from the kernel.
pub struct RangedFile {
    file: OwnedFd,
    stamp: Stamp,
}

impl RangedFile {
    /// Opens a file for reading; it must be one that can be read at any offset.
    pub fn open(path: &[u8]) -> Result<Self, Errno> {
        Self::of(open(path)?)
    }

    /// Takes a file that is open for reading.
    pub(crate) fn of(file: OwnedFd) -> Result<Self, Errno> {
        let status = rustix::fs::fstat(&file).map_err(errno)?;
        Ok(Self { file, stamp: stamp(&status) })
    }

    /// The state in which the file was when it was opened.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Reads the whole file from its start; one of more than `limit` bytes is EFBIG.
    pub fn read_whole(&self, limit: u64) -> Result<Vec<u8>, Errno> {
        let mut bytes = Vec::new();
        self.read_whole_into(limit, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads the whole file in place of what is in a buffer; one of more than `limit` bytes is EFBIG.
    pub(crate) fn read_whole_into(&self, limit: u64, bytes: &mut Vec<u8>) -> Result<(), Errno> {
        bytes.clear();
        if self.stamp.size > limit {
            return Err(EFBIG);
        }
        let length = usize::try_from(self.stamp.size).map_err(|_| EFBIG)?;
        bytes.try_reserve_exact(length).map_err(|_| ENOMEM)?;
        bytes.resize(length, 0);
        let read = self.read_up_to(0, bytes);
        bytes.truncate(*read.as_ref().unwrap_or(&0));
        read.map(drop)
    }

    /// Fills as much of the buffer as the file has from `offset` on.
    pub(crate) fn read_up_to(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut filled = 0;
        while filled < buffer.len() {
            let at = offset.saturating_add(filled as u64);
            match rustix::io::pread(&self.file, &mut buffer[filled..], at) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(rustix::io::Errno::INTR) => {}
                Err(refused) => return Err(errno(refused)),
            }
        }
        Ok(filled)
    }
}

impl AsFd for RangedFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl ReadAt for RangedFile {
    fn length(&self) -> u64 {
        self.stamp.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        match self.read_up_to(offset, buffer) {
            Ok(read) if read == buffer.len() => Ok(()),
            Ok(_) => Err(ReadError::Beyond),
            Err(Errno(errno)) => Err(ReadError::Io(errno)),
        }
    }
}

/// A file of which the blocks read last are kept, for readers that ask for a few bytes at a time; of
/// which all is kept once very many were asked for.
pub struct CachedFile {
    file: RangedFile,
    blocks: RefCell<Vec<Block>>,
    whole: OnceCell<Vec<u8>>,
}

struct Block {
    number: u64,
    bytes: Vec<u8>,
}

const BLOCK_LENGTH: usize = 4096;
/// A look-up in an index touches about ten blocks; who asks for more than these looks many names up.
const BLOCKS: usize = 64;
/// What is longer is read past the blocks.
const LARGE: usize = 4 * BLOCK_LENGTH;
/// A larger file is not kept whole.
const WHOLE: u64 = 16 << 20;

impl CachedFile {
    /// Puts a cache before a file.
    pub fn new(file: RangedFile) -> Self {
        Self { file, blocks: RefCell::default(), whole: OnceCell::new() }
    }

    /// Copies what one block has of a range, and returns how many bytes that is.
    fn copy(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let number = offset / BLOCK_LENGTH as u64;
        let mut blocks = self.blocks.borrow_mut();
        let slot = match blocks.iter().position(|block| block.number == number) {
            Some(slot) => slot,
            None => self.load(number, &mut blocks)?,
        };
        let start = (offset % BLOCK_LENGTH as u64) as usize;
        let bytes = blocks[slot].bytes.get(start..).unwrap_or_default();
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        Ok(length)
    }

    /// Reads a block into a new place, or into the one that another block's number leads to.
    fn load(&self, number: u64, blocks: &mut Vec<Block>) -> Result<usize, ReadError> {
        let mut bytes = vec![0; BLOCK_LENGTH];
        let read = self.file.read_up_to(number * BLOCK_LENGTH as u64, &mut bytes);
        bytes.truncate(read.map_err(|Errno(errno)| ReadError::Io(errno))?);
        let block = Block { number, bytes };
        if blocks.len() < BLOCKS {
            blocks.push(block);
            return Ok(blocks.len() - 1);
        }
        if self.whole.get().is_none() {
            if let Ok(whole) = self.file.read_whole(WHOLE) {
                let _ = self.whole.set(whole);
            }
        }
        let slot = (number % BLOCKS as u64) as usize;
        blocks[slot] = block;
        Ok(slot)
    }
}

impl ReadAt for CachedFile {
    fn length(&self) -> u64 {
        self.file.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(ReadError::Beyond)?;
        if end > self.length() {
            return Err(ReadError::Beyond);
        }
        let mut filled = 0;
        if let Some(whole) = self.whole.get() {
            return whole[..].read_at(offset, buffer);
        }
        // Who asks for much at once keeps it, as the windows of a walk do.
        if buffer.len() > LARGE {
            return self.file.read_at(offset, buffer);
        }
        while filled < buffer.len() {
            match self.copy(offset + filled as u64, &mut buffer[filled..])? {
                0 => return Err(ReadError::Beyond),
                copied => filled += copied,
            }
        }
        Ok(())
    }
}

/// Reads a file of unknown size to its end; one of more than `limit` bytes is EFBIG.
pub fn read_to_end(path: &[u8], limit: usize) -> Result<Vec<u8>, Errno> {
    let bytes = read_start(path, limit.saturating_add(1))?;
    if bytes.len() > limit { Err(EFBIG) } else { Ok(bytes) }
}

/// Reads a file's first bytes, at most `limit` of them.
pub fn read_start(path: &[u8], limit: usize) -> Result<Vec<u8>, Errno> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    while bytes.len() < limit {
        let start = bytes.len();
        let room = start.clamp(BLOCK_LENGTH, 64 * BLOCK_LENGTH).min(limit - start);
        bytes.resize(start + room, 0);
        match rustix::io::read(&file, &mut bytes[start..]) {
            Ok(read) => {
                bytes.truncate(start + read);
                if read == 0 {
                    break;
                }
            }
            Err(rustix::io::Errno::INTR) => bytes.truncate(start),
            Err(refused) => return Err(errno(refused)),
        }
    }
    Ok(bytes)
}

/// Reads an attribute of sysfs, which comes whole from one read, into `buffer`.
pub(crate) fn read_attribute<'a>(file: &OwnedFd, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    let read = rustix::io::read(file, &mut *buffer).map_err(errno)?;
    Ok(&buffer[..read])
}

/// Says why there is no file at a path, if there is none. A dangling link is none.
pub fn existing(path: &[u8]) -> Result<(), Errno> {
    rustix::fs::stat(path).map(|_| ()).map_err(errno)
}

/// The state of a file, by its path; links are followed.
pub(crate) fn stamp_of(path: &[u8]) -> Option<Stamp> {
    rustix::fs::stat(path).ok().map(|status| stamp(&status))
}

/// What a status says of a file's state. The types of its fields differ between architectures.
#[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
fn stamp(status: &Stat) -> Stamp {
    let time = |seconds, nanoseconds| Time { seconds, nanoseconds };
    Stamp {
        device: status.st_dev as u64,
        inode: status.st_ino as u64,
        size: u64::try_from(status.st_size).unwrap_or(0),
        modified: time(status.st_mtime as i64, status.st_mtime_nsec as u32),
        changed: time(status.st_ctime as i64, status.st_ctime_nsec as u32),
    }
}

pub(crate) fn open(path: &[u8]) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(errno)
}

pub(crate) fn errno(refused: rustix::io::Errno) -> Errno {
    Errno(refused.raw_os_error())
}

pub(crate) const ENOMEM: Errno = Errno(rustix::io::Errno::NOMEM.raw_os_error());
pub(crate) const EFBIG: Errno = Errno(rustix::io::Errno::FBIG.raw_os_error());

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    fn written(bytes: &[u8]) -> (tempfile::TempDir, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let path = path.as_os_str().as_bytes().to_vec();
        (directory, path)
    }

    #[test]
    fn ranges_are_the_same_with_and_without_a_cache() {
        let bytes: Vec<u8> = (0..600_000u32).map(|number| (number % 251) as u8).collect();
        let (_directory, path) = written(&bytes);
        let plain = RangedFile::open(&path).unwrap();
        let cached = CachedFile::new(RangedFile::open(&path).unwrap());
        // Every block twice, so that places in the cache are taken over by other blocks.
        let offsets = (0..2).flat_map(|_| (0..600_000u64).step_by(4000));
        for offset in offsets.chain([4095, 4096, 599_990, 599_991, 600_000, u64::MAX]) {
            let (mut ours, mut expected) = ([0; 10], [0; 10]);
            let answer = bytes[..].read_at(offset, &mut expected);
            assert_eq!(cached.read_at(offset, &mut ours), answer, "{offset}");
            assert_eq!(ours, expected, "{offset}");
            if offset < u64::MAX {
                assert_eq!(plain.read_at(offset, &mut ours), answer, "{offset}");
            }
        }
        assert!(cached.blocks.borrow().len() <= BLOCKS);
        assert_eq!(cached.whole.get(), Some(&bytes), "nothing is read any more");
    }

    #[test]
    fn whole_files_are_bounded() {
        let (_directory, path) = written(&[7; 10_000]);
        assert_eq!(read_to_end(&path, 10_000), Ok(vec![7; 10_000]));
        assert_eq!(read_to_end(&path, 9_999), Err(EFBIG));
        assert_eq!(read_start(&path, 5), Ok(vec![7; 5]));
        let file = RangedFile::open(&path).unwrap();
        assert_eq!(file.read_whole(10_000), Ok(vec![7; 10_000]));
        assert_eq!(file.read_whole(9_999), Err(EFBIG));
        assert_eq!(read_to_end(b"/nowhere/file", 1), Err(Errno::ENOENT));
    }
}
