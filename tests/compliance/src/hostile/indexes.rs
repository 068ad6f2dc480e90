//! Damaged binary indexes: nodes in a circle, reversed ranges of children, strings without an
//! end, references and counts that lead out of the file, files that end early. Only the
//! structure is damaged, never a letter: a changed letter is another answer, which no reader
//! can tell from a true one.

use super::{Damaged, Numbers, with};

const PREFIX: u32 = 0x8000_0000;
const VALUES: u32 = 0x4000_0000;
const CHILDREN: u32 = 0x2000_0000;

/// Where things stand in an index.
#[derive(Default)]
struct Places {
    /// References to nodes: where each stands, and what it is.
    references: Vec<(usize, u32)>,
    /// First and last character of a node's children.
    ranges: Vec<usize>,
    /// Counts of values.
    counts: Vec<usize>,
    /// Ends of strings.
    ends: Vec<usize>,
}

/// Damaged copies of a whole index, `count` of all there are.
pub fn of(name: &str, bytes: &[u8], count: usize, seed: u64) -> Vec<Damaged> {
    let places = read(bytes);
    let mut all = references(bytes, &places);
    for at in &places.ranges {
        let (first, last) = (bytes[*at], bytes[at + 1]);
        for (one, other) in [(last + 1, first), (0, 0xff), (first, 0xff), (0xff, 0), (0x80, 0x90)] {
            let changed =
                with(&with(bytes, *at, 1, one.into(), true), at + 1, 1, other.into(), true);
            let what = format!("children from {one:#x} to {other:#x} at {at}");
            all.push(Damaged { what, bytes: changed });
        }
    }
    for at in &places.counts {
        for value in [0_u64, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff] {
            let what = format!("{value:#x} values at {at}");
            all.push(Damaged { what, bytes: with(bytes, *at, 4, value, true) });
        }
    }
    for at in &places.ends {
        let mut changed = bytes.to_vec();
        changed[*at..].fill(b'a');
        all.push(Damaged { what: format!("the string before {at} has no end"), bytes: changed });
    }
    for end in (0..bytes.len()).step_by((bytes.len() / 150).max(1)) {
        all.push(Damaged { what: format!("only {end} bytes"), bytes: bytes[..end].to_vec() });
    }
    for at in 0..8 {
        let what = format!("byte {at} of the header");
        all.push(Damaged { what, bytes: with(bytes, at, 1, 0x5a, true) });
    }
    let mut chosen = Numbers::of(seed).choose(all, count);
    chosen.iter_mut().for_each(|damaged| damaged.what = format!("{name}: {}", damaged.what));
    chosen
}

/// Every reference led to itself, to the root, to a node before it, and out of the file.
fn references(bytes: &[u8], places: &Places) -> Vec<Damaged> {
    let root = places.references.first().map_or(0, |(_, root)| *root);
    let end = bytes.len() as u32;
    let mut all = Vec::new();
    for (at, own) in &places.references {
        let flags = own & 0xf000_0000;
        let leads = [
            ("to the root", root),
            ("to itself", flags | *at as u32),
            ("to the header", flags),
            ("to the end", flags | end),
            ("to the last byte", flags | (end - 1)),
            ("far out", flags | 0x0fff_ffff),
            ("to a node with other parts", own ^ PREFIX),
            ("to a node with other parts", own ^ VALUES),
            ("to a node with other parts", own ^ CHILDREN),
            ("to all parts", own | 0xf000_0000),
        ];
        for (to, value) in leads.into_iter().filter(|(_, value)| value != own) {
            let what = format!("the reference at {at} leads {to}");
            all.push(Damaged { what, bytes: with(bytes, *at, 4, value.into(), true) });
        }
    }
    all
}

/// Walks a whole index.
fn read(bytes: &[u8]) -> Places {
    let word = |at: usize| {
        let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
        four.map_or(0, u32::from_be_bytes)
    };
    let string = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| *byte == 0).unwrap_or(0)
    };
    let mut places = Places::default();
    let mut nodes = vec![8];
    while let Some(reference) = nodes.pop() {
        let node = word(reference);
        places.references.push((reference, node));
        let mut at = (node & 0x0fff_ffff) as usize;
        if node & PREFIX != 0 {
            at = string(at);
            places.ends.push(at);
            at += 1;
        }
        if node & CHILDREN != 0 {
            places.ranges.push(at);
            let (first, last) = (usize::from(bytes[at]), usize::from(bytes[at + 1]));
            at += 2;
            nodes.extend((0..=last - first).map(|arc| at + 4 * arc).filter(|at| word(*at) != 0));
            at += 4 * (last - first + 1);
        }
        if node & VALUES != 0 {
            places.counts.push(at);
            let count = word(at);
            at += 4;
            for _ in 0..count {
                at = string(at + 4);
                places.ends.push(at);
                at += 1;
            }
        }
    }
    places
}
