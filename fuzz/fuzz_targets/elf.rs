//! Any bytes as a module file: what is given of them lies within them, and taking versions out
//! changes nothing but what it says.
#![no_main]

use kmodctl_format::elf::{Damage, ModuleFile, strip_versions};
use kmodctl_format::{build_id, modinfo};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match ModuleFile::read(bytes) {
        Ok(file) => read_sections(&file, bytes),
        Err(Damage::Broken { .. } | Damage::NotElf) => {}
        Err(Damage::Unreadable { .. }) => panic!("bytes in memory are readable"),
    }
    strip(bytes);
});

fn read_sections(file: &ModuleFile<&[u8]>, bytes: &[u8]) {
    for section in file.sections() {
        let contents = file.contents(&section).expect("a listed section lies within the file");
        let start = usize::try_from(section.offset).expect("an offset within the file");
        assert_eq!(contents, &bytes[start..start + contents.len()]);
        let Some(name) = file.name(&section) else { continue };
        assert!(name.len() < bytes.len());
        assert!(file.find(name).is_some_and(|first| first.header_offset <= section.header_offset));
    }
    let note = file.section(build_id::SECTION).expect("a section within the file");
    let note = note.unwrap_or_default();
    if let Some(id) = build_id::build_id(&note, file.layout().order) {
        assert!(id.len() + 16 <= note.len());
    }
}

fn strip(bytes: &[u8]) {
    let mut copy = bytes.to_vec();
    let result = strip_versions(&mut copy, true, true);
    let changed = bytes.iter().zip(&copy).filter(|(old, new)| old != new).count();
    if result.is_err() {
        assert_eq!(changed, 0);
        return;
    }
    let file = ModuleFile::read(bytes).expect("what was stripped is a module");
    let modinfo = file.section(modinfo::SECTION).expect("a section within the file");
    assert!(changed <= modinfo.map_or(0, |modinfo| modinfo.len()) + 1);
}
