//! Small texts: /proc/modules, modules.dep, modules.devname, MODPROBE_OPTIONS, parameters, names,
//! kernel messages, kallsyms, configurations and Makefiles of kernels, what the kernel's command line keeps out.
#![no_main]

use kmodctl_format::ModuleName;
use kmodctl_format::dependencies::Dependencies;
use kmodctl_format::{
    devname, initcall, initstate, kernel_blacklist, kernel_compression, kernel_configuration,
    kernel_log, modprobe_options, module_parameters, name, octal, proc_modules, suffix,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lines = text.split(|&byte| byte == b'\n').count();
    assert!(proc_modules::parse(text).count() <= lines);
    for module in proc_modules::parse(text) {
        assert!(!module.name.as_bytes().is_empty());
    }
    assert!(octal::unescaped(text).len() <= text.len());
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
    let named: usize = module_parameters::split(text).map(|word| word.name.len()).sum();
    assert!(named <= text.len());
    for call in initcall::initcalls(text) {
        assert!(!call.function.is_empty() && call.module.len() + call.function.len() < text.len());
    }
    assert!(kernel_blacklist::modules(text).all(|name| !name.is_empty()));
    assert!(kernel_blacklist::initcalls(text).all(|name| !name.is_empty()));
    let line = kernel_log::line_of_record(text).unwrap_or(text);
    if let Some(kernel_log::Message::UnknownSymbol { symbol, .. }) = kernel_log::message(line) {
        assert!(symbol.len() < line.len());
    }
    if let Some((stem, _)) = suffix::split(text) {
        assert!(text.starts_with(stem) && stem.len() < text.len());
    }
    assert!(initstate::parse(text).is_none() || text.len() <= 7);
    assert!(kernel_compression::parse(text).is_none() || text.len() <= 5);
    assert!(kernel_configuration::symbols(text).count() <= lines);
    assert!(kernel_configuration::symbols(text).all(|(name, _)| name.starts_with(b"CONFIG_")));
    for one in kernel_configuration::built(text) {
        assert!(one.line <= lines && one.symbol.starts_with(b"CONFIG_"));
        assert!(!one.object.contains(&b'/') && one.object.len() < text.len());
    }
    assert!(ModuleName::of_path(text).is_of_path(text));
    if let Ok(folded) = name::fold_alias(text) {
        assert_eq!(name::fold_alias(&folded).as_ref(), Ok(&folded));
    }
});
