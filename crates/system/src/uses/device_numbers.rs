//! The numbers of the device nodes that are a module's: by the majors and the misc devices that it has
//! taken under its own name, by the aliases by which the kernel asks for it when one is opened, and by
//! the devices that its drivers are bound to.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use kmodctl_decide::Inventory;
use kmodctl_format::ModuleName;
use rustix::fs::{major, makedev, minor};

use super::link_name;
use crate::file::read_start;
use crate::host::names;
use crate::machine::Machine;
use crate::place::joined;

/// Majors, and single devices, of both kinds.
#[derive(Default)]
pub(super) struct DeviceNumbers {
    majors: BTreeSet<(Kind, u32)>,
    devices: BTreeSet<(Kind, u32, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Block,
    Character,
}

impl DeviceNumbers {
    /// Gathers the numbers of a module's devices.
    pub(super) fn of(machine: &Machine, module: &ModuleName) -> Self {
        let mut numbers = Self::default();
        numbers.read_majors(&machine.place().proc, module);
        numbers.read_misc(&machine.place().proc, module);
        numbers.read_inputs(&machine.place().sys, module);
        for (pattern, owner) in machine.aliases().unwrap_or_default() {
            if owner == *module {
                numbers.take_alias(&pattern);
            }
        }
        for (kind, directory) in [(Kind::Block, "dev/block"), (Kind::Character, "dev/char")] {
            let directory = joined(&machine.place().sys, directory.as_bytes());
            for name in names(&directory) {
                if drives(&machine.place().sys, module, &joined(&directory, &name)) {
                    let parsed = number(&name);
                    numbers.devices.extend(parsed.map(|(major, minor)| (kind, major, minor)));
                }
            }
        }
        numbers
    }

    pub(super) fn is_empty(&self) -> bool {
        self.majors.is_empty() && self.devices.is_empty()
    }

    /// Counts a block device as the module's.
    pub(super) fn add_block(&mut self, number: Option<(u32, u32)>) {
        self.devices.extend(number.map(|(major, minor)| (Kind::Block, major, minor)));
    }

    /// Whether a block device is the module's.
    pub(super) fn has_block(&self, major: u32, minor: u32) -> bool {
        self.contain(true, false, makedev(major, minor))
    }

    /// Whether a device node of this kind and number is the module's.
    pub(super) fn contain(&self, is_block: bool, is_character: bool, device: u64) -> bool {
        let kind = match (is_block, is_character) {
            (true, _) => Kind::Block,
            (_, true) => Kind::Character,
            _ => return false,
        };
        let (major, minor) = (major(device), minor(device));
        self.majors.contains(&(kind, major)) || self.devices.contains(&(kind, major, minor))
    }

    /// Reads `/proc/misc`: lines `MINOR NAME`, all of the major 10.
    fn read_misc(&mut self, proc: &[u8], module: &ModuleName) {
        const MISC: u32 = 10;
        const LIMIT: usize = 1 << 20;
        let text = read_start(&joined(proc, b"misc"), LIMIT).unwrap_or_default();
        for line in text.split(|&byte| byte == b'\n') {
            let mut words = line.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
            let (minor, name) = (words.next().and_then(decimal), words.next());
            if name.is_some_and(|name| ModuleName::new(name) == *module) {
                self.devices.extend(minor.map(|minor| (Kind::Character, MISC, minor)));
            }
        }
    }

    /// Reads `/sys/class/input`: the handlers of input devices make nodes of their own, and nothing but
    /// the names of these tells them apart (`drivers/input/evdev.c`, `joydev.c` and `mousedev.c`).
    fn read_inputs(&mut self, sys: &[u8], module: &ModuleName) {
        let prefixes: &[&[u8]] = match module.as_bytes() {
            b"evdev" => &[b"event"],
            b"joydev" => &[b"js"],
            b"mousedev" => &[b"mouse", b"mice"],
            _ => return,
        };
        let directory = joined(sys, b"class/input");
        for name in names(&directory) {
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                let file = [&directory[..], b"/", &name, b"/dev"].concat();
                let found = number(read_start(&file, 64).unwrap_or_default().trim_ascii());
                self.devices.extend(found.map(|(major, minor)| (Kind::Character, major, minor)));
            }
        }
    }

    /// Takes the numbers of an alias: `char-major-MAJOR-MINOR`, where `*` is any minor.
    fn take_alias(&mut self, pattern: &[u8]) {
        let folded = ModuleName::new(pattern);
        let kinds = [(Kind::Character, "char_major_"), (Kind::Block, "block_major_")];
        for (kind, prefix) in kinds {
            let Some(rest) = folded.as_bytes().strip_prefix(prefix.as_bytes()) else { continue };
            let mut parts = rest.splitn(2, |&byte| byte == b'_');
            let (major, minor) = (parts.next().and_then(decimal), parts.next());
            match (major, minor) {
                (Some(major), None | Some(b"*")) => {
                    self.majors.insert((kind, major));
                }
                (Some(major), Some(minor)) => {
                    self.devices.extend(decimal(minor).map(|minor| (kind, major, minor)));
                }
                (None, _) => {}
            }
        }
    }

