//! Walking all of an index that is in memory, without a copy of anything but the key.

use super::node::{HAS_CHILDREN, HAS_PREFIX, HAS_VALUES, Reference};
use super::{Damage, Damaged, HEADER_LENGTH, KEY_LIMIT, Value, word};
use alloc::vec::Vec;

/// A walk over the bytes of a whole index. Bytes that nodes take are counted, so that nodes which
/// refer to each other in a circle end in [`Damaged::Cyclic`].
pub(super) struct Walk<'a, V> {
    bytes: &'a [u8],
    left: usize,
    values: Vec<(u32, &'a [u8])>,
    waiting: Vec<Waiting>,
    /// The value that is visited; its room is used again.
    shown: Value,
    visit: V,
}

/// A node that is still to be visited: how long the key above it is, and the character that leads to
/// it.
struct Waiting {
    length: usize,
    character: Option<u8>,
    node: Reference,
}

impl<'a, V: FnMut(&[u8], &Value)> Walk<'a, V> {
    pub(super) fn new(bytes: &'a [u8], visit: V) -> Self {
        let shown = Value { priority: 0, bytes: Vec::new() };
        let (values, waiting) = (Vec::new(), Vec::new());
        Self { bytes, left: bytes.len(), values, waiting, shown, visit }
    }

    /// Visits the values of a node and of all below it, in byte order of the keys.
    pub(super) fn run(mut self, root: Reference) -> Result<(), Damage> {
        let mut key = Vec::new();
        self.waiting.push(Waiting { length: 0, character: None, node: root });
        while let Some(Waiting { length, character, node }) = self.waiting.pop() {
            key.truncate(length);
            key.extend(character);
            self.node(node, &mut key)?;
        }
        Ok(())
    }

    fn node(&mut self, node: Reference, key: &mut Vec<u8>) -> Result<(), Damage> {
        let mut at = node.offset() as usize;
        if node.offset() < HEADER_LENGTH {
            return Err(Damage { what: Damaged::Truncated, offset: node.offset() });
        }
        if node.0 & HAS_PREFIX != 0 {
            let prefix = self.string(&mut at)?;
            key.extend_from_slice(prefix);
        }
        if key.len() > KEY_LIMIT {
            return Err(Damage { what: Damaged::KeyLength, offset: node.offset() });
        }
        if node.0 & HAS_CHILDREN != 0 {
            self.children(&mut at, key.len())?;
        }
        if node.0 & HAS_VALUES != 0 {
            self.values(&mut at, key)?;
        }
        Ok(())
    }

    fn children(&mut self, at: &mut usize, length: usize) -> Result<(), Damage> {
        let offset = *at as u64;
        let range = self.take(at, 2)?;
        let (first, last) = (range[0], range[1]);
        if first > last || last >= 128 {
            return Err(Damage { what: Damaged::ChildRange { first, last }, offset });
        }
        let references = self.take(at, 4 * usize::from(last - first + 1))?;
        // Most places of a wide range are empty, so that four are looked at together.
        let count = references.len() / 4;
        for group in (0..count.div_ceil(4)).rev() {
            let places = &references[group * 16..references.len().min(group * 16 + 16)];
            if <[u8; 16]>::try_from(places).is_ok_and(|places| u128::from_ne_bytes(places) == 0) {
                continue;
            }
            for (place, bytes) in places.chunks_exact(4).enumerate().rev() {
                let node = Reference(word(bytes, 0));
                if !node.is_none() {
                    let character = Some(first + (group * 4 + place) as u8);
                    self.waiting.push(Waiting { length, character, node });
                }
            }
        }
        Ok(())
    }

    fn values(&mut self, at: &mut usize, key: &[u8]) -> Result<(), Damage> {
        self.values.clear();
        for _ in 0..word(self.take(at, 4)?, 0) {
            let priority = word(self.take(at, 4)?, 0);
            let value = self.string(at)?;
            self.values.push((priority, value));
        }
        // Of one priority, the one that was last comes first.
        if self.values.len() > 1 {
            self.values.reverse();
            self.values.sort_by_key(|(priority, _)| *priority);
        }
        for (priority, bytes) in &self.values {
            self.shown.priority = *priority;
            self.shown.bytes.clear();
            self.shown.bytes.extend_from_slice(bytes);
            (self.visit)(key, &self.shown);
        }
        Ok(())
    }

    /// Takes what stands before the next NUL.
    fn string(&mut self, at: &mut usize) -> Result<&'a [u8], Damage> {
        let rest = self.bytes.get(*at..).unwrap_or_default();
        let truncated = Damage { what: Damaged::Truncated, offset: self.bytes.len() as u64 };
        let length = rest.iter().position(|&byte| byte == 0).ok_or(truncated)?;
        Ok(&self.take(at, length + 1)?[..length])
    }

    fn take(&mut self, at: &mut usize, length: usize) -> Result<&'a [u8], Damage> {
        let offset = *at as u64;
        let end = at.checked_add(length).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(Damage { what: Damaged::Truncated, offset })?;
        let left = self.left.checked_sub(length);
        self.left = left.ok_or(Damage { what: Damaged::Cyclic, offset })?;
        let taken = &self.bytes[*at..end];
        *at = end;
        Ok(taken)
    }
}
