//! "Did you mean": the names that are nearest to one that nothing answers to. Which names there
//! are is the asker's to say.

use alloc::vec;
use alloc::vec::Vec;

/// At most three candidates that a person may have meant, the nearest first.
///
/// Near is a distance (insertions, deletions, replacements, swaps of neighbours) of at most a third
/// of the word's length, and 1 at least; `-` and `_` are the same. Of equal distances the candidate
/// that comes first stays first.
pub fn nearest<'a>(word: &[u8], candidates: impl IntoIterator<Item = &'a [u8]>) -> Vec<&'a [u8]> {
    const MOST: usize = 3;
    let bound = (word.len() / 3).max(1);
    let mut near: Vec<(usize, &[u8])> = Vec::new();
    for candidate in candidates {
        if candidate.len().abs_diff(word.len()) > bound {
            continue;
        }
        let distance = distance(word, candidate);
        if distance <= bound && !near.iter().any(|(_, known)| *known == candidate) {
            near.push((distance, candidate));
        }
    }
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(MOST).map(|(_, candidate)| candidate).collect()
}

/// The optimal string alignment distance.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let width = right.len() + 1;
    let mut before = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for row in 1..=left.len() {
        let mut current = vec![row; width];
        for column in 1..width {
            let replaced = usize::from(!same(left[row - 1], right[column - 1]));
            let mut best = (last[column] + 1).min(current[column - 1] + 1);
            best = best.min(last[column - 1] + replaced);
            let swapped = row > 1
                && column > 1
                && same(left[row - 1], right[column - 2])
                && same(left[row - 2], right[column - 1]);
            if swapped {
                best = best.min(before[column - 2] + 1);
            }
            current[column] = best;
        }
        before = core::mem::replace(&mut last, current);
    }
    last[width - 1]
}

fn same(left: u8, right: u8) -> bool {
    let folded = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    folded(left) == folded(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names: [&[u8]; 6] = [b"dummy", b"e1000", b"e1000e", b"loop", b"usb_storage", b"uas"];
        let table: [(&str, &[&str]); 8] = [
            ("e1000e", &["e1000e", "e1000"]),
            ("e100e", &["e1000", "e1000e"]),
            ("dumy", &["dummy"]),
            ("lopo", &["loop"]),
            ("usb-storage", &["usb_storage"]),
            ("usbstorage", &["usb_storage"]),
            ("zzz", &[]),
            ("", &[]),
        ];
        for (word, expected) in table {
            let expected: Vec<_> = expected.iter().map(|name| name.as_bytes()).collect();
            assert_eq!(nearest(word.as_bytes(), names), expected, "{word}");
        }
    }

    #[test]
    fn distances_are_symmetric() {
        for (left, right, far) in [("ab", "ba", 1), ("abc", "", 3), ("kitten", "sitting", 3)] {
            assert_eq!(distance(left.as_bytes(), right.as_bytes()), far);
            assert_eq!(distance(right.as_bytes(), left.as_bytes()), far);
        }
    }
}
