//! What the configuration decides: blacklists, install and remove commands, soft dependencies,
//! aliases.

use kmodctl_vm_tests::Session;
use xtask::kernels::{self, Series};

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let modules = ["dummy", "e1000e", "loop", "nf_log_syslog", "usb-storage", "xt_LOG"];
    Session { name, kernel: &kernel, modules: &modules, files: &[], append: "" }.check();
}

#[test]
fn policy_on_6_1() {
    check("policy-6.1", kernels::V6_1);
}

#[test]
fn policy_on_6_12() {
    check("policy-6.12", kernels::V6_12);
}
