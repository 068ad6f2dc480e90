//! The C library: one test a theme of calls. The scenarios are in `scenarios/`, how they are run in
//! `src/theme.rs`, the program that makes the calls is `c/calls.c`.

/// Makes a test of each file of scenarios.
macro_rules! themes {
    ($($name:ident)*) => {
        /// Every theme with its text.
        const THEMES: &[(&str, &str)] =
            &[$((stringify!($name), include_str!(concat!("../scenarios/", stringify!($name), ".txt")))),*];

        $(
            #[test]
            fn $name() {
                let text = include_str!(concat!("../scenarios/", stringify!($name), ".txt"));
                kmodctl_compliance::theme::check_library(stringify!($name), text);
            }
        )*
    };
}

themes! {
    library_configuration library_context library_file library_kernel library_loaded library_modules
    library_null library_relations
}

/// What ours does otherwise stands in the manual, in the very words of the scenario.
#[test]
fn every_difference_that_is_meant_is_documented() {
    let manual = include_str!("../../../docs/kmod-behaviour.md");
    let mut differences = 0;
    for (theme, text) in THEMES {
        for line in text.lines() {
            let Some(what) = line.strip_prefix("ours differs ") else { continue };
            assert!(manual.contains(what), "{theme}: docs/kmod-behaviour.md lacks `{what}`");
            differences += 1;
        }
    }
    assert!(differences > 0);
}
