//! The C library under valgrind: every theme of calls, with every reading and writing of memory
//! watched, and nothing lost when all was given back.

macro_rules! themes {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let text = include_str!(concat!("../scenarios/", stringify!($name), ".txt"));
                kmodctl_compliance::theme::check_library_memory(stringify!($name), text);
            }
        )*
    };
}

themes! {
    library_configuration library_context library_file library_kernel library_loaded library_modules
    library_null library_relations
}
