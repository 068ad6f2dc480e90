//! Patterns without sets against a matcher that is obviously right; any pattern ends soon.
#![no_main]

use kmodctl_format::pattern::matches;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let bytes = &bytes[..bytes.len().min(512)];
    let (pattern, text) =
        bytes.split_at(bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len() / 2));
    let ours = matches(pattern, text);
    if !pattern.contains(&b'[') {
        assert_eq!(ours, naive(pattern, text));
    }
    let literal: Vec<u8> = text.iter().flat_map(|&byte| [b'\\', byte]).collect();
    assert!(matches(&literal, text));
    assert!(matches(&[pattern, b"*"].concat(), text) || !ours || open_set(pattern));
});

/// A `*` after it could fall into a set that is not closed, or be escaped.
fn open_set(pattern: &[u8]) -> bool {
    pattern.contains(&b'[') || pattern.ends_with(b"\\")
}

/// Remembers for each beginning of the pattern which beginnings of the text it matches.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut rest = pattern.iter();
    while let Some(&item) = rest.next() {
        if item == b'*' {
            let first = reached.iter().position(|&is| is).unwrap_or(reached.len());
            reached[first..].fill(true);
            continue;
        }
        let literal = if item == b'\\' { rest.next().copied() } else { Some(item) };
        for at in (0..text.len()).rev() {
            let takes = (item == b'?') || literal == Some(text[at]);
            reached[at + 1] = reached[at] && takes;
        }
        reached[0] = false;
    }
    reached[text.len()]
}
