//! Who uses a module besides other modules: mounts, processes with its devices or sockets open,
//! interfaces, swap, settings, queues, rules, and the devices that stand on one another. The kernel
//! counts uses and names no user, so this is what can be found; nothing found means that the kernel
//! itself holds it, or one who hides.

mod device_numbers;
mod mounts;
mod processes;
mod queues;
mod rules;
mod settings;
mod sockets;
mod stacks;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use kmodctl_decide::World;
use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;

use crate::file::read_start;
use crate::host::names;
use crate::machine::Machine;
use crate::place::joined;
use device_numbers::DeviceNumbers;
use sockets::Sockets;

/// Finds who uses a module, in the order in which they are to be stopped.
pub fn of(machine: &Machine, module: &ModuleName) -> Vec<Use> {
    let (proc, sys) = (&machine.place().proc, &machine.place().sys);
    let mut uses = BTreeSet::new();
    let mut numbers = DeviceNumbers::of(machine, module);
    stacks::of(machine, module, &mut numbers, &mut uses);
    mounts::of(machine, module, &numbers, &mut uses);
    mounts::swaps(proc, &numbers, &mut uses);
    interfaces(sys, module, &mut uses);
    if module.as_bytes() == b"loop" {
        loops(sys, &mut uses);
    }
    settings::of(proc, module, &mut uses);
    queues::of(machine, module, &mut uses);
    rules::of(machine, module, &mut uses);
    let sockets = Sockets::of(machine, module);
    processes::of(proc, &numbers, &sockets, &mut uses);
    counted(sockets, &mut uses);
    let mut uses: Vec<_> = uses.into_iter().collect();
    uses.sort_by_key(Use::turn);
    uses
}

/// Whether the machine is this one, whose kernel and programs can be asked, and no tree of files.
pub(crate) fn is_running(machine: &Machine) -> bool {
    machine.place().proc == b"/proc"
}

/// Whether a module is one that the kernel gets when it asks by a name: its own, or an alias of its.
fn answers(machine: &Machine, module: &ModuleName, name: &[u8]) -> bool {
    let name = ModuleName::new(name);
    let owners = || machine.alias_owners(name.as_bytes());
    name == *module || owners().is_ok_and(|owners| owners.contains(module))
}

/// Adds the sockets that the kernel counts where no process was seen with one: its own, or of
/// processes that hide.
fn counted(sockets: Sockets, uses: &mut BTreeSet<Use>) {
    for (protocol, count) in sockets.protocols {
        let is_seen = uses
            .iter()
            .any(|found| matches!(found, Use::Socket { protocol: of, .. } if *of == protocol));
        if count > 0 && !is_seen {
            uses.insert(Use::Sockets { protocol, count });
        }
    }
}

fn interfaces(sys: &[u8], module: &ModuleName, uses: &mut BTreeSet<Use>) {
    let directory = joined(sys, b"class/net");
    for name in names(&directory) {
        let link = [&directory[..], b"/", &name, b"/device/driver/module"].concat();
        if link_name(&link).as_deref() == Some(module.as_bytes()) {
            uses.insert(Use::Interface { name });
        } else if module.as_bytes() == b"tun" && is_kept(&directory, &name) {
            uses.insert(Use::Kept { name });
        }
    }
}

/// Whether an interface is of tun and stays without a process: `IFF_PERSIST` of
/// `include/uapi/linux/if_tun.h`, in hexadecimal.
fn is_kept(directory: &[u8], name: &[u8]) -> bool {
    const PERSIST: u32 = 0x800;
    let file = [directory, b"/", name, b"/tun_flags"].concat();
    let flags = read_start(&file, 64).unwrap_or_default();
    let digits =
        flags.trim_ascii().strip_prefix(b"0x").and_then(|text| std::str::from_utf8(text).ok());
    let flags = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    flags.is_some_and(|flags| flags & PERSIST != 0)
}

fn loops(sys: &[u8], uses: &mut BTreeSet<Use>) {
    let directory = joined(sys, b"block");
    for device in names(&directory) {
        let file = [&directory[..], b"/", &device, b"/loop/backing_file"].concat();
        if let Ok(backing) = read_start(&file, 8192) {
            uses.insert(Use::Loop { device, backing: backing.trim_ascii_end().to_vec() });
        }
    }
}

/// The last component of what a link leads to.
fn link_name(link: &[u8]) -> Option<Vec<u8>> {
    let target = fs::read_link(Path::new(OsStr::from_bytes(link))).ok()?;
    Some(target.file_name()?.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module_index::IndexFile;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;

    #[test]
    fn users_are_found_in_proc_and_sysfs() {
        let tree = Tree::new();
        tree.write_index(IndexFile::Alias, &[("fs_ext3", "ext4")]);
        tree.write(
            "proc/self/mountinfo",
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /old rw shared:1 - ext3 /dev/sdb rw\n\
             3 1 0:5 / /proc rw - proc proc rw\nodd\n",
        );
        tree.write(
            "proc/net/protocols",
            "protocol  size sockets  memory press maxhdr  slab module     cl co di\n\
             SCTPv6    1624      2      -1   no     0   yes  sctp        y  n\n\
             SCTP      1472      0      -1   no     0   yes  sctp        y  n\n",
        );
        tree.write("sys/block/loop0/loop/backing_file", "/x.img\n");
        tree.write("sys/block/dm-0/dm/name", "root\n");
        tree.write("sys/class/net/tap0/tun_flags", "0x1802\n");
        tree.write("sys/class/net/tap1/tun_flags", "0x1002\n");
        fs::create_dir_all(tree.path("sys/class/net/eth0/device/driver")).unwrap();
        symlink("../../module/e1000e", tree.path("sys/class/net/eth0/device/driver/module"))
            .unwrap();
        let machine = Machine::new(tree.place(&[]));
        let table: [(&str, &str); 7] = [
            (
                "ext4",
                "[Mount { at: \"/old\", kind: \"ext3\", source: \"/dev/sdb\", within: None }, Mount { at: \"/\", kind: \"ext4\", source: \"/dev/sda1\", within: None }]",
            ),
            ("sctp", "[Sockets { protocol: \"SCTPv6\", count: 2 }]"),
            ("loop", "[Loop { device: \"loop0\", backing: \"/x.img\" }]"),
            ("dm_crypt", "[Mapped { name: \"root\", height: 0, is_certain: false }]"),
            ("tun", "[Kept { name: \"tap0\" }]"),
            ("e1000e", "[Interface { name: \"eth0\" }]"),
            ("dummy", "[]"),
        ];
        for (module, expected) in table {
            let found = format!("{:?}", of(&machine, &ModuleName::new(module)));
            // Bytes are shown as numbers; the table has them as text.
            let text = regular(&found);
            assert_eq!(text, expected, "{module}");
        }
    }

    /// Turns lists of numbers into quoted text.
    fn regular(shown: &str) -> String {
        let mut text = String::new();
        let mut rest = shown;
        while let Some(start) = rest.find(": [") {
            let end = start + rest[start..].find(']').unwrap();
            let bytes: Vec<u8> =
                rest[start + 3..end].split(", ").map(|number| number.parse().unwrap()).collect();
            text += &format!("{}: {:?}", &rest[..start], String::from_utf8(bytes).unwrap());
            rest = &rest[end + 1..];
        }
        text + rest
    }
}
