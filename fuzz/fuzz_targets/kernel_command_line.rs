//! The kernel command line: written items are read again as the same.
#![no_main]

use kmodctl_format::{kernel_command_line, modules_load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    let read = kernel_command_line::parse(line);
    for item in &read.options {
        // Written in order, an item stands for itself, unless its name ends in a lone quote.
        let written = [item.name.as_bytes(), &item.text].join(&b'.');
        let again = kernel_command_line::parse(&written);
        if written.len() <= kernel_command_line::LENGTH_LIMIT && !written.starts_with(b"modprobe.")
        {
            assert_eq!(again.options, std::slice::from_ref(item), "{}", written.escape_ascii());
        }
    }
    for module in read.blacklist.iter().filter(|module| !module.as_bytes().contains(&b'"')) {
        assert!(!module.as_bytes().iter().any(u8::is_ascii_whitespace));
        let written = [b"modprobe.blacklist=", module.as_bytes()].concat();
        if written.len() <= kernel_command_line::LENGTH_LIMIT {
            assert_eq!(
                kernel_command_line::parse(&written).blacklist,
                std::slice::from_ref(module)
            );
        }
    }
    let cut = &line[..line.len().min(kernel_command_line::LENGTH_LIMIT)];
    assert_eq!(kernel_command_line::parse(cut), read);
    for item in modules_load::on_command_line(line) {
        assert!(!item.name.is_empty() && !item.name.contains(&b','));
    }
});
