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
}

/// A value of a key: where both are in the text.
#[derive(Clone, Debug)]
struct Entry {
    key: Range<usize>,
    value: Range<usize>,
    priority: u32,
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
        self.text.extend_from_slice(key);
        let middle = self.text.len();
        self.text.extend_from_slice(value);
        let value = middle..self.text.len();
        self.entries.push(Entry { key: start..middle, value, priority });
        Ok(())
    }

    /// The bytes of the file: the header, then each node before its children, as kmod 34 orders
    /// them.
    pub fn finish(mut self) -> Result<Vec<u8>, TooLong> {
        let text = &self.text[..];
        // What was inserted later stands later in the text.
        let order = |entry: &Entry| (entry.priority, Reverse(entry.key.start));
        self.entries.sort_unstable_by(|one, two| {
            let keys = text[one.key.clone()].cmp(&text[two.key.clone()]);
            keys.then_with(|| order(one).cmp(&order(two)))
        });
        let is_one_key = |one: &Entry, two: &Entry| text[one.key.clone()] == text[two.key.clone()];
        let keys: Vec<_> = self
            .entries
            .chunk_by(is_one_key)
            .filter_map(|values| Some((&text[values.first()?.key.clone()], values)))
            .collect();
        let nodes = trie(&keys);
        let mut offsets = Vec::with_capacity(nodes.len());
        let mut end = HEADER_LENGTH;
        for node in &nodes {
            if end > u64::from(OFFSET) {
                return Err(TooLong);
            }
            offsets.push(end as u32 | node.flags());
            end += node.length();
        }
        let mut file = Vec::with_capacity(end as usize);
        for word in [MAGIC, VERSION, offsets[0]] {
            file.extend_from_slice(&word.to_be_bytes());
        }
        nodes.iter().for_each(|node| node.write(text, &offsets, &mut file));
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
    match text.iter().find(|&&byte| byte == 0 || !byte.is_ascii()) {
        Some(&byte) => Err(Unsuitable { byte }),
        None => Ok(()),
    }
}

type Key<'a> = (&'a [u8], &'a [Entry]);

/// A node before it has a place: its children are numbers of nodes.
#[derive(Default)]
struct Node<'a> {
    prefix: &'a [u8],
    children: Vec<(u8, usize)>,
    values: &'a [Entry],
}

/// A node that is still to be made: for these keys, which are equal up to `depth`.
struct Waiting<'a> {
    keys: &'a [Key<'a>],
    depth: usize,
    parent: Option<usize>,
}

/// Makes the nodes of sorted keys, each before its children, the root first.
fn trie<'a>(keys: &'a [Key<'a>]) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
    let mut waiting = Vec::from([Waiting { keys, depth: 0, parent: None }]);
    while let Some(Waiting { keys, depth, parent }) = waiting.pop() {
        let number = nodes.len();
        if let Some(parent) = parent {
            nodes[parent].children.push((keys[0].0[depth - 1], number));
        }
        let end = if parent.is_none() { 0 } else { depth + shared(keys, depth) };
        let mut node = Node::default();
        let mut below = keys;
        if let [(key, values), rest @ ..] = keys {
            node.prefix = &key[depth..end];
            if key.len() == end {
                (node.values, below) = (*values, rest);
            }
        }
        nodes.push(node);
        let groups: Vec<_> = below.chunk_by(|one, two| one.0[end] == two.0[end]).collect();
        let children = groups.into_iter().rev();
        waiting.extend(children.map(|keys| Waiting { keys, depth: end + 1, parent: Some(number) }));
    }
    nodes
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

    fn length(&self) -> u64 {
        let prefix = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        let children =
            self.range().map_or(0, |(first, last)| 2 + 4 * usize::from(last - first + 1));
        let values: usize = self.values.iter().map(|entry| 4 + entry.value.len() + 1).sum();
        (prefix + children + if self.values.is_empty() { 0 } else { 4 + values }) as u64
    }

    fn range(&self) -> Option<(u8, u8)> {
        Some((self.children.first()?.0, self.children.last()?.0))
    }

    fn write(&self, text: &[u8], offsets: &[u32], file: &mut Vec<u8>) {
        if !self.prefix.is_empty() {
            file.extend_from_slice(self.prefix);
            file.push(0);
        }
        if let Some((first, last)) = self.range() {
            file.extend_from_slice(&[first, last]);
            let mut references = [0; 128];
            for &(character, child) in &self.children {
                references[usize::from(character)] = offsets[child];
            }
            let range = &references[usize::from(first)..=usize::from(last)];
            file.extend(range.iter().flat_map(|reference| reference.to_be_bytes()));
        }
        if !self.values.is_empty() {
            file.extend_from_slice(&(self.values.len() as u32).to_be_bytes());
        }
        for entry in self.values {
            file.extend_from_slice(&entry.priority.to_be_bytes());
            file.extend_from_slice(&text[entry.value.clone()]);
            file.push(0);
        }
    }
}
