//! Small texts: /proc/modules, modules.dep, modules.devname, MODPROBE_OPTIONS, parameters, names.
#![no_main]

use kmodctl_format::dependencies::Dependencies;
use kmodctl_format::{
    devname, initstate, kernel_compression, modprobe_options, module_parameters, name,
    proc_modules, suffix,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lines = text.split(|&byte| byte == b'\n').count();
    assert!(proc_modules::parse(text).count() <= lines);
    for module in proc_modules::parse(text) {
        assert!(!module.name.as_bytes().is_empty());
    }
    for node in devname::parse(text).flatten() {
        let mut written = Vec::new();
        devname::write_devname(&node, &mut written);
        // Only a module whose name begins with `#` is a comment when it is written.
        if !node.module.starts_with(b"#") {
            assert_eq!(devname::parse(&written).collect::<Vec<_>>(), [Ok(node)]);
        }
    }
    if let Some(read) = Dependencies::parse(text) {
        let paths: Vec<_> = read.paths().collect();
        let written = [read.path, b": ", &paths.join(&b' ')].concat();
        let again = Dependencies::parse(&written).map(|again| again.paths().collect::<Vec<_>>());
        assert_eq!(again, Some(paths));
    }
    let arguments = modprobe_options::split(text);
    assert!(arguments.len() <= text.len());
    assert!(arguments.concat().len() <= text.len());
    let plain = !text.iter().any(|byte| matches!(byte, b' ' | b'\'' | b'"'));
    assert!(!plain || text.is_empty() || arguments == [text]);
    let joined = module_parameters::join(text.split(|&byte| byte == b'\n'));
    // Empty words at the start leave no trace.
    let left = text.iter().skip_while(|&&byte| byte == b'\n').count();
    assert!((left..=left + 2 * lines).contains(&joined.len()));
    if let Some((stem, _)) = suffix::split(text) {
        assert!(text.starts_with(stem) && stem.len() < text.len());
    }
    assert!(initstate::parse(text).is_none() || text.len() <= 7);
    assert!(kernel_compression::parse(text).is_none() || text.len() <= 5);
    if let Ok(folded) = name::fold_alias(text) {
        assert_eq!(name::fold_alias(&folded).as_ref(), Ok(&folded));
    }
});
