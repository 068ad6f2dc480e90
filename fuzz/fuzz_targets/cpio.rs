//! Hostile archives: reading ends, gives what was there, and does not depend on the pieces in which
//! the bytes come.
#![no_main]

use kmodctl_format::cpio::{Damage, Event, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes, bytes.len().max(1));
    for piece in [1, 7, 113] {
        assert!(read(bytes, piece) == whole, "in pieces of {piece}");
    }
});

/// What is met, with the content of all entries behind each other; and how much was taken.
type Met = (Vec<(Vec<u8>, u32, usize)>, Vec<u8>, Result<usize, Damage>);

fn read(bytes: &[u8], piece: usize) -> Met {
    let (mut reader, mut entries, mut contents) = (Reader::new(), Vec::new(), Vec::new());
    let mut taken = 0;
    for piece in bytes.chunks(piece) {
        let pushed = reader.push(piece, &mut |event| match event {
            Event::Entry(entry) => {
                assert!(!entry.path.is_empty() && entry.path.len() < 4096);
                entries.push((entry.path.clone(), entry.size, contents.len()));
            }
            Event::Content(content) => contents.extend_from_slice(content),
            Event::EndOfEntry => {
                let (_, size, start) = entries.last().unwrap();
                assert_eq!(contents.len() - start, *size as usize);
            }
        });
        match pushed {
            Ok(read) => taken += read,
            Err(damage) => {
                assert!(damage.offset < bytes.len() as u64);
                return (entries, contents, Err(damage));
            }
        }
        if reader.has_ended() {
            break;
        }
    }
    assert!(contents.len() <= bytes.len());
    (entries, contents, reader.cut_off().map_or(Ok(taken), Err))
}
