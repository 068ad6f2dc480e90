//! Windows onto an index that is read from end to end: few bytes of memory, each byte of the file
//! read about once. What stands in them is not known here.
//!
//! `depmod` writes the nodes below a node before it, so that a walk goes forwards through the file
//! but for jumps to a parent and back: of an index of Debian's kernel four windows read a sixth more
//! than the file holds.

use crate::{ReadAt, ReadError};
use alloc::vec::Vec;

/// The windows onto one source, the one used last first.
pub(super) struct Windows<'s, S> {
    source: &'s S,
    length: u64,
    windows: Vec<Window>,
    /// What is longer than a window shows.
    long: Vec<u8>,
}

#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

const WINDOWS: usize = 4;
/// Windows begin at multiples of this.
const STEP: u64 = 16 * 1024;
/// As much is shown from every place on, unless the source ends before: nodes of real indexes are
/// shorter (300 bytes).
pub(super) const SHOWN: u64 = 1024;

impl<'s, S: ReadAt> Windows<'s, S> {
    pub(super) fn new(source: &'s S) -> Self {
        Self { source, length: source.length(), windows: Vec::new(), long: Vec::new() }
    }

    /// How many bytes the source has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from `offset` on, at least [`SHOWN`] or all there are.
    pub(super) fn at(&mut self, offset: u64) -> Result<&[u8], ReadError> {
        let end = offset.saturating_add(SHOWN).min(self.length);
        let shows = |window: &Window| window.start <= offset && end <= window.end();
        if !self.windows.first().is_some_and(shows) {
            match self.windows.iter().position(shows) {
                Some(place) => self.windows[..=place].rotate_right(1),
                None => self.open(offset)?,
            }
        }
        let window = &self.windows[0];
        Ok(window.bytes.get((offset - window.start) as usize..).unwrap_or_default())
    }

    /// The bytes from `offset` on, `most` of them or all there are.
    pub(super) fn long(&mut self, offset: u64, most: u64) -> Result<&[u8], ReadError> {
        let length = self.length.saturating_sub(offset).min(most);
        fill(&mut self.long, self.source, offset, length)?;
        Ok(&self.long)
    }

    /// Puts a window onto `offset` first: a new one, or in place of the one that was used first.
    fn open(&mut self, offset: u64) -> Result<(), ReadError> {
        let used = if self.windows.len() < WINDOWS { None } else { self.windows.pop() };
        let mut window = used.unwrap_or_default();
        window.start = offset / STEP * STEP;
        let length = self.length.saturating_sub(window.start).min(STEP + SHOWN);
        fill(&mut window.bytes, self.source, window.start, length)?;
        self.windows.insert(0, window);
        Ok(())
    }
}

impl Window {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

fn fill(
    bytes: &mut Vec<u8>,
    source: &impl ReadAt,
    start: u64,
    length: u64,
) -> Result<(), ReadError> {
    bytes.resize(usize::try_from(length).map_err(|_| ReadError::Beyond)?, 0);
    source.read_at(start, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    struct Counted<'a>(&'a [u8], Cell<usize>);

    impl ReadAt for Counted<'_> {
        fn length(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
            self.1.set(self.1.get() + 1);
            self.0.read_at(offset, buffer)
        }
    }

    #[test]
    fn every_place_shows_enough_and_four_windows_are_kept() {
        let bytes: Vec<u8> = (0..6 * STEP + 100).map(|at| (at * 7 % 251) as u8).collect();
        let source = Counted(&bytes, Cell::new(0));
        let mut windows = Windows::new(&source);
        let reads_after: &[(u64, usize)] = &[
            (0, 1),
            (STEP - 1, 1),
            (STEP, 1),
            (STEP + 1, 2),
            (2 * STEP + 5, 3),
            (3 * STEP + 1, 4),
            (10, 4),
            (4 * STEP + 1, 5),
            (STEP + 1, 6),
            (6 * STEP + 99, 7),
            (6 * STEP + 100, 7),
        ];
        for &(offset, reads) in reads_after {
            let shown = windows.at(offset).unwrap();
            let rest = &bytes[offset as usize..];
            assert!(shown.len() as u64 >= SHOWN.min(rest.len() as u64), "{offset}");
            assert_eq!(shown, &rest[..shown.len()], "{offset}");
            assert_eq!(source.1.get(), reads, "{offset}");
        }
        let most = 3 * STEP;
        assert_eq!(windows.long(5, most).unwrap(), &bytes[5..(5 + most) as usize]);
        assert_eq!(windows.long(6 * STEP, most).unwrap().len(), 100);
        assert_eq!(windows.at(7 * STEP).unwrap(), b"");
    }
}
