//! Why modules are in the kernel and why not: a machine, a module, and the whole answer.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::Origin;
use kmodctl_decide::block::Hold;
use kmodctl_decide::why::{Asker, Chain, How, Obstacle, Root, candidates, why, why_not};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

fn told(chain: &Chain) -> String {
    let mut text = match &chain.root {
        Root::Boot(line) => format!("boot {}", String::from_utf8_lossy(&line.name)),
        Root::Device(device) => format!("device {}", String::from_utf8_lossy(&device.path)),
        Root::Unknown(module) => format!("unknown {module}"),
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
        Obstacle::Kept { by: Asker::Chain(chain), hold: kept } => {
            format!("{}: {}", told(chain), hold(kept))
        }
        Obstacle::Loaded => "loaded".into(),
        Obstacle::ModulesDisabled => "modules disabled".into(),
        Obstacle::NobodyAsks => "nobody asks".into(),
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
