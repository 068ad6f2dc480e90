//! What is seen on a machine that has the kernel ask for modules, each with the name that it asks by.
//! What uses one module alone is found by `uses`; whether a want explains a module is decided elsewhere.

mod mounts;

use kmodctl_decide::want::{Sign, Want};
use kmodctl_format::network_interface::{ASK, HEADER, network_interface};

use crate::file::read_start;
use crate::host::names;
use crate::machine::Machine;
use crate::netlink::{ROUTE, ask};
use crate::place::joined;
use crate::uses::is_running;

/// No list in procfs is longer that is read here.
const LIMIT: usize = 16 << 20;

/// Finds them.
pub(crate) fn read(machine: &Machine) -> Vec<Want> {
    let (proc, sys) = (&machine.place().proc, &machine.place().sys);
    let mut wants = mounts::fstab(&machine.place().fstab);
    wants.extend(mounts::charsets(proc));
    wants.extend(interfaces(machine));
    wants.extend(ciphers(&read_start(&joined(proc, b"crypto"), LIMIT).unwrap_or_default()));
    wants.extend(schedulers(sys));
    wants.extend(tables(proc));
    wants.extend(transceivers(sys));
    wants
}

/// A name made of a prefix and what the machine shows.
fn request(prefix: &str, part: &[u8]) -> Vec<u8> {
    [prefix.as_bytes(), part].concat()
}

/// Interfaces that were made as ones of a kind. The kernel tells it; in a tree of files `DEVTYPE` is
/// the kind where a driver sets it.
fn interfaces(machine: &Machine) -> Vec<Want> {
    let mut wants = Vec::new();
    let mut add = |name: &[u8], kind: &[u8]| {
        let sign = Sign::Interface { name: name.to_vec() };
        wants.push(Want { request: request("rtnl-link-", kind), sign });
    };
    if is_running(machine) {
        // A kernel that does not answer tells of no interfaces.
        let _ = ask(ROUTE, ASK, &HEADER, &mut |told, body| {
            if let Some(interface) = network_interface(told, body) {
                add(interface.name, interface.kind);
            }
        });
        return wants;
    }
    let directory = joined(&machine.place().sys, b"class/net");
    for name in names(&directory) {
        let file = [&directory[..], b"/", &name, b"/uevent"].concat();
        let text = read_start(&file, LIMIT).unwrap_or_default();
        let mut lines = text.split(|&byte| byte == b'\n');
        if let Some(kind) = lines.find_map(|line| line.strip_prefix(b"DEVTYPE=")) {
            add(&name, kind);
        }
    }
    wants.sort_unstable_by(|one, other| one.sign.cmp(&other.sign));
    wants
}

