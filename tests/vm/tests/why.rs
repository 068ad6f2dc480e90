//! `kmodctl why` on real kernels: a file system is mounted, sockets, devices and rules are made, the
//! kernel loads what it needs by itself, and `why` names what had it ask.

use kmodctl_vm_tests::Session;
use kmodctl_vm_tests::diagnosis::hold;
use xtask::kernels::{self, Series};
use xtask::{binary, holders};

const MODULES: [&str; 15] = [
    "af_alg",
    "can-raw",
    "crc32c_generic",
    "dummy",
    "loop",
    "nf_tables",
    "nft_limit",
    "nls_ascii",
    "nls_cp437",
    "nls_utf8",
    "sch_fq",
    "sctp",
    "tcp_bbr",
    "udf",
    "vfat",
];

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let files = [
        ("sbin/kmodctl".to_owned(), binary::kmodctl().expect("kmodctl is built")),
        ("sbin/hold".to_owned(), hold(&kernel).expect("the program is compiled")),
    ];
    Session { name, kernel: &kernel, modules: &MODULES, files: &files, append: "" }
        .check_with(&|guest| holders::add(&mut guest.image));
}

#[test]
fn why_on_6_1() {
    check("why-6.1", kernels::V6_1);
}

#[test]
fn why_on_6_12() {
    check("why-6.12", kernels::V6_12);
}
