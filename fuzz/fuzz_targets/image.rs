//! Hostile images of the first root directory: reading ends, in bounded memory, and what is read can
//! be asked about a module.
#![no_main]

use kmodctl_decide::block::image_state;
use kmodctl_format::ModuleName;
use kmodctl_format::portable_executable::section;
use kmodctl_system::images::read_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let image = read_bytes(b"/boot/i", bytes, b"ro");
    let state = image_state(&image, &ModuleName::new("loop"));
    assert!(state == image_state(&read_bytes(b"/boot/i", bytes, b"ro"), &ModuleName::new("loop")));
    if let Ok(Some(found)) = section(bytes, b".initrd") {
        assert!(found.offset + found.length <= bytes.len() as u64);
    }
});
