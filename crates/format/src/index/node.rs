//! One node of an index, read from its place in the file. Where the search goes from there is not
//! decided here.

use super::{Damage, Damaged, HEADER_LENGTH, KEY_LIMIT, Value, word};
use crate::ReadAt;
use alloc::vec::Vec;
use core::cell::Cell;

/// Where a node stands, in the low 28 bits, and which fields it has, in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference(pub(super) u32);

pub(super) const HAS_PREFIX: u32 = 0x8000_0000;
pub(super) const HAS_VALUES: u32 = 0x4000_0000;
pub(super) const HAS_CHILDREN: u32 = 0x2000_0000;
pub(super) const OFFSET: u32 = 0x0FFF_FFFF;

impl Reference {
    pub(super) const NONE: Self = Self(0);

    pub(super) fn is_none(self) -> bool {
        self.0 & OFFSET == 0
    }

    pub(super) fn offset(self) -> u64 {
        u64::from(self.0 & OFFSET)
    }
}

/// A node's fields; its values are read when they are asked for.
pub(super) struct Node {
    pub(super) prefix: Vec<u8>,
    first: u8,
    pub(super) children: Vec<Reference>,
    values_at: Option<u64>,
}

impl Node {
    pub(super) fn child(&self, character: u8) -> Option<Reference> {
        let place = usize::from(character.checked_sub(self.first)?);
        self.children.get(place).copied().filter(|child| !child.is_none())
    }

    pub(super) fn has_values(&self) -> bool {
        self.values_at.is_some()
    }

    /// The children with their characters, in byte order.
    pub(super) fn arcs(&self) -> impl DoubleEndedIterator<Item = (u8, Reference)> {
        let first = usize::from(self.first);
        self.children
            .iter()
            .enumerate()
            .filter(|(_, child)| !child.is_none())
            .map(move |(place, &child)| ((first + place) as u8, child))
    }
}

/// A bounded reader of one source: no more bytes are taken than `budget` allows, so that nodes that
/// refer to each other in a circle end in [`Damaged::Cyclic`].
pub(super) struct Reader<'a, S> {
    source: &'a S,
    budget: Cell<u64>,
}

impl<'a, S: ReadAt> Reader<'a, S> {
    /// Allows every byte of the source to be taken `times` times.
    pub(super) fn new(source: &'a S, times: usize) -> Self {
        Self { source, budget: Cell::new(source.length().saturating_mul(times as u64)) }
    }

    pub(super) fn node(&self, reference: Reference) -> Result<Node, Damage> {
        let mut cursor = Cursor::new(self, reference.offset());
        if reference.offset() < HEADER_LENGTH {
            return Err(Damage { what: Damaged::Truncated, offset: reference.offset() });
        }
        let mut node = Node { prefix: Vec::new(), first: 0, children: Vec::new(), values_at: None };
        if reference.0 & HAS_PREFIX != 0 {
            node.prefix = cursor.string(KEY_LIMIT)?;
        }
        if reference.0 & HAS_CHILDREN != 0 {
            (node.first, node.children) = cursor.children()?;
        }
        node.values_at = (reference.0 & HAS_VALUES != 0).then_some(cursor.at);
        Ok(node)
    }

    /// The values of a node by ascending priority; of one priority, the last in the file first.
    pub(super) fn values(&self, node: &Node) -> Result<Vec<Value>, Damage> {
        let mut values = Vec::new();
        let Some(at) = node.values_at else { return Ok(values) };
        let mut cursor = Cursor::new(self, at);
        for _ in 0..cursor.word()? {
            let priority = cursor.word()?;
            let bytes = cursor.string(usize::MAX)?;
            values.push(Value { priority, bytes });
        }
        last_first(&mut values);
        Ok(values)
    }

    fn charge(&self, bytes: usize, offset: u64) -> Result<(), Damage> {
        let left = self.budget.get().checked_sub(bytes as u64);
        self.budget.set(left.ok_or(Damage { what: Damaged::Cyclic, offset })?);
        Ok(())
    }
}

/// Sorts values by priority; of one priority, the one that was last comes first.
pub(super) fn last_first(values: &mut [Value]) {
    values.reverse();
    values.sort_by_key(|value| value.priority);
}

const BLOCK: usize = 128;

/// A place in the source, with the block around it at hand.
struct Cursor<'a, S> {
    reader: &'a Reader<'a, S>,
    at: u64,
    block: [u8; BLOCK],
    /// The part of the block that is not yet taken.
    start: usize,
    end: usize,
}

impl<'a, S: ReadAt> Cursor<'a, S> {
    fn new(reader: &'a Reader<'a, S>, at: u64) -> Self {
        Self { reader, at, block: [0; BLOCK], start: 0, end: 0 }
    }

    fn word(&mut self) -> Result<u32, Damage> {
        if self.end - self.start >= 4 {
            let found = word(&self.block, self.start);
            return self.take(4).map(|()| found);
        }
        let mut bytes = [0; 4];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(word(&bytes, 0))
    }

    fn children(&mut self) -> Result<(u8, Vec<Reference>), Damage> {
        let offset = self.at;
        let [first, last] = [self.byte()?, self.byte()?];
        if first > last || last >= 128 {
            return Err(Damage { what: Damaged::ChildRange { first, last }, offset });
        }
        let children = (first..=last).map(|_| self.word().map(Reference)).collect::<Result<_, _>>();
        Ok((first, children?))
    }

    /// Reads up to a NUL, and at most `limit` bytes.
    fn string(&mut self, limit: usize) -> Result<Vec<u8>, Damage> {
        let offset = self.at;
        let mut string = Vec::new();
        loop {
            self.fill()?;
            let block = &self.block[self.start..self.end];
            let length = block.iter().position(|&byte| byte == 0);
            string.extend_from_slice(&block[..length.unwrap_or(block.len())]);
            self.take(length.map_or(block.len(), |length| length + 1))?;
            if string.len() > limit {
                return Err(Damage { what: Damaged::KeyLength, offset });
            }
            if length.is_some() {
                return Ok(string);
            }
        }
    }

    fn byte(&mut self) -> Result<u8, Damage> {
        self.fill()?;
        let byte = self.block[self.start];
        self.take(1)?;
        Ok(byte)
    }

    fn take(&mut self, bytes: usize) -> Result<(), Damage> {
        self.reader.charge(bytes, self.at)?;
        self.start += bytes;
        self.at += bytes as u64;
        Ok(())
    }

    /// Makes sure that the block holds a byte.
    fn fill(&mut self) -> Result<(), Damage> {
        if self.start < self.end {
            return Ok(());
        }
        let left = self.reader.source.length().saturating_sub(self.at).min(BLOCK as u64) as usize;
        if left == 0 {
            return Err(Damage { what: Damaged::Truncated, offset: self.at });
        }
        let read = self.reader.source.read_at(self.at, &mut self.block[..left]);
        read.map_err(|error| Damage::of_read(error, self.at))?;
        (self.start, self.end) = (0, left);
        Ok(())
    }
}
