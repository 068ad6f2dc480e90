//! Making an index: keys and values in, the bytes of a file out. The file is written elsewhere.

use super::node::{HAS_CHILDREN, HAS_PREFIX, HAS_VALUES, OFFSET};
use super::{HEADER_LENGTH, MAGIC, VERSION};
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::Range;

/// Collects the keys and values of an index.
#[derive(Default)]
pub struct IndexBuilder {
    /// All keys and values, one behind the other.
    text: Vec<u8>,
    entries: Vec<Entry>,
    /// Whether the text would be longer than an index ever is.
    is_too_long: bool,
}

/// A value of a key: where both are in the text, the value behind the key.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    middle: u32,
    end: u32,
    priority: u32,
}

impl Entry {
    fn key<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start as usize..self.middle as usize]
    }

    fn value<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.middle as usize..self.end as usize]
    }
}

impl IndexBuilder {
    /// Makes an index without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value to a key.
    ///
    /// Values stand by ascending priority; of one priority the value inserted last comes first.
    pub fn insert(&mut self, key: &[u8], value: &[u8], priority: u32) -> Result<(), Unsuitable> {
        suitable(key)?;
        suitable(value)?;
        let start = self.text.len();
        let middle = start + key.len();
        let end = middle + value.len();
        if u32::try_from(end).is_err() {
            self.is_too_long = true;
            return Ok(());
        }
        self.text.extend_from_slice(key);
        self.text.extend_from_slice(value);
        let [start, middle, end] = [start, middle, end].map(|place| place as u32);
        self.entries.push(Entry { start, middle, end, priority });
        Ok(())
    }

    /// The bytes of the file: the header, then each node before its children, as kmod 34 orders
    /// them.
    pub fn finish(mut self) -> Result<Vec<u8>, TooLong> {
        if self.is_too_long {
            return Err(TooLong);
        }
        let text = &self.text[..];
        sort(&mut self.entries, text);
        let keys: Vec<_> = self
            .entries
            .chunk_by(|one, two| one.key(text) == two.key(text))
            .filter_map(|values| Some((values.first()?.key(text), values)))
            .collect();
        let (nodes, references) = trie(&keys);
        let mut offsets = Vec::with_capacity(nodes.len());
        let mut end = HEADER_LENGTH;
        for node in &nodes {
            if end > u64::from(OFFSET) {
                return Err(TooLong);
            }
            offsets.push(end as u32 | node.flags());
            end += node.length(&references[node.children.clone()]);
        }
        let mut file = Vec::with_capacity(end as usize);
        for word in [MAGIC, VERSION, offsets[0]] {
            file.extend_from_slice(&word.to_be_bytes());
        }
        for node in &nodes {
            node.write(text, &references[node.children.clone()], &offsets, &mut file);
        }
        Ok(file)
    }
}

/// A byte that an index cannot hold: only ASCII can stand in it, and no NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsuitable {
    /// The byte.
    pub byte: u8,
}

/// The index would be longer than its 28-bit offsets reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

fn suitable(text: &[u8]) -> Result<(), Unsuitable> {
    // Nearly every text is suitable, which is told faster of all bytes together.
    if text.is_ascii() && !text.contains(&0) {
        return Ok(());
    }
    let unsuitable = text.iter().find(|&&byte| byte == 0 || !byte.is_ascii());
    unsuitable.map_or(Ok(()), |&byte| Err(Unsuitable { byte }))
}

/// Sorts values by their keys, and those of one key in their order.
///
/// Keys have long beginnings in common (`pci:v00008086d`): eight bytes are compared at a time, and
/// the next eight only of those that are alike so far. A key that has ended is followed by NULs, which
/// none contains.
fn sort(entries: &mut [Entry], text: &[u8]) {
    // What was inserted later stands later in the text.
    let order = |entry: &Entry| (entry.priority, Reverse(entry.start));
    let mut alike: Vec<(u64, Entry)> = entries.iter().map(|entry| (0, *entry)).collect();
    let mut waiting = Vec::from([(0..alike.len(), 0)]);
    while let Some((range, depth)) = waiting.pop() {
        let (mut start, part) = (range.start, &mut alike[range]);
        for (next, entry) in part.iter_mut() {
            *next = eight_bytes(entry.key(text), depth);
        }
        part.sort_unstable_by_key(|(next, _)| *next);
        for part in part.chunk_by_mut(|one, two| one.0 == two.0) {
            let end = start + part.len();
            match part {
                [] | [_] => {}
                [(next, _), ..] if *next & 0xff != 0 => waiting.push((start..end, depth + 8)),
                ended => ended.sort_unstable_by_key(|(_, entry)| order(entry)),
            }
            start = end;
        }
    }
    entries.iter_mut().zip(alike).for_each(|(entry, (_, sorted))| *entry = sorted);
}

/// The bytes of a key from `depth` on, as a number that is compared as they are.
fn eight_bytes(key: &[u8], depth: usize) -> u64 {
    let rest = key.get(depth..).unwrap_or_default();
    match rest.first_chunk() {
        Some(eight) => u64::from_be_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            eight[..rest.len()].copy_from_slice(rest);
            u64::from_be_bytes(eight)
        }
    }
}

