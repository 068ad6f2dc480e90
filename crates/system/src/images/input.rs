//! The bytes of an image, from a file or from memory, with a look ahead: decoders take what is theirs
//! and not a byte more.

use std::io::{BufRead, Error, Read, Result};

use kmodctl_decide::{Errno, ImageFault};

use crate::file::RangedFile;

const BUFFER: usize = 256 * 1024;

pub(super) struct Input<'a> {
    source: Source<'a>,
    /// Where the next byte of the source comes from, and where it ends.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
}

enum Source<'a> {
    Bytes(&'a [u8]),
    File(RangedFile),
}

impl<'a> Input<'a> {
    /// A whole file.
    pub(super) fn whole(file: RangedFile) -> Self {
        Self::part(file, 0, u64::MAX)
    }

    /// A part of a file.
    pub(super) fn part(file: RangedFile, offset: u64, length: u64) -> Self {
        Self::of(Source::File(file), offset, offset.saturating_add(length))
    }

    pub(super) fn bytes(bytes: &'a [u8]) -> Self {
        Self::of(Source::Bytes(bytes), 0, bytes.len() as u64)
    }

    fn of(source: Source<'a>, at: u64, end: u64) -> Self {
        Self { source, at, end, buffer: Vec::new(), used: 0 }
    }

    /// The offset in the source of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.at - (self.buffer.len() - self.used) as u64
    }

    /// What comes next: at least `length` bytes unless the source ends before; `None` at its end.
    pub(super) fn peek(&mut self, length: usize) -> std::result::Result<Option<&[u8]>, ImageFault> {
        if self.buffer.len() - self.used < length {
            self.fill().map_err(|errno| ImageFault::Errno(Errno(errno)))?;
        }
        let bytes = &self.buffer[self.used..];
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// Passes over bytes that were seen.
    pub(super) fn pass(&mut self, length: usize) {
        self.used = (self.used + length).min(self.buffer.len());
    }

    pub(super) fn skip_nuls(&mut self) -> std::result::Result<(), ImageFault> {
        while let Some(bytes) = self.peek(1)? {
            let nuls = bytes.iter().take_while(|&&byte| byte == 0).count();
            let is_all = nuls == bytes.len();
            self.pass(nuls);
            if !is_all {
                break;
            }
        }
        Ok(())
    }

    /// Fills the buffer behind what is left of it.
    fn fill(&mut self) -> std::result::Result<(), i32> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let left = self.buffer.len();
        let room = (BUFFER - left.min(BUFFER)) as u64;
        let wanted = room.min(self.end - self.at) as usize;
        self.buffer.resize(left + wanted, 0);
        let read = match &self.source {
            Source::Bytes(bytes) => {
                let start = self.at as usize;
                self.buffer[left..].copy_from_slice(&bytes[start..start + wanted]);
                Ok(wanted)
            }
            Source::File(file) => file.read_up_to(self.at, &mut self.buffer[left..]),
        };
        let read = read.map_err(|Errno(errno)| errno);
        self.buffer.truncate(left + read.unwrap_or(0));
        self.at += read? as u64;
        Ok(())
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.used == self.buffer.len() {
            self.fill().map_err(Error::from_raw_os_error)?;
        }
        Ok(&self.buffer[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.pass(amount);
    }
}
