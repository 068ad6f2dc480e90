//! Any bytes as a module file: its lists of symbols are no longer than its tables, and their names
//! together stay within the bound that keeps shared names from growing without end.
#![no_main]

use kmodctl_format::elf::ModuleFile;
use kmodctl_format::symbols::{Symbols, exported, needed, versions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = ModuleFile::read(bytes) else { return };
    if let Ok(Some(symbols)) = exported(&file) {
        bounded(&symbols, bytes);
    }
    if let Ok(symbols) = needed(&file) {
        bounded(&symbols, bytes);
        assert!(symbols.iter().all(|symbol| matches!(symbol.bind.letter(), b'U' | b'W')));
    }
    if let Ok(Some(symbols)) = versions(&file) {
        bounded(&symbols, bytes);
    }
});

fn bounded(symbols: &Symbols, bytes: &[u8]) {
    let names: usize = symbols.iter().map(|symbol| symbol.name.len()).sum();
    assert!(names <= 34 * bytes.len(), "{names} bytes of names in {}", bytes.len());
    assert!(symbols.len() <= 2 * bytes.len());
    assert!(symbols.iter().all(|symbol| !symbol.name.contains(&0)));
}
