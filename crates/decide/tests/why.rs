//! Why modules are in the kernel and why not: a machine, a module, and the whole answer.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::Origin;
use kmodctl_decide::block::Hold;
use kmodctl_decide::inventory::Use;
use kmodctl_decide::request::Request;
use kmodctl_decide::want::Sign;
use kmodctl_decide::why::{
    Asker, Chain, How, Obstacle, Root, candidates, why, why_not, why_not_as,
};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

fn told(chain: &Chain) -> String {
    let mut text = match &chain.root {
        Root::Boot(line) => format!("boot {}", String::from_utf8_lossy(&line.name)),
        Root::Device(device) => format!("device {}", String::from_utf8_lossy(&device.path)),
        Root::Request(asked) => {
            let signs: Vec<_> = asked.signs.iter().map(sign).collect();
            format!("kernel {} by {}", names(&asked.requests), signs.join(" and "))
        }
        Root::Unknown { module, requests } if requests.is_empty() => format!("unknown {module}"),
        Root::Unknown { module, requests } => format!("unknown {module} or {}", names(requests)),
    };
    for link in &chain.links {
        let how = match &link.how {
            How::Needs => "needs".to_owned(),
            How::Softdep(origin) => format!("softdep {}", at(origin)),
        };
        text += &format!(", {} {how} {}", link.user, link.used);
    }
    text
}

fn names(requests: &[Request]) -> String {
    let names: Vec<_> = requests.iter().map(|one| text(&one.name())).collect();
    names.join("|")
}

fn sign(sign: &Sign) -> String {
    match sign {
        Sign::Fstab { at, .. } => format!("fstab {}", text(at)),
        Sign::Interface { name } => text(name),
        Sign::Use(Use::Mount { at, .. }) => text(at),
        Sign::Use(Use::Process { device, .. }) => text(device),
        Sign::Use(Use::Rule { family, .. }) => format!("rule {family}"),
        Sign::Use(Use::Sockets { protocol, .. }) => text(protocol),
        other => format!("{other:?}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn at(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line, .. } => format!("{}:{line}", String::from_utf8_lossy(path)),
        Origin::KernelCommandLine => "command line".into(),
    }
}

fn hold(hold: &Hold) -> String {
    match hold {
        Hold::Blacklisted(origin) => format!("blacklisted {}", at(origin)),
        Hold::Earlier(module) => format!("earlier {module}"),
        Hold::Refused(origin) => format!("refused {}", at(origin)),
    }
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Asked(chain) => format!("asked by {}", told(chain)),
        Obstacle::BuiltIn => "built in".into(),
        Obstacle::Driven { device } => format!("driven {}", String::from_utf8_lossy(&device.path)),
        Obstacle::KernelBlacklist => "kernel blacklist".into(),
        Obstacle::Kept { by: Asker::Name, hold: kept } => format!("by name: {}", hold(kept)),
        Obstacle::Kept { by: Asker::Request(request), hold: kept } => {
            format!("as {}: {}", text(&request.name()), hold(kept))
        }
        Obstacle::Kept { by: Asker::Chain(chain), hold: kept } => {
            format!("{}: {}", told(chain), hold(kept))
        }
        Obstacle::Loaded => "loaded".into(),
        Obstacle::ModulesDisabled => "modules disabled".into(),
        Obstacle::NobodyAsks { requests } if requests.is_empty() => "nobody asks".into(),
        Obstacle::NobodyAsks { requests } => format!("nobody asks, or {}", names(requests)),
        Obstacle::NotInstalled => "not installed".into(),
    }
}

const MACHINE: &str = "module e1000e: ptp pps_core\nmodule ptp: pps_core\nmodule pps_core\n\
    module friend\nmodule alone\nindex-alias pci:v1* e1000e\nindex-alias pci:v2* alone\n\
    device pci0/01 pci:v1d1\n";

