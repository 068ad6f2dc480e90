//! Devices that device-mapper and md make of others: those that a module has a part in, and all that
//! stand on a module's devices.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;

use super::device_numbers::{DeviceNumbers, number};
use super::{answers, is_running};
use crate::file::read_start;
use crate::host::names;
use crate::machine::Machine;
use crate::place::joined;

/// Finds made devices, and counts their numbers as the module's: a mount of one holds the module.
pub(super) fn of(
    machine: &Machine,
    module: &ModuleName,
    numbers: &mut DeviceNumbers,
    uses: &mut BTreeSet<Use>,
) {
    let targets = targets(machine, module);
    let mut level: Vec<(Made, usize)> = Vec::new();
    for directory in block_directories(&machine.place().sys) {
        let made = Made::of(&directory);
        if let Some(made) = made.filter(|made| made.is_of(machine, module, targets.as_deref())) {
            level.push((made, 0));
        }
        if number_of(&directory).is_some_and(|(major, minor)| numbers.has_block(major, minor)) {
            level.extend(holders(&directory).into_iter().map(|holder| (holder, 0)));
        }
    }
    // Nothing stands on itself; a tree of files may say so all the same.
    const MOST: usize = 64;
    while let Some((made, height)) = level.pop() {
        numbers.add_block(number_of(&made.directory));
        let above = holders(&made.directory);
        if height < MOST {
            level.extend(above.into_iter().map(|holder| (holder, height + 1)));
        }
        let is_certain = targets.is_some() || !is_target(module) || height > 0;
        uses.insert(made.told(height, is_certain));
    }
    keep_highest(uses);
}

/// A device of device-mapper or md.
struct Made {
    /// Its directory in sysfs.
    directory: Vec<u8>,
    /// The name that dmsetup knows it by; `None` for md.
    mapped: Option<Vec<u8>>,
}

impl Made {
    fn of(directory: &[u8]) -> Option<Self> {
        let mapped = attribute(directory, b"dm/name");
        let is_made = mapped.is_some() || attribute(directory, b"md/level").is_some();
        is_made.then(|| Self { directory: directory.to_vec(), mapped })
    }

    /// Whether the module makes it. The kernel asks for the module of a target as `dm-TARGET`, and for
    /// that of a level of md as `md-LEVEL`. `targets` are the names and targets of all mapped devices,
    /// where they are known.
    fn is_of(
        &self,
        machine: &Machine,
        module: &ModuleName,
        targets: Option<&[(Vec<u8>, Vec<u8>)]>,
    ) -> bool {
        let Some(mapped) = &self.mapped else {
            let level = attribute(&self.directory, b"md/level").unwrap_or_default();
            return module.as_bytes() == b"md_mod" || is_asked_for(machine, module, b"md_", &level);
        };
        match targets {
            _ if module.as_bytes() == b"dm_mod" => true,
            Some(targets) => targets.iter().any(|(name, target)| {
                name == mapped && is_asked_for(machine, module, b"dm_", target)
            }),
            None => is_target(module),
        }
    }

    fn told(self, height: usize, is_certain: bool) -> Use {
        match self.mapped {
            Some(name) => Use::Mapped { name, height, is_certain },
            None => {
                let name = self.directory.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
                Use::Array { device: name.to_vec(), height }
            }
        }
    }
}

/// Of a device that stands on several of the module's, the greatest height alone.
fn keep_highest(uses: &mut BTreeSet<Use>) {
    let all: Vec<_> = uses.iter().cloned().collect();
    uses.retain(|found| {
        !all.iter().any(|other| match (found, other) {
            (Use::Mapped { name, height, .. }, Use::Mapped { name: same, height: greater, .. }) => {
                name == same && greater > height
            }
            (Use::Array { device, height }, Use::Array { device: same, height: greater }) => {
                device == same && greater > height
            }
            _ => false,
        })
    });
}

fn is_asked_for(machine: &Machine, module: &ModuleName, prefix: &[u8], part: &[u8]) -> bool {
    ModuleName::new(part) == *module || answers(machine, module, &[prefix, part].concat())
}

fn is_target(module: &ModuleName) -> bool {
    module.as_bytes().starts_with(b"dm_") && module.as_bytes() != b"dm_mod"
}

