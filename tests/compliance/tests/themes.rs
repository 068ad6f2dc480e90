//! One test a theme. The scenarios are in `scenarios/`, how they are run in `src/theme.rs`.

/// Makes a test of each file of scenarios.
macro_rules! themes {
    ($($name:ident)*) => {
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
    blacklist command_line compressed configuration insert insmod install kmod lsmod messages
    modinfo options remove removed_options resolve rmmod show signature softdep streams
}