#[test]
fn chains_go_from_what_asks_to_the_module() {
    let table = [
        ("a device asks for it", "loaded e1000e", "e1000e", "device pci0/01"),
        (
            "a module that a device asks for needs it, through another",
            "loaded e1000e\nloaded ptp by=e1000e\nloaded pps_core by=ptp",
            "pps_core",
            "device pci0/01, e1000e needs ptp, ptp needs pps_core",
        ),
        ("the boot list", "loaded alone\nboot alone", "alone", "boot alone"),
        ("nobody knows", "loaded alone", "alone", "unknown alone"),
        (
            "a softdep",
            "loaded alone\nloaded friend\nboot friend\nin /etc/modprobe.d/a.conf\nsoftdep friend pre: alone",
            "alone",
            "boot friend, friend softdep /etc/modprobe.d/a.conf:1 alone",
        ),
        ("not loaded: what would ask for it", "", "ptp", "device pci0/01, e1000e needs ptp"),
        ("users that are not loaded count for nothing", "loaded ptp", "ptp", "unknown ptp"),
        ("nothing asks", "", "alone", ""),
    ];
    for (what, rest, module, expected) in table {
        let world = TextInventory::new(&format!("{MACHINE}{rest}"));
        let chains = why(&world, &ModuleName::new(module)).unwrap();
        let found: Vec<_> = chains.iter().map(told).collect();
        assert_eq!(found.join("\n"), expected, "{what}");
    }
}

const ASKED_FOR: &str = "module xfs: crc\nmodule crc\nmodule loop\nmodule sctp\nmodule bridge\n\
    module tcp_bbr\nmodule plain\nindex-alias fs_xfs xfs\nindex-alias block_major_7_* loop\n\
    index-alias char_major_10_237 loop\nindex-alias net_pf_2_proto_132 sctp\n\
    index-alias net_pf_10_proto_132 sctp\nindex-alias net_pf_16_proto_9 sctp\n\
    index-alias rtnl_link_bridge bridge\n\
    module xt_LOG\nindex-alias ipt_LOG xt_LOG\nindex-alias ip6t_LOG xt_LOG\n\
    module nft_limit\nindex-alias nft_expr_limit nft_limit\nindex-alias nft_obj_4 nft_limit\n";

#[test]
fn the_kernel_asks_for_what_is_used() {
    let table = [
        ("loaded xfs\nmounted xfs xfs /a\nmounted xfs xfs /b", "xfs", "kernel fs-xfs by /a and /b"),
        (
            "loaded xfs\nloaded crc by=xfs\nmounted xfs xfs /a",
            "crc",
            "kernel fs-xfs by /a, xfs needs crc",
        ),
        // A mount of a device of its is no mount of its type.
        (
            "loaded loop\nmounted loop ext4 /a",
            "loop",
            "unknown loop or block-major-7-*|char-major-10-237",
        ),
        (
            "loaded loop\nopened loop 10 237 /dev/loop-control",
            "loop",
            "kernel char-major-10-237 by /dev/loop-control",
        ),
        (
            "loaded loop\nopened loop 10 238 /dev/other",
            "loop",
            "unknown loop or block-major-7-*|char-major-10-237",
        ),
        (
            "loaded sctp\nsocket sctp SCTP",
            "sctp",
            "kernel net-pf-2-proto-132|net-pf-10-proto-132 by SCTP",
        ),
        ("loaded sctp\nsocket sctp NETLINK", "sctp", "kernel net-pf-16-proto-9 by NETLINK"),
        ("loaded bridge\nkind rtnl-link-bridge br0", "bridge", "kernel rtnl-link-bridge by br0"),
        ("loaded xt_LOG\nrule xt_LOG ip6", "xt_LOG", "kernel ip6t_LOG|xt_LOG by rule ip6"),
        ("loaded nft_limit\nrule nft_limit ip", "nft_limit", "kernel nft-expr-limit by rule ip"),
        // What is there was served by another.
        ("kind rtnl-link-bridge br0", "bridge", ""),
        ("fstab fs-xfs /a", "xfs", "kernel fs-xfs by fstab /a"),
        ("fstab fs-xfs /a", "crc", "kernel fs-xfs by fstab /a, xfs needs crc"),
        ("loaded xfs", "xfs", "unknown xfs or fs-xfs"),
        ("loaded tcp_bbr", "tcp_bbr", "unknown tcp_bbr or tcp_bbr"),
        ("loaded plain", "plain", "unknown plain"),
    ];
    for (rest, module, expected) in table {
        let world = TextInventory::new(&format!("{ASKED_FOR}{rest}"));
        let chains = why(&world, &ModuleName::new(module)).unwrap();
        let found: Vec<_> = chains.iter().map(told).collect();
        assert_eq!(found.join("\n"), expected, "{rest}");
    }
}

