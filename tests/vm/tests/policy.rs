//! What the configuration decides: blacklists, install and remove commands, soft dependencies,
//! aliases.

use kmodctl_vm_tests::Session;
use xtask::kernels;

#[test]
fn policy_on_6_1() {
    let kernel = kernels::fetch(kernels::V6_1).expect("the kernel is fetched");
    let modules = ["dummy", "e1000e", "loop", "nf_log_syslog", "usb-storage", "xt_LOG"];
    Session { name: "policy-6.1", kernel: &kernel, modules: &modules, files: &[], append: "" }
        .check();
}
