//! A panic inside the C library ends as an error and a line in the log; the program goes on.
//!
//! `cargo xtask libkmod` makes a second library for this, in which asking for the size of a module
//! named `kmodctl_panics` panics.

use std::process::Command;

use kmodctl_compliance::library::{self, Header, our_directory};

const CALLS: &str = "\
new c /nowhere
set_log_fn c print
new_from_name c kmodctl_panics m
get_size m
set_log_fn c NULL
get_size m
get_name m
new_from_lookup c kmodctl_panics l
module_unref m
unref c
";

#[test]
fn a_panic_is_an_error_and_a_line_in_the_log() {
    let work = std::env::temp_dir().join(format!("kmodctl-panic-{}", std::process::id()));
    std::fs::create_dir_all(&work).unwrap();
    std::fs::write(work.join("calls"), CALLS).unwrap();
    let output = Command::new(library::program("calls", Header::Ours).unwrap())
        .arg(work.join("calls"))
        .env("LD_LIBRARY_PATH", our_directory().unwrap().join("libkmod-for-tests"))
        .output()
        .unwrap();
    std::fs::remove_dir_all(&work).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = "\
new c /nowhere
  = an object
set_log_fn c print
new_from_name c kmodctl_panics m
  = 0
get_size m
  log 3 a file kmod_module_get_size: this is a bug of kmodctl: asked for by a test
|
  = -131
set_log_fn c NULL
get_size m
  = -131
get_name m
  = 'kmodctl_panics'
new_from_lookup c kmodctl_panics l
  = 0
module_unref m
  = NULL
unref c
  = NULL
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{said}");
    assert!(output.status.success(), "{}: {said}", output.status);
}