    /// Reads `/proc/devices`: a heading for each kind, and lines `MAJOR NAME`.
    fn read_majors(&mut self, proc: &[u8], module: &ModuleName) {
        const LIMIT: usize = 1 << 20;
        let text = read_start(&joined(proc, b"devices"), LIMIT).unwrap_or_default();
        let mut kind = Kind::Character;
        for line in text.split(|&byte| byte == b'\n') {
            if line.starts_with(b"Block") {
                kind = Kind::Block;
            }
            let mut words = line.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
            let (Some(major), Some(name)) = (words.next().and_then(decimal), words.next()) else {
                continue;
            };
            if ModuleName::new(name) == *module {
                self.majors.insert((kind, major));
            }
        }
    }
}

/// Whether the device, or one that it is a part of, is bound to a driver of the module; or it is a disk
/// of a SCSI host of the module's, which an open disk holds as well (`scsi_device_get`).
fn drives(sys: &[u8], module: &ModuleName, link: &[u8]) -> bool {
    const MOST_PARENTS: usize = 4;
    let Ok(directory) = fs::canonicalize(OsStr::from_bytes(link)) else { return false };
    let parents = directory.ancestors().take(MOST_PARENTS);
    let mut drivers = parents
        .filter_map(|parent| link_name(&joined(parent.as_os_str().as_bytes(), b"driver/module")));
    drivers.next().is_some_and(|name| name == module.as_bytes())
        || hosts(sys, &directory).any(|host| host == *module)
}

/// The modules of the SCSI hosts that a device hangs on, as these give their own names.
fn hosts<'a>(sys: &[u8], device: &'a Path) -> impl Iterator<Item = ModuleName> + use<'a> {
    let hosts = joined(sys, b"class/scsi_host");
    let is_host = |name: &&[u8]| name.starts_with(b"host");
    let names = device.iter().map(OsStrExt::as_bytes).filter(is_host);
    names.filter_map(move |name| {
        let file = [&hosts[..], b"/", name, b"/proc_name"].concat();
        Some(ModuleName::new(read_start(&file, 64).ok()?.trim_ascii()))
    })
}

/// Reads `MAJOR:MINOR`.
pub(super) fn number(name: &[u8]) -> Option<(u32, u32)> {
    let colon = name.iter().position(|&byte| byte == b':')?;
    Some((decimal(&name[..colon])?, decimal(&name[colon + 1..])?))
}

fn decimal(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module_index::IndexFile;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;

    #[test]
    fn devices_are_known_by_what_they_hang_on() {
        let tree = Tree::new();
        let link = |from: &str, to: &str| {
            fs::create_dir_all(tree.path(from).parent().unwrap()).unwrap();
            symlink(to, tree.path(from)).unwrap();
        };
        let disk = "sys/devices/pci/usb1/host3/target/0";
        tree.write(&format!("{disk}/block/sdb/dev"), "8:16\n");
        tree.write(&format!("{disk}/block/sdb/sdb1/dev"), "8:17\n");
        link(&format!("{disk}/driver/module"), "/sys/module/sd_mod");
        link("sys/devices/pci/driver/module", "/sys/module/xhci_pci");
        link("sys/dev/block/8:16", "../../devices/pci/usb1/host3/target/0/block/sdb");
        link("sys/dev/block/8:17", "../../devices/pci/usb1/host3/target/0/block/sdb/sdb1");
        tree.write("sys/class/scsi_host/host3/proc_name", "usb-storage\n");
        tree.write("sys/class/input/event0/dev", "13:64\n");
        tree.write("sys/class/input/js0/dev", "13:0\n");
        let machine = Machine::new(tree.place(&[]));
        let table = [
            ("sd_mod", true, makedev(8, 17), true),
            ("usb_storage", true, makedev(8, 16), true),
            ("usb_storage", true, makedev(8, 17), true),
            ("xhci_pci", true, makedev(8, 16), false),
            ("evdev", false, makedev(13, 64), true),
            ("evdev", false, makedev(13, 0), false),
            ("joydev", false, makedev(13, 0), true),
        ];
        for (module, is_block, device, expected) in table {
            let numbers = DeviceNumbers::of(&machine, &ModuleName::new(module));
            assert_eq!(numbers.contain(is_block, !is_block, device), expected, "{module} {device}");
        }
    }

    #[test]
    fn devices_are_known_by_names_and_aliases() {
        let tree = Tree::new();
        tree.write("proc/misc", "239 uhid\n200 tun\n");
        let aliases = [
            ("char-major-10-223", "uinput"),
            ("char-major-89-*", "i2c_dev"),
            ("block-major-43-*", "nbd"),
            ("char-major-5", "odd"),
        ];
        tree.write_index(IndexFile::Alias, &aliases);
        let machine = Machine::new(tree.place(&[]));
        let table = [
            ("uhid", false, makedev(10, 239), true),
            ("uhid", false, makedev(10, 200), false),
            ("uinput", false, makedev(10, 223), true),
            ("uinput", true, makedev(10, 223), false),
            ("i2c_dev", false, makedev(89, 7), true),
            ("nbd", true, makedev(43, 0), true),
            ("odd", false, makedev(5, 1), true),
        ];
        for (module, is_block, device, expected) in table {
            let numbers = DeviceNumbers::of(&machine, &ModuleName::new(module));
            assert_eq!(numbers.contain(is_block, !is_block, device), expected, "{module} {device}");
        }
    }
}
