//! One test a theme. The scenarios are in `scenarios/`, how they are run in `src/theme.rs`.

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
                kmodctl_compliance::theme::check(stringify!($name), text);
            }
        )*
    };
}

themes! {
    blacklist command_line compressed configuration depmod_broken depmod_configuration
    depmod_cycles depmod_external depmod_files depmod_names depmod_options depmod_order
    depmod_quick depmod_search depmod_symbols depmod_tables depmod_writing insert insmod install
    kmod lsmod messages modinfo options remove removed_options resolve rmmod show signature
    softdep streams
}

/// Boot lists are loaded by systemd-modules-load, not by kmod.
const BOOT_LIST: &str = include_str!("../scenarios/boot_list.txt");

#[test]
fn boot_list() {
    kmodctl_compliance::theme::check_boot_lists("boot_list", BOOT_LIST);
}

/// What ours does otherwise stands in the manual, in the very words of the scenario.
#[test]
fn every_difference_that_is_meant_is_documented() {
    let manual = [
        include_str!("../../../docs/kmod-behaviour.md"),
        include_str!("../../../docs/autoload.md"),
    ]
    .concat();
    let mut differences = 0;
    for (theme, text) in THEMES.iter().chain(&[("boot_list", BOOT_LIST)]) {
        for line in text.lines() {
            let Some(what) = line.strip_prefix("ours differs ") else { continue };
            assert!(manual.contains(what), "{theme}: the manual lacks `{what}`");
            differences += 1;
        }
    }
    assert!(differences > 0);
}
