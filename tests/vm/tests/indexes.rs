//! A guest whose indexes were all made by our depmod: modules are found by their aliases, by
//! our modprobe and by kmod 34.2's, and the indexes are made anew in the guest.

use kmodctl_vm_tests::Session;
use xtask::guest::indexes;
use xtask::kernels;

#[test]
fn indexes_of_ours_on_6_1() {
    let kernel = kernels::fetch(kernels::V6_1).expect("the kernel is fetched");
    let inside = format!("lib/modules/{}", kernel.release);
    let files: Vec<(String, Vec<u8>)> = indexes::of_ours(&kernel)
        .expect("depmod runs")
        .into_iter()
        .map(|(name, content)| (format!("{inside}/{name}"), content))
        .collect();
    let modules = ["crc32c_generic", "e1000e", "ext4", "usb-storage"];
    Session { name: "indexes-6.1", kernel: &kernel, modules: &modules, files: &files, append: "" }
        .check();
}
