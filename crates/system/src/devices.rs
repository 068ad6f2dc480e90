//! The devices, buses, drivers and modules that sysfs shows, each with its `uevent` file. What
//! follows from them is known in `decide`.

use kmodctl_decide::Errno;
use kmodctl_format::uevent::Device;
use rustix::fs::{Dir, FileType};

use crate::file::{self, errno, read_start};
use crate::place::joined;

/// A device as sysfs has it, with the bytes it is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SysfsDevice {
    /// Its path below sysfs.
    pub path: Vec<u8>,
    /// What it belongs to; empty when its `subsystem` is missing.
    pub subsystem: Vec<u8>,
    /// Its `uevent` file.
    pub uevent: Vec<u8>,
}

impl SysfsDevice {
    /// What is read of it.
    pub fn device(&self) -> Device<'_> {
        Device::of_sysfs(&self.path, &self.subsystem, &self.uevent)
    }
}

/// Visits everything below `/sys/devices` that has a `uevent` file, parents first and in byte order
/// of names, and then every directory of `/sys/module`.
///
/// These are the devices that `udevadm trigger --type=all` has the kernel tell of anew and that any
/// rule for loading modules looks at. What goes away meanwhile is passed over. The error is that of
/// a sysfs that is not there.
pub fn visit(sys: &[u8], mut visit: impl FnMut(SysfsDevice)) -> Result<(), Errno> {
    let mut work = vec![b"/devices".to_vec()];
    directories(&joined(sys, b"devices"))?;
    while let Some(path) = work.pop() {
        let directory = [sys, &path].concat();
        if let Ok(uevent) = read_start(&joined(&directory, b"uevent"), LIMIT) {
            let subsystem = subsystem(&directory);
            visit(SysfsDevice { path: path.clone(), subsystem, uevent });
        }
        let below = directories(&directory).unwrap_or_default();
        work.extend(below.into_iter().rev().map(|name| joined(&path, &name)));
    }
    for name in directories(&joined(sys, b"module")).unwrap_or_default() {
        let path = joined(b"/module", &name);
        visit(SysfsDevice { path, subsystem: b"module".to_vec(), uevent: Vec::new() });
    }
    Ok(())
}

/// The number of the last event that the kernel has sent.
///
/// Source: `kernel/ksysfs.c`, `uevent_seqnum`.
pub fn last_event(sys: &[u8]) -> Option<u64> {
    let text = read_start(&joined(sys, b"kernel/uevent_seqnum"), 32).ok()?;
    std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// A file of sysfs is a page at most.
const LIMIT: usize = 64 << 10;

/// The last component of where the link `subsystem` leads.
fn subsystem(directory: &[u8]) -> Vec<u8> {
    let Ok(target) = rustix::fs::readlink(joined(directory, b"subsystem"), Vec::new()) else {
        return Vec::new();
    };
    let target = target.into_bytes();
    let start = target.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    target[start..].to_vec()
}

/// The directories in a directory, sorted; links are none.
fn directories(path: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::new(file::open(path)?).map_err(errno)? {
        let entry = entry.map_err(errno)?;
        let name = entry.file_name().to_bytes();
        if entry.file_type() == FileType::Directory && !name.starts_with(b".") {
            names.push(name.to_vec());
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;

    #[test]
    fn parents_come_first_and_links_are_not_followed() {
        let tree = Tree::new();
        tree.write("sys/devices/pci/uevent", "");
        tree.write("sys/devices/pci/1/uevent", "MODALIAS=pci:v1\n");
        tree.write("sys/devices/pci/1/net/eth0/uevent", "INTERFACE=eth0\n");
        tree.write("sys/devices/pci/0/power/x", "");
        tree.write("sys/devices/cpu/uevent", "MODALIAS=cpu:x\n");
        tree.write("sys/module/loop/refcnt", "0");
        tree.write("sys/bus/pci/uevent", "");
        symlink("../../../bus/pci", tree.path("sys/devices/pci/1/subsystem")).unwrap();
        symlink("../../pci", tree.path("sys/devices/pci/1/up")).unwrap();
        let mut seen = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        visit(&tree.bytes("sys"), |device| {
            seen.push(format!(
                "{} {} {}",
                text(&device.path),
                text(&device.subsystem),
                text(device.device().modalias().unwrap_or_default())
            ));
        })
        .unwrap();
        let expected = [
            "/devices/cpu  cpu:x",
            "/devices/pci  ",
            "/devices/pci/1 pci pci:v1",
            "/devices/pci/1/net/eth0  ",
            "/module/loop module ",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_missing_sysfs_is_an_error() {
        let tree = Tree::new();
        assert_eq!(visit(&tree.bytes("sys"), |_| {}), Err(Errno::ENOENT));
        assert_eq!(last_event(&tree.bytes("sys")), None);
        tree.write("sys/kernel/uevent_seqnum", "1234\n");
        assert_eq!(last_event(&tree.bytes("sys")), Some(1234));
    }
}
