//! Hostile caches of depmod, and hostile xz containers: nothing is read beyond what is there, and
//! what is read is what is written again.
#![no_main]

use kmodctl_format::depmod_cache::{HEAD, Head, List, StoredContents};
use kmodctl_format::symbols::Symbols;
use kmodctl_format::xz;
use libfuzzer_sys::fuzz_target;

fn digest(pieces: &[&[u8]]) -> [u8; 16] {
    let bytes = pieces.concat();
    let sum =
        bytes.iter().fold(1u128, |sum, &byte| sum.wrapping_mul(257).wrapping_add(byte.into()));
    sum.to_le_bytes()
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(list) = List::read(bytes) {
        assert!(list.write().as_deref() == Some(bytes), "another list");
    }
    if let Some(contents) = StoredContents::read(bytes) {
        assert!(contents.bytes() == bytes, "other bytes");
        let [given, needed]: [Symbols; 2] =
            [contents.given(), contents.needed()].map(|stored| stored.iter().collect());
        let again = StoredContents::new(contents.modinfo(), [&given, &needed], true);
        let again = again.expect("no part is too long");
        let read = StoredContents::read(again.bytes()).expect("what is written is read");
        assert!(read.modinfo() == contents.modinfo(), "another section");
        assert!(read.given().iter().eq(given.iter()), "other symbols are given");
        assert!(read.needed().iter().eq(needed.iter()), "other symbols are needed");
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
