//! depmod.d, its expressions, and the lists and symbols that a kernel's build leaves.
#![no_main]

use kmodctl_format::depmod_configuration::{Directive, parse};
use kmodctl_format::{kernel_symbols, module_lists, regular_expression};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lines = text.split(|&byte| byte == b'\n').count();
    let (directives, complaints) = parse(text);
    assert!(directives.len() + complaints.len() <= lines);
    for directive in &directives {
        if let Directive::External { kernel, .. } | Directive::Override { kernel, .. } = directive {
            regular_expression::is_found(kernel, b"6.12.0-amd64");
        }
    }
    expressions(text);
    assert!(module_lists::ordered(text).count() <= lines);
    assert!(module_lists::builtin(text).count() <= lines);
    assert!(kernel_symbols::symvers(text).count() <= lines);
    for symbol in kernel_symbols::system_map(text, text.first().copied()).flatten() {
        assert!(symbol.name.len() < text.len());
    }
});

/// An expression that has no special characters is found where its text is.
fn expressions(text: &[u8]) {
    let Some(end) = text.iter().position(|&byte| byte == 0) else { return };
    let (expression, searched) = (&text[..end], &text[end + 1..]);
    let found = regular_expression::is_found(expression, searched);
    let is_plain = expression.iter().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain && !expression.is_empty() && !searched.contains(&b'\n') {
        let stands = searched.windows(expression.len()).any(|window| window == expression);
        assert_eq!(found, stands);
    }
}
