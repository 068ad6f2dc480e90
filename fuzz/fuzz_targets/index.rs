//! Indexes: hostile bytes end in values or damage within bounds, and what is built is read back.
#![no_main]

use kmodctl_format::index::{Index, IndexBuilder, MAGIC, VERSION};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    hostile(bytes);
    built(bytes);
});

/// Puts a header before the bytes, so that the nodes are what is tried.
fn hostile(bytes: &[u8]) {
    let header = [MAGIC.to_be_bytes(), VERSION.to_be_bytes()].concat();
    let file = [&header[..], bytes].concat();
    let Ok(index) = Index::open(&file[..]) else { return };
    let query = &bytes[..bytes.len().min(8)];
    let mut values = 0;
    let walked = index.walk(|key, _| {
        assert!(key.len() <= 4096);
        values += 1;
    });
    assert!(values <= file.len());
    let found = index.exact(query);
    if let (Ok(()), Ok(Some(_))) = (walked, &found) {
        assert!(values > 0);
    }
    if let Ok(found) = index.wildcard(query) {
        assert!(found.is_sorted_by_key(|value| value.priority));
        assert!(found.len() <= file.len() * 10);
    }
}

/// Takes lines for keys.
fn built(bytes: &[u8]) {
    let mut builder = IndexBuilder::new();
    let mut keys = Vec::new();
    for (place, key) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if builder.insert(key, key, place as u32).is_ok() && key.len() <= 4096 {
            keys.push(key);
        }
    }
    if bytes.split(|&byte| byte == b'\n').any(|key| key.len() > 4096) {
        return;
    }
    let file = builder.finish().expect("a short index");
    let index = Index::open(&file[..]).expect("a whole index");
    let mut walked = Vec::new();
    index
        .walk(|key, value| walked.push((key.to_vec(), value.bytes.to_vec(), value.priority)))
        .expect("a whole index");
    let mut again = IndexBuilder::new();
    for (key, value, priority) in &walked {
        again.insert(key, value, *priority).expect("what was read");
    }
    assert_eq!(again.finish().expect("a short index"), file);
    assert!(walked.is_sorted_by_key(|(key, ..)| key.clone()));
    keys.sort_unstable();
    assert!(walked.iter().map(|(key, ..)| &key[..]).eq(keys.iter().copied()));
    for key in keys {
        assert_eq!(index.exact(key), Ok(Some(key.to_vec())));
        let is_plain = !key.iter().any(|byte| b"*?[\\".contains(byte));
        let found = index.wildcard(key).expect("a whole index");
        assert!(!is_plain || found.iter().any(|value| value.bytes == key));
    }
}
