//! modprobe, insmod, rmmod, lsmod, modinfo and kmod, by the name they are called by.

fn main() {}
