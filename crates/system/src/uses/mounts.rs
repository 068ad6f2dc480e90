//! Mounts of a module's file systems or devices, in every view of the mounts that a process has, and
//! swap on its devices.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;
use kmodctl_format::octal::unescaped;

use super::answers;
use super::device_numbers::{DeviceNumbers, number};
use super::processes::{command, pids};
use crate::file::read_start;
use crate::machine::Machine;
use crate::mountinfo::{self, Mounted};
use crate::place::joined;

/// Finds mounts by their type, by its name or its `fs-TYPE` alias, and by the device they are of.
pub(super) fn of(
    machine: &Machine,
    module: &ModuleName,
    numbers: &DeviceNumbers,
    uses: &mut BTreeSet<Use>,
) {
    let proc = &machine.place().proc;
    let read = |directory: &[u8]| mounts(machine, module, numbers, directory);
    let own = joined(proc, b"self");
    let seen = read(&own);
    let mut views = BTreeSet::from([view(&own)]);
    for pid in pids(proc) {
        let directory = joined(proc, pid.to_string().as_bytes());
        let view = view(&directory);
        if view.is_none() || !views.insert(view) {
            continue;
        }
        // What is mounted in our own view as well is told once.
        let is_seen =
            |mount: &Mounted| seen.iter().any(|own| own.at == mount.at && own.kind == mount.kind);
        let others = read(&directory).into_iter().filter(|mount| !is_seen(mount));
        let within = (pid, command(&directory));
        uses.extend(others.map(|mounted| told(mounted, Some(within.clone()))));
    }
    uses.extend(seen.into_iter().map(|mounted| told(mounted, None)));
}

/// What tells a process's view of the mounts from others.
fn view(directory: &[u8]) -> Option<Vec<u8>> {
    let link = joined(directory, b"ns/mnt");
    Some(fs::read_link(OsStr::from_bytes(&link)).ok()?.into_os_string().into_encoded_bytes())
}

/// A module's mounts, as one process sees them.
fn mounts(
    machine: &Machine,
    module: &ModuleName,
    numbers: &DeviceNumbers,
    directory: &[u8],
) -> Vec<Mounted> {
    let is_meant = |mounted: &Mounted| {
        let number = number(&mounted.device);
        number.is_some_and(|(major, minor)| numbers.has_block(major, minor))
            || is_of(machine, module, &mounted.kind)
    };
    mountinfo::read(directory).into_iter().filter(is_meant).collect()
}

fn told(mounted: Mounted, within: Option<(u32, Vec<u8>)>) -> Use {
    Use::Mount { at: mounted.at, kind: mounted.kind, source: mounted.source, within }
}

fn is_of(machine: &Machine, module: &ModuleName, kind: &[u8]) -> bool {
    ModuleName::new(kind) == *module || answers(machine, module, &[b"fs_", kind].concat())
}

/// Lines of `/proc/swaps`: a path and the word `partition`.
pub(super) fn swaps(proc: &[u8], numbers: &DeviceNumbers, uses: &mut BTreeSet<Use>) {
    const LIMIT: usize = 1 << 20;
    let text = read_start(&joined(proc, b"swaps"), LIMIT).unwrap_or_default();
    for line in text.split(|&byte| byte == b'\n').skip(1) {
        let device = unescaped(line.split(u8::is_ascii_whitespace).next().unwrap_or_default());
        let Ok(status) = fs::metadata(OsStr::from_bytes(&device)) else { continue };
        if numbers.contain(true, false, status.rdev()) {
            uses.insert(Use::Swap { device });
        }
    }
}
