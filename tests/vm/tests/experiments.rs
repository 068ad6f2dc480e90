//! What configurations come to, experiment by experiment: what kmod 34.2 makes of each, and what
//! `kmodctl` does or says. `docs/experiments.md` has them all, with the answers recorded here.

use std::fs;

use kmodctl_vm_tests::Session;
use kmodctl_vm_tests::experiments::{SESSION, page};
use xtask::kernels;
use xtask::{binary, cache};

const HELP: &[u8] = include_bytes!("../src/experiments.sh");

const MODULES: [&str; 16] = [
    "can",
    "can-raw",
    "crc32c_generic",
    "crc32c-intel",
    "dccp",
    "dccp_ipv4",
    "dummy",
    "ifb",
    "ksmbd",
    "loop",
    "nfsd",
    "r8169",
    "realtek",
    "sctp",
    "udf",
    "usb-storage",
];

#[test]
fn experiments() {
    let kernel = kernels::fetch(kernels::V6_1).expect("the kernel is fetched");
    let files = [
        ("sbin/kmodctl".to_owned(), binary::kmodctl().expect("kmodctl is built")),
        ("experiments.sh".to_owned(), HELP.to_vec()),
    ];
    let append = "module_blacklist=udf";
    Session { name: SESSION, kernel: &kernel, modules: &MODULES, files: &files, append }.check();
}

#[test]
fn the_page_shows_them() {
    let file = cache::workspace().join("docs/experiments.md");
    let page = page().expect("every experiment has its test");
    if std::env::var("KMODCTL_SESSIONS").as_deref() == Ok("write") {
        fs::write(&file, &page).expect("the page is written");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, page, "docs/experiments.md is stale: run this with KMODCTL_SESSIONS=write");
}
