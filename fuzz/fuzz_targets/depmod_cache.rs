//! Hostile caches of depmod, and hostile xz containers: nothing is read beyond what is there, and
//! what is read is what is written again.
#![no_main]

use kmodctl_format::depmod_cache::{HEAD, Head, List, read_contents, write_contents};
use kmodctl_format::xz;
use libfuzzer_sys::fuzz_target;

fn digest(bytes: &[u8]) -> [u8; 16] {
    let sum =
        bytes.iter().fold(1u128, |sum, &byte| sum.wrapping_mul(257).wrapping_add(byte.into()));
    sum.to_le_bytes()
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(list) = List::read(bytes) {
        assert!(list.write() == bytes, "another list");
    }
    if let Some(contents) = read_contents(bytes) {
        let mut again = Vec::new();
        write_contents(&contents.modinfo, &contents.exported, &contents.needed, &mut again);
        assert!(again == bytes, "other contents");
    }
    if let Some(head) = Head::read(bytes) {
        assert!(head.write() == bytes[..HEAD], "another head");
        assert!(!head.is_list(bytes, digest) || head.list == bytes.len());
    }
    // With sums that are always right more of a container is looked at.
    for file in [
        xz::blocks(bytes, |_| 0),
        xz::blocks(bytes, |part| part.first().copied().unwrap_or(0).into()),
    ] {
        let mut end = 0;
        for block in file.into_iter().flatten() {
            assert!(block.packed.start >= end && block.packed.end <= bytes.len());
            end = block.packed.end;
        }
    }
});
