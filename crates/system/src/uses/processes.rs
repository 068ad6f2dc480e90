//! Processes that hold a module's devices or sockets open; those of others are seen by root only.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use kmodctl_decide::inventory::{Node, Use};
use rustix::fs::{major, minor};

use super::device_numbers::DeviceNumbers;
use super::sockets::Sockets;
use crate::file::read_start;
use crate::host::names;
use crate::place::joined;

/// Finds processes that hold a device or a socket of the module's.
pub(super) fn of(
    proc: &[u8],
    numbers: &DeviceNumbers,
    sockets: &Sockets,
    uses: &mut BTreeSet<Use>,
) {
    if numbers.is_empty() && sockets.is_empty() {
        return;
    }
    for pid in pids(proc) {
        let directory = joined(proc, pid.to_string().as_bytes());
        let descriptors = joined(&directory, b"fd");
        for descriptor in names(&descriptors) {
            let link = joined(&descriptors, &descriptor);
            let Ok(status) = fs::metadata(OsStr::from_bytes(&link)) else { continue };
            let kind = status.file_type();
            if numbers.contain(kind.is_block_device(), kind.is_char_device(), status.rdev()) {
                let device = fs::read_link(OsStr::from_bytes(&link)).unwrap_or_default();
                let device = device.into_os_string().into_vec();
                let node = Node {
                    is_block: kind.is_block_device(),
                    major: major(status.rdev()),
                    minor: minor(status.rdev()),
                };
                uses.insert(Use::Process { pid, command: command(&directory), device, node });
            } else if kind.is_socket() && !sockets.is_empty() {
                let is_own = |protocol: &Vec<u8>| {
                    sockets.protocol(protocol) || sockets.has_inode(status.ino())
                };
                let protocol = protocol(&link).filter(is_own);
                let command = || command(&directory);
                uses.extend(protocol.map(|protocol| Use::Socket {
                    pid,
                    command: command(),
                    protocol,
                }));
            }
        }
    }
}

/// The processes that `/proc` lists.
pub(super) fn pids(proc: &[u8]) -> impl Iterator<Item = u32> {
    let names = names(proc).into_iter();
    names.filter_map(|name| std::str::from_utf8(&name).ok()?.parse().ok())
}

/// The command of the process whose directory this is.
pub(super) fn command(directory: &[u8]) -> Vec<u8> {
    let command = read_start(&joined(directory, b"comm"), 64).unwrap_or_default();
    command.trim_ascii_end().to_vec()
}

/// The name of a socket's protocol, which is an attribute of its file (`net/socket.c`).
fn protocol(link: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = [0; 64];
    let read = rustix::fs::getxattr(link, "system.sockprotoname", &mut buffer[..]).ok()?;
    let name = buffer[..read].split(|&byte| byte == 0).next()?;
    Some(name.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::tree::Tree;
    use kmodctl_format::ModuleName;

    /// A process of our own that holds a device open: `/dev/null` is of the devices named `mem`.
    #[test]
    fn open_devices_are_found_by_their_numbers() {
        let tree = Tree::new();
        tree.write("proc/devices", "Character devices:\n  1 mem\n\nBlock devices:\n  7 loop\n");
        let machine = Machine::new(tree.place(&[]));
        let numbers = DeviceNumbers::of(&machine, &ModuleName::new("mem"));
        let held = fs::File::open("/dev/null").unwrap();
        let mut uses = BTreeSet::new();
        of(b"/proc", &numbers, &Sockets::default(), &mut uses);
        drop(held);
        let own = uses.iter().any(|found| {
            matches!(found, Use::Process { pid, device, .. }
                if *pid == std::process::id() && device == b"/dev/null")
        });
        assert!(own, "{uses:?}");
        assert!(DeviceNumbers::of(&machine, &ModuleName::new("sctp")).is_empty());
    }

    /// A datagram socket of our own.
    #[test]
    fn open_sockets_are_found_by_their_protocol() {
        let held = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut uses = BTreeSet::new();
        let sockets = Sockets { protocols: vec![(b"UDP".to_vec(), 1)], ..Sockets::default() };
        of(b"/proc", &DeviceNumbers::default(), &sockets, &mut uses);
        drop(held);
        let own =
            |found: &Use| matches!(found, Use::Socket { pid, .. } if *pid == std::process::id());
        assert!(uses.iter().any(own), "{uses:?}");
    }
}
