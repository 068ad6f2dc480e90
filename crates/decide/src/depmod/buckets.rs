//! Names in the order of kmod's hash tables: by bucket, then by bytes. Names are found by their
//! hashes, and no choice of names makes that slow: hashes that begin alike are searched by halving.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::hash::super_fast_hash;

/// Names with something that belongs to each.
pub(super) struct Buckets<'a, T> {
    entries: Vec<Entry<'a, T>>,
    /// Each hash and its entry's number, in order.
    hashes: Vec<(u32, u32)>,
    /// Where the hashes of each beginning start, and the end.
    starts: Vec<u32>,
    /// The number of bits of a hash that follow its beginning.
    shift: u32,
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
        entries.sort_by_key(|entry| entry.bucket);
        for bucket in entries.chunk_by_mut(|one, two| one.bucket == two.bucket) {
            bucket.sort_by(|one, two| one.name.cmp(two.name));
        }
        entries.dedup_by(|later, kept| {
            let is_same = later.name == kept.name;
            if is_same {
                core::mem::swap(later, kept);
            }
            is_same
        });
        // About as many beginnings as there are hashes.
        let shift = (entries.len() as u32 | 1).leading_zeros();
        let starts = starts(shift, &entries);
        Self { hashes: hashes(shift, &starts, &entries), starts, shift, entries }
    }

    /// Finds a name; names are compared only where their hashes are equal.
    pub(super) fn find(&self, name: &[u8]) -> Option<&T> {
        let hash = super_fast_hash(name);
        let beginning = (hash >> self.shift) as usize;
        let range = self.starts[beginning] as usize..self.starts[beginning + 1] as usize;
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

fn starts<T>(shift: u32, entries: &[Entry<'_, T>]) -> Vec<u32> {
    let mut starts = vec![0; (u32::MAX >> shift) as usize + 2];
    for entry in entries {
        starts[(entry.hash >> shift) as usize + 1] += 1;
    }
    let mut end = 0;
    for start in &mut starts {
        end += *start;
        *start = end;
    }
    starts
}

/// Sorts the hashes: each goes where those of its beginning are, and few have the same.
///
/// Equal hashes are of one bucket, in which entries stand in the order of their names.
fn hashes<T>(shift: u32, starts: &[u32], entries: &[Entry<'_, T>]) -> Vec<(u32, u32)> {
    let (mut hashes, mut places) = (vec![(0, 0); entries.len()], starts.to_vec());
    for (number, entry) in (0..).zip(entries) {
        let place = &mut places[(entry.hash >> shift) as usize];
        hashes[*place as usize] = (entry.hash, number);
        *place += 1;
    }
    for range in starts.windows(2).filter(|range| range[1] - range[0] > 1) {
        hashes[range[0] as usize..range[1] as usize].sort_unstable();
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::format;

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

    #[test]
    fn each_of_many_names_is_found_as_it_came_last() {
        for count in [0, 1, 2, 3, 1000, 5000] {
            let names: Vec<_> =
                (0..count).map(|number| format!("name_{}", number % 4000)).collect();
            let listed = || names.iter().map(|name| name.as_bytes()).zip(0..);
            let buckets = Buckets::new(7, listed());
            let expected: BTreeMap<_, i32> = listed().collect();
            assert_eq!(buckets.iter().count(), expected.len(), "{count}");
            for (name, number) in &expected {
                assert_eq!(buckets.find(name), Some(number), "{count}");
            }
            assert_eq!(buckets.find(b"name_"), None, "{count}");
        }
    }
}
