//! The numbers of the device nodes that are a module's: by the majors and the misc devices that it has
//! taken under its own name, by the aliases by which the kernel asks for it when one is opened, and by
//! the devices that its drivers are bound to.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

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
        for (pattern, owner) in machine.aliases().unwrap_or_default() {
            if owner == *module {
                numbers.take_alias(&pattern);
            }
        }
        for (kind, directory) in [(Kind::Block, "dev/block"), (Kind::Character, "dev/char")] {
            let directory = joined(&machine.place().sys, directory.as_bytes());
            for name in names(&directory) {
                if drives(module, &joined(&directory, &name)) {
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

/// Whether the device, or one that it is a part of, is bound to a driver of the module.
fn drives(module: &ModuleName, link: &[u8]) -> bool {
    const MOST_PARENTS: usize = 4;
    let Ok(mut directory) = fs::canonicalize(OsStr::from_bytes(link)) else { return false };
    for _ in 0..MOST_PARENTS {
        let link = joined(directory.as_os_str().as_bytes(), b"driver/module");
        if let Some(name) = link_name(&link) {
            return name == module.as_bytes();
        }
        if !directory.pop() {
            break;
        }
    }
    false
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
