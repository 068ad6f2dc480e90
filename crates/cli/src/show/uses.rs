//! Who uses a module, for people, and the commands that end it.

use std::collections::BTreeSet;

use kmodctl::decide::inventory::Use;
use kmodctl::format::traffic_control::Parent;

use super::{shell_word, text};

/// What is said where a module is in use and nobody was found.
pub(crate) const NOBODY: &str =
    "no process, mount, device, interface, rule or socket was found: it is held inside the kernel";

/// One use in words.
pub(crate) fn words(found: &Use) -> String {
    match found {
        Use::Array { device, .. } => format!("the array {} is made with it", text(device)),
        Use::Interface { name } => format!("it drives the network interface {}", text(name)),
        Use::Kept { name } => {
            format!("the network interface {} stays without a process", text(name))
        }
        Use::Loop { device, backing } => format!("{} shows {}", text(device), text(backing)),
        Use::Mapped { name, is_certain: true, .. } => {
            format!("device-mapper makes {} with it", text(name))
        }
        Use::Mapped { name, .. } => format!("device-mapper makes {} with it, perhaps", text(name)),
        Use::Mount { at, kind, within, .. } => {
            let within = within.as_ref().map_or(String::new(), |(pid, command)| {
                format!(" where process {pid} ({}) sees it", text(command))
            });
            format!("{} is mounted ({}){within}", text(at), text(kind))
        }
        Use::Process { pid, command, device, .. } => {
            format!("process {pid} ({}) has {} open", text(command), text(device))
        }
        Use::Queue { interface, kind, is_made_by_kernel, .. } => {
            let by_kernel = if *is_made_by_kernel { ", as the kernel made it" } else { "" };
            format!("{} has a queue of {}{by_kernel}", text(interface), text(kind))
        }
        Use::Rule { family, table, chain, handle } => {
            let (table, chain) = (text(table), text(chain));
            format!("a rule of nf_tables needs it: {handle} of {chain} in {family} {table}")
        }
        Use::Setting { name, .. } => format!("the setting {} names it", text(name)),
        Use::Socket { pid, command, protocol } => {
            format!("process {pid} ({}) has a socket of {}", text(command), text(protocol))
        }
        Use::Sockets { protocol, count } => {
            format!("{count} sockets of {}, of no process that is seen", text(protocol))
        }
        Use::Swap { device } => format!("memory is swapped to {}", text(device)),
    }
}

/// What ends uses that are in the order in which they are ended: first one line of all the commands
/// that are sure to be needed, then what may be needed besides.
pub(crate) fn stop(uses: &[Use]) -> Vec<String> {
    let (mut commands, mut others) = (Vec::new(), Vec::new());
    let (mut pids, mut stopped) = (BTreeSet::new(), BTreeSet::new());
    for found in uses {
        match ending(found) {
            Ending::Command(command) if commands.contains(&command) => {}
            Ending::Command(command) => commands.push(command),
            Ending::Kill { pid, command } => {
                pids.insert(pid);
                stopped.insert(command);
                commands.retain(|command| !command.starts_with("kill "));
                commands.push(format!("kill {}", joined(&pids)));
            }
            Ending::Perhaps(words) => others.push(words),
        }
    }
    let note = match stopped.is_empty() {
        true => String::new(),
        false => format!(" (stops {})", stopped.into_iter().collect::<Vec<_>>().join(", ")),
    };
    let line = (!commands.is_empty()).then(|| commands.join(" && ") + &note);
    line.into_iter().chain(others).collect()
}