/// The names of mapped devices with the targets that they are made of, by `dmsetup table`: sysfs does
/// not tell. Lines are `NAME: START LENGTH TARGET ...`, and a name may hold spaces.
fn targets(machine: &Machine, module: &ModuleName) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    if !is_target(module) || !is_running(machine) {
        return None;
    }
    let mut command = Command::new("dmsetup");
    command.arg("table").stdin(Stdio::null());
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin");
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(output.stdout.split(|&byte| byte == b'\n').filter_map(target).collect())
}

fn target(line: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let colon = line.windows(2).position(|two| two == b": ")?;
    let target = line[colon + 2..].split(|&byte| byte == b' ').nth(2)?;
    Some((line[..colon].to_vec(), target.to_vec()))
}

/// The devices that stand on one.
fn holders(directory: &[u8]) -> Vec<Made> {
    let holders = joined(directory, b"holders");
    let names = names(&holders).into_iter();
    names.filter_map(|name| Made::of(&joined(&holders, &name))).collect()
}

/// The directories of all block devices, and of their partitions.
fn block_directories(sys: &[u8]) -> Vec<Vec<u8>> {
    let block = joined(sys, b"block");
    let mut directories = Vec::new();
    for device in names(&block) {
        let directory = joined(&block, &device);
        let parts = names(&directory).into_iter().filter(|name| name.starts_with(&device));
        directories.extend(parts.map(|part| joined(&directory, &part)));
        directories.push(directory);
    }
    directories
}

fn number_of(directory: &[u8]) -> Option<(u32, u32)> {
    number(&attribute(directory, b"dev")?)
}

fn attribute(directory: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    const LIMIT: usize = 8192;
    let text = read_start(&joined(directory, name), LIMIT).ok()?;
    Some(text.trim_ascii_end().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module_index::IndexFile;
    use crate::tree::Tree;

    #[test]
    fn what_stands_on_a_device_is_found_up_to_the_top() {
        let tree = Tree::new();
        tree.write_index(IndexFile::Alias, &[("md_raid5", "raid456"), ("block_major_1_*", "brd")]);
        for (device, number) in [("ram0", "1:0"), ("md0", "9:0"), ("md1", "9:1"), ("dm-0", "253:0")]
        {
            tree.write(&format!("sys/block/{device}/dev"), format!("{number}\n"));
        }
        tree.write("sys/block/md0/md/level", "raid1\n");
        tree.write("sys/block/md1/md/level", "raid5\n");
        tree.write("sys/block/dm-0/dm/name", "top\n");
        for (below, above) in [("ram0", "md0"), ("md0", "dm-0"), ("ram0", "dm-0")] {
            let holders = tree.path(&format!("sys/block/{below}/holders"));
            std::fs::create_dir_all(&holders).unwrap();
            let target = format!("../../{above}");
            std::os::unix::fs::symlink(target, holders.join(above)).unwrap();
        }
        let machine = Machine::new(tree.place(&[]));
        let top = |height, is_certain| Use::Mapped { name: b"top".into(), height, is_certain };
        let array = |device: &str| Use::Array { device: device.into(), height: 0 };
        let table = [
            ("brd", vec![array("md0"), top(1, true)]),
            ("raid1", vec![array("md0"), top(1, true)]),
            ("md_mod", vec![array("md0"), array("md1"), top(1, true)]),
            ("dm_mod", vec![top(0, true)]),
            ("dm_zero", vec![top(0, false)]),
            ("raid456", vec![array("md1")]),
            ("raid0", vec![]),
        ];
        for (module, expected) in table {
            let module = ModuleName::new(module);
            let mut numbers = DeviceNumbers::of(&machine, &module);
            let mut uses = BTreeSet::new();
            of(&machine, &module, &mut numbers, &mut uses);
            let is_below_top = expected.iter().any(|found| matches!(found, Use::Mapped { .. }));
            assert_eq!(uses.into_iter().collect::<Vec<_>>(), expected, "{module}");
            assert_eq!(numbers.has_block(253, 0), is_below_top, "{module}");
        }
    }

    #[test]
    fn a_line_of_dmsetup_has_a_name_and_a_target() {
        let read = |line: &str| target(line.as_bytes());
        assert_eq!(read("a b: 0 2048 zero"), Some((b"a b".to_vec(), b"zero".to_vec())));
        assert_eq!(read("No devices found"), None);
    }
}
