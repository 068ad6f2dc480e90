//! Queues of network interfaces that are of a module's kind (`sch_KIND`).

use std::collections::{BTreeMap, BTreeSet};

use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;
use kmodctl_format::traffic_control::{ASK, HEADER, Queue, queue};

use super::is_running;
use crate::file::read_start;
use crate::host::names;
use crate::machine::Machine;
use crate::netlink::{ROUTE, ask};
use crate::place::joined;

/// Finds queues by their kind, on the interfaces that this process sees.
pub(super) fn of(machine: &Machine, module: &ModuleName, uses: &mut BTreeSet<Use>) {
    let Some(kind) = module.as_bytes().strip_prefix(b"sch_").filter(|_| is_running(machine)) else {
        return;
    };
    let interfaces = interfaces(&machine.place().sys);
    // A kernel that does not answer tells of no queues.
    let _ = ask(ROUTE, ASK, &HEADER, &mut |told, body| {
        let queue =
            queue(told, body).filter(|queue| ModuleName::new(queue.kind).as_bytes() == kind);
        uses.extend(queue.and_then(|queue| of_interface(&interfaces, &queue)));
    });
}

fn of_interface(interfaces: &BTreeMap<u32, Vec<u8>>, queue: &Queue<'_>) -> Option<Use> {
    let interface = interfaces.get(&queue.interface)?.clone();
    let is_made_by_kernel = queue.number == 0;
    Some(Use::Queue {
        interface,
        kind: queue.kind.to_vec(),
        parent: queue.parent,
        is_made_by_kernel,
    })
}

/// The names of interfaces by their numbers.
fn interfaces(sys: &[u8]) -> BTreeMap<u32, Vec<u8>> {
    let directory = joined(sys, b"class/net");
    let number = |name: &Vec<u8>| {
        let text = read_start(&[&directory[..], b"/", name, b"/ifindex"].concat(), 64).ok()?;
        std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
    };
    let names = names(&directory).into_iter();
    names.filter_map(|name| Some((number(&name)?, name))).collect()
}