#[test]
fn what_the_kernel_asks_for_is_kept_out_by_lines_for_its_name() {
    let table = [
        ("", "nobody asks, or fs-xfs"),
        (
            "in /etc/modprobe.d/a.conf\nblacklist xfs",
            "as fs-xfs: blacklisted /etc/modprobe.d/a.conf:1\nnobody asks, or fs-xfs",
        ),
        ("fstab fs-xfs /a", "asked by kernel fs-xfs by fstab /a"),
        (
            "fstab fs-xfs /a\nin /etc/modprobe.d/a.conf\nblacklist xfs",
            "kernel fs-xfs by fstab /a: blacklisted /etc/modprobe.d/a.conf:1",
        ),
        ("loaded xfs", "loaded"),
    ];
    for (rest, expected) in table {
        let world = TextInventory::new(&format!("{ASKED_FOR}{rest}"));
        let request = Request::of(b"fs-xfs").unwrap();
        let found = why_not_as(&world, &ModuleName::new("xfs"), &request).unwrap();
        let found: Vec<_> = found.iter().map(obstacle).collect();
        assert_eq!(found.join("\n"), expected, "{rest}");
    }
}

#[test]
fn obstacles_are_named_with_their_lines() {
    let table = [
        ("loaded alone", "alone", "loaded"),
        ("builtin tty", "tty", "built in"),
        ("", "absent", "not installed"),
        ("", "alone", "nobody asks"),
        ("", "e1000e", "asked by device pci0/01"),
        (
            "cmdline module_blacklist=alone\nmodules-disabled",
            "alone",
            "kernel blacklist\nmodules disabled\nnobody asks",
        ),
        (
            "in /etc/modprobe.d/a.conf\nblacklist e1000e",
            "e1000e",
            "device pci0/01: blacklisted /etc/modprobe.d/a.conf:1",
        ),
        (
            "boot e1000e\nin /etc/modprobe.d/a.conf\ninstall e1000e /bin/false",
            "e1000e",
            "by name: refused /etc/modprobe.d/a.conf:1\n\
             device pci0/01: refused /etc/modprobe.d/a.conf:1\n\
             boot e1000e: refused /etc/modprobe.d/a.conf:1",
        ),
        (
            "in /etc/modprobe.d/a.conf\ninstall ptp /bin/false",
            "e1000e",
            "by name: earlier ptp\ndevice pci0/01: earlier ptp",
        ),
    ];
    for (rest, module, expected) in table {
        let world = TextInventory::new(&format!("{MACHINE}{rest}"));
        let found: Vec<_> = why_not(&world, &ModuleName::new(module)).unwrap();
        let found: Vec<_> = found.iter().map(obstacle).collect();
        assert_eq!(found.join("\n"), expected, "{rest}");
    }
}

#[test]
fn candidates_are_told_apart() {
    let world = TextInventory::new(
        "module a\nmodule b\nindex-alias pci:* a\nindex-alias pci:v* b\nloaded a\n\
         in /etc/modprobe.d/a.conf\nblacklist b",
    );
    let found = candidates(&world, b"pci:v1").unwrap();
    let shown: Vec<_> = found
        .iter()
        .map(|one| format!("{} {} {:?}", one.module, one.is_loaded, one.hold.as_ref().map(hold)))
        .collect();
    let expected = ["a true None", "b false Some(\"blacklisted /etc/modprobe.d/a.conf:1\")"];
    assert_eq!(shown, expected);
}
