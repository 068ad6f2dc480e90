//! Walking all of an index, without a copy of anything but the key.

use super::node::{HAS_CHILDREN, HAS_PREFIX, HAS_VALUES, Reference};
use super::windows::{SHOWN, Windows};
use super::{Damage, Damaged, HEADER_LENGTH, KEY_LIMIT, ShownValue, word};
use crate::ReadAt;
use crate::modinfo::before_nul;
use alloc::vec::Vec;
use core::ops::Range;

/// A walk over a whole index. Bytes that nodes take are counted, so that nodes which refer to each
/// other in a circle end in [`Damaged::Cyclic`].
pub(super) struct Walk<'s, S, V> {
    windows: Windows<'s, S>,
    left: u64,
    values: Vec<(u32, Range<usize>)>,
    waiting: Vec<Waiting>,
    visit: V,
}

/// A node that is still to be visited: how long the key above it is, and the character that leads to
/// it.
struct Waiting {
    length: usize,
    character: Option<u8>,
    node: Reference,
}

impl<'s, S: ReadAt, V: FnMut(&[u8], ShownValue<'_>)> Walk<'s, S, V> {
    pub(super) fn new(source: &'s S, visit: V) -> Self {
        let (windows, values, waiting) = (Windows::new(source), Vec::new(), Vec::new());
        Self { windows, left: source.length(), values, waiting, visit }
    }

    /// Visits the values of a node and of all below it, in byte order of the keys.
    pub(super) fn run(mut self, root: Reference) -> Result<(), Damage> {
        let mut key = Vec::new();
        self.waiting.push(Waiting { length: 0, character: None, node: root });
        while let Some(Waiting { length, character, node }) = self.waiting.pop() {
            key.truncate(length);
            if let Some(character) = character {
                key.push(character);
            }
            self.node(node, &mut key)?;
        }
        Ok(())
    }

    fn node(&mut self, node: Reference, key: &mut Vec<u8>) -> Result<(), Damage> {
        let offset = node.offset();
        if offset < HEADER_LENGTH {
            return Err(Damage { what: Damaged::Truncated, offset });
        }
        let mut most = SHOWN;
        while !self.visit_within(most, node, key)? {
            most = most.saturating_mul(16);
        }
        Ok(())
    }

    /// Visits a node and returns true, unless it takes more than the `most` bytes read for it.
    fn visit_within(
        &mut self,
        most: u64,
        node: Reference,
        key: &mut Vec<u8>,
    ) -> Result<bool, Damage> {
        let offset = node.offset();
        let length = self.windows.length();
        let shown = match most {
            SHOWN => self.windows.at(offset),
            _ => self.windows.long(offset, most),
        };
        let bytes = shown.map_err(|error| Damage::of_read(error, offset))?;
        let mut fields = Fields { prefix: b"", first: 0, references: b"", length: 0 };
        if let Err(damage) = fields.read(node, bytes, &mut self.values) {
            let is_all = offset.saturating_add(bytes.len() as u64) >= length;
            let is_short = damage.what == Damaged::Truncated && !is_all;
            return if is_short { Ok(false) } else { Err(damage) };
        }
        let left = self.left.checked_sub(fields.length as u64);
        self.left = left.ok_or(Damage { what: Damaged::Cyclic, offset })?;
        key.extend_from_slice(fields.prefix);
        if key.len() > KEY_LIMIT {
            return Err(Damage { what: Damaged::KeyLength, offset });
        }
        if node.0 & HAS_CHILDREN != 0 {
            fields.wait_for_children(key.len(), &mut self.waiting);
        }
        for (priority, range) in &self.values {
            let bytes = &bytes[range.clone()];
            (self.visit)(key, ShownValue { priority: *priority, bytes });
        }
        Ok(true)
    }
}

/// What a node holds beside its values.
struct Fields<'b> {
    prefix: &'b [u8],
    first: u8,
    /// Four bytes a character from `first` on.
    references: &'b [u8],
    /// How many bytes the node takes.
    length: usize,
}

impl<'b> Fields<'b> {
    /// Reads the node at the start of `bytes`, and its values by ascending priority; what ends
    /// beyond them is [`Damaged::Truncated`].
    fn read(
        &mut self,
        node: Reference,
        bytes: &'b [u8],
        values: &mut Vec<(u32, Range<usize>)>,
    ) -> Result<(), Damage> {
        let mut cursor = Cursor { start: node.offset(), bytes, at: 0 };
        if node.0 & HAS_PREFIX != 0 {
            self.prefix = &bytes[cursor.string()?];
        }
        if node.0 & HAS_CHILDREN != 0 {
            (self.first, self.references) = cursor.children()?;
        }
        values.clear();
        if node.0 & HAS_VALUES != 0 {
            cursor.values(values)?;
        }
        self.length = cursor.at;
        Ok(())
    }

    fn wait_for_children(&self, length: usize, waiting: &mut Vec<Waiting>) {
        // Most places of a wide range are empty, so that eight are looked at together.
        const GROUP: usize = 8;
        let mut character = self.first + (self.references.len() / 4) as u8;
        let mut rest = self.references;
        while let Some((before, group)) = rest.split_last_chunk::<{ 4 * GROUP }>() {
            rest = before;
            if *group == [0; 4 * GROUP] {
                character -= GROUP as u8;
            } else {
                character = wait_for(group, character, length, waiting);
            }
        }
        wait_for(rest, character, length, waiting);
    }
}

/// Lets the nodes wait that some references lead to, the last of them that of the character before
/// `character`; returns the first one's.
fn wait_for(references: &[u8], mut character: u8, length: usize, waiting: &mut Vec<Waiting>) -> u8 {
    for reference in references.rchunks_exact(4) {
        character -= 1;
        let node = Reference(word(reference, 0));
        if !node.is_none() {
            waiting.push(Waiting { length, character: Some(character), node });
        }
    }
    character
}

/// A place in bytes that begin at `start` of the file.
struct Cursor<'b> {
    start: u64,
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    fn children(&mut self) -> Result<(u8, &'b [u8]), Damage> {
        let offset = self.offset();
        let range = self.take(2)?;
        let (first, last) = (range[0], range[1]);
        if first > last || last >= 128 {
            return Err(Damage { what: Damaged::ChildRange { first, last }, offset });
        }
        Ok((first, self.take(4 * usize::from(last - first + 1))?))
    }

    fn values(&mut self, values: &mut Vec<(u32, Range<usize>)>) -> Result<(), Damage> {
        for _ in 0..word(self.take(4)?, 0) {
            let priority = word(self.take(4)?, 0);
            values.push((priority, self.string()?));
        }
        // Of one priority, the one that was last comes first.
        if values.len() > 1 {
            values.reverse();
            values.sort_by_key(|(priority, _)| *priority);
        }
        Ok(())
    }

    /// Takes what stands before the next NUL.
    fn string(&mut self) -> Result<Range<usize>, Damage> {
        let end = self.start + self.bytes.len() as u64;
        let truncated = Damage { what: Damaged::Truncated, offset: end };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = before_nul(rest).ok_or(truncated)?;
        let string = self.at..self.at + length;
        self.at = string.end + 1;
        Ok(string)
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Damage> {
        let truncated = Damage { what: Damaged::Truncated, offset: self.offset() };
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..length));
        self.at += length;
        taken.ok_or(truncated)
    }

    fn offset(&self) -> u64 {
        self.start + self.at as u64
    }
}