fn joined(pids: &BTreeSet<u32>) -> String {
    pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// Whether what was found may be all there is to see while the kernel itself holds the module.
pub(crate) fn may_be_the_kernels(uses: &[Use]) -> bool {
    uses.iter().all(|found| matches!(found, Use::Interface { .. } | Use::Sockets { .. }))
}

/// What ends a use.
enum Ending {
    Command(String),
    Kill {
        pid: u32,
        command: String,
    },
    /// It is not known to be enough, or to be needed.
    Perhaps(String),
}

fn ending(found: &Use) -> Ending {
    Ending::Command(match found {
        Use::Array { device, .. } => format!("mdadm --stop /dev/{}", shell_word(device)),
        Use::Interface { name } => {
            return Ending::Perhaps(format!("ip link set {} down", shell_word(name)));
        }
        Use::Kept { name } => format!("ip link delete {}", shell_word(name)),
        Use::Loop { device, .. } => format!("losetup -d /dev/{}", shell_word(device)),
        Use::Mapped { name, is_certain: true, .. } => {
            format!("dmsetup remove {}", shell_word(name))
        }
        Use::Mapped { name, .. } => {
            return Ending::Perhaps(format!("dmsetup remove {}", shell_word(name)));
        }
        Use::Mount { at, within: None, .. } => format!("umount {}", shell_word(at)),
        Use::Mount { at, within: Some((pid, _)), .. } => {
            format!("nsenter -t {pid} -m umount {}", shell_word(at))
        }
        Use::Process { pid, command, .. } | Use::Socket { pid, command, .. } => {
            return Ending::Kill { pid: *pid, command: text(command) };
        }
        Use::Queue { interface, kind, parent, is_made_by_kernel } => {
            queue_ending(&shell_word(interface), &shell_word(kind), *parent, *is_made_by_kernel)
        }
        Use::Rule { family, table, chain, handle } => {
            format!(
                "nft delete rule {family} {} {} handle {handle}",
                shell_word(table),
                shell_word(chain)
            )
        }
        Use::Setting { name, instead } => {
            format!("sysctl -w {}={}", shell_word(name), shell_word(instead))
        }
        Use::Sockets { protocol, .. } => {
            let words = format!("stop what has sockets of {} open (ss -a)", text(protocol));
            return Ending::Perhaps(words);
        }
        Use::Swap { device } => format!("swapoff {}", shell_word(device)),
    })
}

/// A queue that the kernel made cannot be deleted: another one takes its place.
fn queue_ending(interface: &str, kind: &str, parent: Parent, is_made_by_kernel: bool) -> String {
    let place = match parent {
        Parent::Root => "root".to_owned(),
        Parent::Ingress => kind.to_owned(),
        // The classes of what the kernel made have no number of a queue.
        Parent::Class(0, _) => "root".to_owned(),
        Parent::Class(queue, class) => format!("parent {queue:x}:{class:x}"),
    };
    match (is_made_by_kernel, parent) {
        (false, _) => format!("tc qdisc del dev {interface} {place}"),
        (true, Parent::Class(1.., _)) => format!("tc qdisc replace dev {interface} {place} pfifo"),
        (true, _) => format!("tc qdisc replace dev {interface} root pfifo_fast"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmodctl::decide::inventory::Node;

    #[test]
    fn a_queue_goes_where_it_hangs() {
        let table = [
            ("sfq", Parent::Root, false, "tc qdisc del dev d root"),
            ("ingress", Parent::Ingress, false, "tc qdisc del dev d ingress"),
            ("sfq", Parent::Class(1, 16), false, "tc qdisc del dev d parent 1:10"),
            ("fq", Parent::Root, true, "tc qdisc replace dev d root pfifo_fast"),
            ("fq", Parent::Class(0, 2), true, "tc qdisc replace dev d root pfifo_fast"),
            ("fq", Parent::Class(1, 2), true, "tc qdisc replace dev d parent 1:2 pfifo"),
        ];
        for (kind, parent, is_made_by_kernel, expected) in table {
            assert_eq!(queue_ending("d", kind, parent, is_made_by_kernel), expected);
        }
    }

    #[test]
    fn all_that_is_to_be_ended_is_one_line() {
        let node = Node { is_block: false, major: 1, minor: 2 };
        let process =
            |pid| Use::Process { pid, command: b"cat".into(), device: b"/dev/x".into(), node };
        let mapped =
            |name: &[u8], is_certain| Use::Mapped { name: name.into(), height: 0, is_certain };
        let mount = Use::Mount {
            at: b"/mnt".into(),
            kind: b"ext4".into(),
            source: b"/dev/x".into(),
            within: None,
        };
        let uses = [mount, process(7), process(8), mapped(b"a", true), mapped(b"b", false)];
        let expected =
            ["umount /mnt && kill 7 8 && dmsetup remove a (stops cat)", "dmsetup remove b"];
        assert_eq!(stop(&uses), expected);
        assert_eq!(stop(&[]), [""; 0]);
        let (at, kind, source) = (b"/it's a".into(), b"ext4".into(), Vec::new());
        let mount = Use::Mount { at, kind, source, within: None };
        assert_eq!(stop(&[mount]), [r"umount '/it'\''s a'"]);
    }
}