/// The algorithms of `/proc/crypto` that are in use: one that is only there is counted once
/// (`crypto/algapi.c`). Of `xts(aes)` the kernel asks for the whole, for `xts`, and for `aes`.
fn ciphers(text: &[u8]) -> Vec<Want> {
    let mut wants = Vec::new();
    let (mut name, mut driver): (&[u8], &[u8]) = (b"", b"");
    for line in text.split(|&byte| byte == b'\n') {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let (key, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        match key {
            b"name" => name = value,
            b"driver" => driver = value,
            b"refcnt" if is_more_than_one(value) => wants.extend(parts(name).map(|part| Want {
                request: request("crypto-", part),
                sign: Sign::Cipher { name: name.to_vec(), driver: driver.to_vec() },
            })),
            _ => {}
        }
    }
    wants
}

fn is_more_than_one(number: &[u8]) -> bool {
    std::str::from_utf8(number).is_ok_and(|text| text.parse::<u64>().is_ok_and(|count| count > 1))
}

/// The whole name of an algorithm, and the names that it is made of where there are several.
fn parts(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let inner = name.split(|byte| b"(),".contains(byte)).filter(move |part| *part != name);
    std::iter::once(name).chain(inner).filter(|part| !part.is_empty())
}

/// The disks with the scheduler that stands in brackets.
fn schedulers(sys: &[u8]) -> Vec<Want> {
    let directory = joined(sys, b"block");
    let mut devices = names(&directory);
    devices.sort_unstable();
    let want = |device: Vec<u8>| {
        let file = [&directory[..], b"/", &device, b"/queue/scheduler"].concat();
        let text = read_start(&file, LIMIT).ok()?;
        let mut chosen = text.split(|byte| b"[]".contains(byte));
        let name = chosen.nth(1).filter(|name| *name != b"none")?;
        Some(Want { request: [name, b"-iosched"].concat(), sign: Sign::Scheduled { device } })
    };
    devices.into_iter().filter_map(want).collect()
}

/// The tables of firewalls that are there; root alone may read their names.
fn tables(proc: &[u8]) -> Vec<Want> {
    let lists = [
        ("net/ip_tables_names", "iptable_"),
        ("net/ip6_tables_names", "ip6table_"),
        ("net/arp_tables_names", "arptable_"),
    ];
    let mut wants = Vec::new();
    for (list, prefix) in lists {
        let file = joined(proc, list.as_bytes());
        let text = read_start(&file, LIMIT).unwrap_or_default();
        let names = text.split(|&byte| byte == b'\n').filter(|name| !name.is_empty());
        wants.extend(names.map(|name| Want {
            request: request(prefix, name),
            sign: Sign::Table { file: file.clone() },
        }));
    }
    wants
}

/// The transceivers on MDIO buses: the kernel asks by the 32 bits of their identifier.
fn transceivers(sys: &[u8]) -> Vec<Want> {
    let directory = joined(sys, b"bus/mdio_bus/devices");
    let want = |device: Vec<u8>| {
        let file = [&directory[..], b"/", &device, b"/phy_id"].concat();
        let text = read_start(&file, LIMIT).ok()?;
        let digits = std::str::from_utf8(text.trim_ascii()).ok()?.strip_prefix("0x")?;
        let identifier = u32::from_str_radix(digits, 16).ok().filter(|number| *number != 0)?;
        let request = request("mdio:", format!("{identifier:032b}").as_bytes());
        Some(Want { request, sign: Sign::Phy { device } })
    };
    names(&directory).into_iter().filter_map(want).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    /// What is asked for, and by what.
    pub(super) fn told(wants: &[Want]) -> Vec<String> {
        let shown = |sign: &Sign| match sign {
            Sign::Charset { at, option } => format!("{} {}", text(at), text(option)),
            Sign::Cipher { name, driver } => format!("{} {}", text(name), text(driver)),
            Sign::Fstab { line, at, .. } => format!("{line} {}", text(at)),
            Sign::Interface { name } => text(name),
            Sign::Phy { device } | Sign::Scheduled { device } => text(device),
            Sign::Table { .. } => "table".into(),
            Sign::Use(_) => "use".into(),
        };
        wants.iter().map(|want| format!("{}: {}", text(&want.request), shown(&want.sign))).collect()
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    #[test]
    fn wants_are_read_off_proc_and_sysfs() {
        let tree = Tree::new();
        tree.write("fstab", "/dev/sdb /data xfs defaults 0 0\n");
        tree.write("sys/class/net/br0/uevent", "DEVTYPE=bridge\nINTERFACE=br0\n");
        tree.write("sys/class/net/lo/uevent", "INTERFACE=lo\n");
        tree.write("sys/block/sda/queue/scheduler", "none mq-deadline [bfq]\n");
        tree.write("sys/block/sdb/queue/scheduler", "[none] mq-deadline\n");
        tree.write("sys/block/loop0/queue/scheduler", "none\n");
        tree.write("sys/bus/mdio_bus/devices/r8169-0:00/phy_id", "0x001cc915\n");
        tree.write("sys/bus/mdio_bus/devices/x:01/phy_id", "0x00000000\n");
        tree.write("proc/net/ip_tables_names", "nat\n");
        tree.write(
            "proc/crypto",
            "name         : xts(aes)\ndriver       : xts-aes-aesni\nrefcnt       : 3\n\n\
             name         : crc32c\ndriver       : crc32c-intel\nrefcnt       : 1\n",
        );
        let wants = read(&Machine::new(tree.place(&[])));
        let expected = [
            "fs-xfs: 1 /data",
            "rtnl-link-bridge: br0",
            "crypto-xts(aes): xts(aes) xts-aes-aesni",
            "crypto-xts: xts(aes) xts-aes-aesni",
            "crypto-aes: xts(aes) xts-aes-aesni",
            "bfq-iosched: sda",
            "iptable_nat: table",
            "mdio:00000000000111001100100100010101: r8169-0:00",
        ];
        assert_eq!(told(&wants), expected);
    }
}
