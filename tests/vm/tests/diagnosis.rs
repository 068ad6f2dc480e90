//! Refused and failed loads and unloads: `kmodctl` names the right cause first, and the cure that it
//! names, run, works.

use std::fs;

use kmodctl_vm_tests::diagnosis::{cases, check, page};
use xtask::cache;

#[test]
fn causes_are_named_and_cures_work() {
    let checked = check();
    let file = cache::workspace().join("docs/diagnosis.md");
    let page = page(&cases().expect("the cases are read"));
    if std::env::var("KMODCTL_DIAGNOSIS").as_deref() == Ok("write") {
        fs::write(&file, &page).expect("the page is written");
    }
    if let Err(complaints) = checked {
        panic!("{complaints:#}");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, page, "docs/diagnosis.md is stale: run this with KMODCTL_DIAGNOSIS=write");
}
