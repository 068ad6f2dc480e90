//! modules-load.d: every name is a trimmed part of its line.
#![no_main]

use kmodctl_format::modules_load;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let lines: Vec<&[u8]> = file.split(|&byte| byte == b'\n').collect();
    let mut last = 0;
    for line in modules_load::parse(file) {
        assert!(line.number >= last);
        last = line.number;
        let parts = lines[line.number - 1].split(|byte| matches!(byte, b'\r' | 0));
        assert!(parts.map(<[u8]>::trim_ascii).any(|part| part == line.name.trim_ascii()));
        assert!(!line.name.is_empty() && line.name[0] != b'#' && line.name[0] != b';');
        let again: Vec<_> = modules_load::parse(line.name).map(|line| line.name).collect();
        assert_eq!(again, [line.name]);
    }
    for name in modules_load::refused_by_kernel(file) {
        assert!(!name.is_empty() && !name.contains(&b','));
    }
    for item in modules_load::on_command_line(file) {
        let key: &[u8] = if item.in_initramfs { b"rd.modules_load=" } else { b"modules_load=" };
        let quote: &[u8] = if item.name.contains(&b'"') { b"'" } else { b"\"" };
        if !item.name.contains(&quote[0]) {
            let escaped = |byte: &u8| match byte {
                b',' | b'\\' => vec![b'\\', *byte],
                _ => vec![*byte],
            };
            let name: Vec<u8> = item.name.iter().flat_map(escaped).collect();
            let written = [key, quote, &name, quote].concat();
            assert_eq!(modules_load::on_command_line(&written), [item]);
        }
    }
});