type Key<'a> = (&'a [u8], &'a [Entry]);

/// A node before it has a place.
#[derive(Default)]
struct Node<'a> {
    prefix: &'a [u8],
    /// Where its references are among all.
    children: Range<usize>,
    values: &'a [Entry],
}

/// A character that leads on to a node, and the node's number.
struct Reference {
    character: u8,
    node: u32,
}

/// A node that is still to be made: for these keys, which are equal up to `depth`.
struct Waiting<'a> {
    keys: &'a [Key<'a>],
    depth: usize,
    /// The number of the reference to it; the root has none.
    reference: Option<usize>,
}

/// Makes the nodes of sorted keys, each before its children, the root first; and the references of
/// all, those of one node together.
fn trie<'a>(keys: &'a [Key<'a>]) -> (Vec<Node<'a>>, Vec<Reference>) {
    let (mut nodes, mut references): (Vec<Node<'a>>, Vec<Reference>) = Default::default();
    let mut waiting = Vec::from([Waiting { keys, depth: 0, reference: None }]);
    while let Some(Waiting { keys, depth, reference }) = waiting.pop() {
        if let Some(reference) = reference {
            references[reference].node = nodes.len() as u32;
        }
        let end = if reference.is_none() { 0 } else { depth + shared(keys, depth) };
        let mut node = Node::default();
        let mut below = keys;
        if let [(key, values), rest @ ..] = keys {
            node.prefix = &key[depth..end];
            if key.len() == end {
                (node.values, below) = (*values, rest);
            }
        }
        let (first, others) = (references.len(), waiting.len());
        for keys in below.chunk_by(|one, two| one.0[end] == two.0[end]) {
            let character = keys.first().map_or(0, |key| key.0[end]);
            waiting.push(Waiting { keys, depth: end + 1, reference: Some(references.len()) });
            references.push(Reference { character, node: 0 });
        }
        node.children = first..references.len();
        // The first child is made next.
        waiting[others..].reverse();
        nodes.push(node);
    }
    (nodes, references)
}

/// How many bytes from `depth` on all of the sorted keys share.
fn shared(keys: &[Key<'_>], depth: usize) -> usize {
    match (keys.first(), keys.last()) {
        (Some(first), Some(last)) => {
            let pairs = first.0[depth..].iter().zip(&last.0[depth..]);
            pairs.take_while(|(one, two)| one == two).count()
        }
        _ => 0,
    }
}

impl Node<'_> {
    fn flags(&self) -> u32 {
        let flag = |has: bool, flag: u32| if has { flag } else { 0 };
        flag(!self.prefix.is_empty(), HAS_PREFIX)
            | flag(!self.children.is_empty(), HAS_CHILDREN)
            | flag(!self.values.is_empty(), HAS_VALUES)
    }

    fn length(&self, references: &[Reference]) -> u64 {
        let prefix = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        let children =
            range(references).map_or(0, |(first, last)| 2 + 4 * usize::from(last - first + 1));
        let value = |entry: &Entry| 4 + (entry.end - entry.middle) as usize + 1;
        let values: usize = self.values.iter().map(value).sum();
        (prefix + children + if self.values.is_empty() { 0 } else { 4 + values }) as u64
    }

    fn write(&self, text: &[u8], references: &[Reference], offsets: &[u32], file: &mut Vec<u8>) {
        if !self.prefix.is_empty() {
            file.extend_from_slice(self.prefix);
            file.push(0);
        }
        if let Some((first, last)) = range(references) {
            file.extend_from_slice(&[first, last]);
            let mut next = references.iter().peekable();
            for character in first..=last {
                let reference = next.next_if(|reference| reference.character == character);
                let offset = reference.map_or(0, |reference| offsets[reference.node as usize]);
                file.extend_from_slice(&offset.to_be_bytes());
            }
        }
        if !self.values.is_empty() {
            file.extend_from_slice(&(self.values.len() as u32).to_be_bytes());
        }
        for entry in self.values {
            file.extend_from_slice(&entry.priority.to_be_bytes());
            file.extend_from_slice(entry.value(text));
            file.push(0);
        }
    }
}

/// The first and the last character of references, which ascend.
fn range(references: &[Reference]) -> Option<(u8, u8)> {
    Some((references.first()?.character, references.last()?.character))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that end before, at and behind a multiple of eight bytes, and share their beginnings.
    #[test]
    fn values_are_sorted_by_whole_keys_and_then_by_priority() {
        let letters =
            |number: usize| (0..number % 27).map(move |place| b"aab"[(number + place) % 3]);
        let mut builder = IndexBuilder::new();
        for number in 0..2000 {
            let key: Vec<u8> = letters(number * 7).collect();
            builder.insert(&key, b"v", (number % 5) as u32).unwrap();
        }
        let text = &builder.text[..];
        let mut sorted = builder.entries.clone();
        sort(&mut sorted, text);
        let whole =
            |entry: &Entry| (entry.key(text).to_vec(), entry.priority, Reverse(entry.start));
        let mut expected = builder.entries.clone();
        expected.sort_by_key(whole);
        let starts = |entries: &[Entry]| entries.iter().map(whole).collect::<Vec<_>>();
        assert_eq!(starts(&sorted), starts(&expected));
    }
}
