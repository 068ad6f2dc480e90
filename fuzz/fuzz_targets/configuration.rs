//! modprobe.d: what is read and written as `modprobe -c` does is read again as the same.
#![no_main]

use kmodctl_format::configuration::{Directive, Place, logical_lines, parse, select, write_entry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let read = parse(file);
    let lines = file.iter().filter(|&&byte| byte == b'\n').count() + 1;
    assert_eq!(read.lines.len() + read.complaints.len(), words(file));
    assert!(read.lines.iter().all(|line| line.number <= lines));
    assert!(read.complaints.iter().all(|complaint| complaint.number <= lines));
    for line in &read.lines {
        if !matches!(line.directive, Directive::Softdep { .. } | Directive::Weakdep { .. }) {
            assert_eq!(again(&line.directive).as_ref(), Some(&line.directive));
        }
    }
    let names: Vec<Vec<u8>> = file.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    let places = [Place::Directory(names.clone()), Place::Directory(names)];
    let selected = select(&places);
    assert!(selected.windows(2).all(|two| two[0].name < two[1].name));
    assert!(selected.iter().all(|file| file.place == 0));
});

/// How many lines hold a word.
fn words(file: &[u8]) -> usize {
    let blank = |text: &[u8]| text.iter().all(|byte| matches!(byte, b' ' | b'\t'));
    logical_lines(file).filter(|line| !blank(&line.text)).count()
}

/// Writes a directive and reads it; backslashes have to be doubled for that.
fn again(directive: &Directive) -> Option<Directive> {
    let mut written = Vec::new();
    write_entry(directive, &mut written);
    let inside = written.len() - 1;
    let escaped: Vec<u8> = written[..inside]
        .iter()
        .flat_map(|&byte| if byte == b'\\' { vec![b'\\', byte] } else { vec![byte] })
        .collect();
    parse(&escaped).lines.pop().map(|line| line.directive)
}
