//! Mounts of a module's file systems or devices, in every view of the mounts that a process has, and
//! swap on its devices.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use kmodctl_decide::World;
use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;
use rustix::fs::makedev;

use super::device_numbers::{DeviceNumbers, number};
use super::processes::{command, pids};
use crate::file::read_start;
use crate::machine::Machine;
use crate::place::joined;

/// Finds mounts by their type, by its name or its `fs-TYPE` alias, and by the device they are of.
pub(super) fn of(
    machine: &Machine,
    module: &ModuleName,
    numbers: &DeviceNumbers,
    uses: &mut BTreeSet<Use>,
) {
    let proc = &machine.place().proc;
    let own = joined(proc, b"self");
    let mut views = BTreeSet::from([view(&own)]);
    let mut read = |directory: &[u8], within: Option<(u32, Vec<u8>)>| {
        uses.extend(mounts(machine, module, numbers, directory, within.as_ref()));
    };
    read(&own, None);
    for pid in pids(proc) {
        let directory = joined(proc, pid.to_string().as_bytes());
        let view = view(&directory);
        if view.is_some() && views.insert(view) {
            read(&directory, Some((pid, command(&directory))));
        }
    }
    // What is mounted in our own view as well needs to be told once.
    let shared: Vec<_> = uses
        .iter()
        .filter(|found| match found {
            Use::Mount { at, kind, within: Some(_) } => {
                uses.contains(&Use::Mount { at: at.clone(), kind: kind.clone(), within: None })
            }
            _ => false,
        })
        .cloned()
        .collect();
    uses.retain(|found| !shared.contains(found));
}

/// What tells a process's view of the mounts from others.
fn view(directory: &[u8]) -> Option<Vec<u8>> {
    let link = joined(directory, b"ns/mnt");
    Some(fs::read_link(OsStr::from_bytes(&link)).ok()?.into_os_string().into_encoded_bytes())
}

fn mounts(
    machine: &Machine,
    module: &ModuleName,
    numbers: &DeviceNumbers,
    directory: &[u8],
    within: Option<&(u32, Vec<u8>)>,
) -> Vec<Use> {
    const LIMIT: usize = 16 << 20;
    let text = read_start(&joined(directory, b"mountinfo"), LIMIT).unwrap_or_default();
    let mut uses = Vec::new();
    for line in text.split(|&byte| byte == b'\n') {
        let words: Vec<_> = line.split(|&byte| byte == b' ').collect();
        let dash = words.iter().position(|word| *word == b"-");
        let kind = dash.and_then(|dash| words.get(dash + 1));
        let (Some(device), Some(at), Some(kind)) = (words.get(2), words.get(4), kind) else {
            continue;
        };
        let is_on = number(device)
            .is_some_and(|(major, minor)| numbers.contain(true, false, makedev(major, minor)));
        if is_on || is_of(machine, module, kind) {
            let within = within.cloned();
            uses.push(Use::Mount { at: at.to_vec(), kind: kind.to_vec(), within });
        }
    }
    uses
}

fn is_of(machine: &Machine, module: &ModuleName, kind: &[u8]) -> bool {
    let alias = [&b"fs_"[..], ModuleName::new(kind).as_bytes()].concat();
    ModuleName::new(kind) == *module
        || machine.alias_owners(&alias).is_ok_and(|owners| owners.contains(module))
}

/// Lines of `/proc/swaps`: a path and the word `partition`.
pub(super) fn swaps(proc: &[u8], numbers: &DeviceNumbers, uses: &mut BTreeSet<Use>) {
    const LIMIT: usize = 1 << 20;
    let text = read_start(&joined(proc, b"swaps"), LIMIT).unwrap_or_default();
    for line in text.split(|&byte| byte == b'\n').skip(1) {
        let device = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let Ok(status) = fs::metadata(OsStr::from_bytes(device)) else { continue };
        if numbers.contain(true, false, status.rdev()) {
            uses.insert(Use::Swap { device: device.to_vec() });
        }
    }
}
