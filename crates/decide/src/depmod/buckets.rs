//! Names in the order of kmod's hash tables: by bucket, then by bytes. The same order answers
//! look-ups, and no choice of names makes them slow: a bucket is searched by halving.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::hash::super_fast_hash;

/// Names with something that belongs to each.
pub(super) struct Buckets<'a, T> {
    entries: Vec<Entry<'a, T>>,
    /// The whole hash and the entry's number; in each bucket by the hash.
    hashes: Vec<(u32, u32)>,
    /// Where each bucket begins in both lists, and the end.
    starts: Vec<u32>,
}

pub(super) struct Entry<'a, T> {
    bucket: u32,
    hash: u32,
    pub(super) name: &'a [u8],
    pub(super) value: T,
}

/// The bucket of a name.
pub(super) fn bucket(name: &[u8], count: u32) -> u32 {
    super_fast_hash(name) % count
}

impl<'a, T> Buckets<'a, T> {
    /// Sorts names; of equal ones the last is kept.
    pub(super) fn new(count: u32, names: impl Iterator<Item = (&'a [u8], T)>) -> Self {
        let entry = |(name, value)| {
            let hash = super_fast_hash(name);
            Entry { bucket: hash % count, hash, name, value }
        };
        let mut entries: Vec<_> = names.map(entry).collect();
        entries.sort_by(|one, two| (one.bucket, one.name).cmp(&(two.bucket, two.name)));
        entries.dedup_by(|later, kept| {
            let is_same = later.name == kept.name;
            if is_same {
                core::mem::swap(later, kept);
            }
            is_same
        });
        let starts = starts(count, &entries);
        let mut hashes: Vec<_> = entries.iter().map(|entry| entry.hash).zip(0..).collect();
        // In a bucket entries are in the order of their names already.
        for range in starts.windows(2) {
            hashes[range[0] as usize..range[1] as usize].sort_unstable();
        }
        Self { starts, entries, hashes }
    }

    /// Finds a name; names are compared only where their hashes are equal.
    pub(super) fn find(&self, name: &[u8]) -> Option<&T> {
        let hash = super_fast_hash(name);
        let bucket = (hash % (self.starts.len() as u32 - 1)) as usize;
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        let hashes = &self.hashes[range];
        let place = hashes.binary_search_by(|&(other, number)| {
            other.cmp(&hash).then_with(|| self.entries[number as usize].name.cmp(name))
        });
        Some(&self.entries[hashes[place.ok()?].1 as usize].value)
    }

    /// All entries in kmod's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<'a, T>> {
        self.entries.iter()
    }
}

fn starts<T>(count: u32, entries: &[Entry<'_, T>]) -> Vec<u32> {
    let mut starts = vec![0; count as usize + 1];
    for entry in entries {
        starts[entry.bucket as usize + 1] += 1;
    }
    let mut end = 0;
    for start in &mut starts {
        end += *start;
        *start = end;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_ordered_by_bucket() {
        let names: [&[u8]; 6] = [b"kfree", b"printk", b"a", b"", b"printk", b"register"];
        let buckets = Buckets::new(4, names.into_iter().zip(0..));
        for (name, number) in names.into_iter().zip([0, 4, 2, 3, 4, 5]) {
            assert_eq!(buckets.find(name), Some(&number));
        }
        assert_eq!(buckets.find(b"none"), None);
        let order: Vec<_> =
            buckets.iter().map(|entry| (bucket(entry.name, 4), entry.name)).collect();
        assert_eq!(order.len(), 5);
        assert!(order.is_sorted());
    }
}
