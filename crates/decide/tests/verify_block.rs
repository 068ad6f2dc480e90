//! The proof of blocks: what it finds in those that hold and in those that do not, in every
//! kernel's tree and in the kernel itself; and what scanners say.
#![allow(clippy::unwrap_used)]

mod outcomes;
mod text_inventory;
mod text_world;

use kmodctl_decide::Inventory;
use kmodctl_decide::block::{KernelState, Void, WayIn, scanners, verify};
use kmodctl_format::ModuleName;
use outcomes::{at, compare, outcome, verdict};
use text_inventory::TextInventory;

/// The ways of a proof, one a line, and whether it holds.
fn proved(world: &str) -> String {
    let world = TextInventory::new(world);
    let kernels = [(b"6.1".to_vec(), &world as &dyn Inventory)];
    let proof = verify(&kernels, &ModuleName::new("m"), &[]).unwrap();
    let mut text = String::new();
    let kernel = &proof.kernels[0];
    for way in &kernel.ways {
        let kind = match &way.way {
            WayIn::Alias => "alias",
            WayIn::Boot(_) => "boot",
            WayIn::Command => "command",
            WayIn::Dependent => "dependent",
            WayIn::Device(_) => "device",
            WayIn::Name => "name",
            WayIn::Softdep => "softdep",
            WayIn::Symbol => "symbol",
        };
        let query = String::from_utf8_lossy(&way.query);
        text += &format!("{kind} {query}: {}\n", outcome(&way.outcome));
    }
    if let KernelState::BuiltIn { blacklisted, .. } = &kernel.state {
        text += &format!("built in {blacklisted}\n");
    }
    if proof.is_loaded {
        text += "loaded\n";
    }
    for hint in &proof.hints {
        let why = match &hint.why {
            Void::Hidden => "hidden".to_owned(),
            Void::Misspelt(name) => format!("misspelt {name}"),
            Void::Second(first) => format!("second to {}", at(first)),
            Void::Unread => "unread".to_owned(),
            Void::WrongDirectory => "wrong directory".to_owned(),
        };
        text += &format!("void {}: {why}\n", at(&hint.origin));
    }
    if !proof.still_loads.is_empty() {
        text += &format!("still loads {:?}\n", proof.still_loads);
    }
    text + verdict(&proof)
}

const BLOCK: &str =
    "in /etc/modprobe.d/m.conf\nblacklist m\ninstall m /bin/false\nsoftdep m pre:\n";

#[test]
fn every_way_in_is_tried() {
    let machine = "module m: d\nmodule d\nmodule user: m d\nmodule friend\n\
        index-alias fs_m m\nindex-alias pci:v* m\ndevice pci0 pci:v1\nboot m\nboot friend\n";
    let table = [
        (
            "a block that holds",
            format!("{machine}{BLOCK}softdep friend pre: m"),
            "name m: refused /etc/modprobe.d/m.conf:2
             alias fs_m: blacklisted /etc/modprobe.d/m.conf:1
             alias pci:v: blacklisted /etc/modprobe.d/m.conf:1
             dependent user: refused /etc/modprobe.d/m.conf:2
             softdep friend: refused /etc/modprobe.d/m.conf:2
             boot m: blacklisted /etc/modprobe.d/m.conf:1
             boot friend: refused /etc/modprobe.d/m.conf:2
             device pci:v1: blacklisted /etc/modprobe.d/m.conf:1
             holds",
        ),
        (
            "R1, R7: blacklist alone stops neither the name nor a dependency",
            format!("{machine}in /etc/modprobe.d/m.conf\nblacklist m"),
            "name m: LEAKS but for /etc/modprobe.d/m.conf:1
             alias fs_m: blacklisted /etc/modprobe.d/m.conf:1
             alias pci:v: blacklisted /etc/modprobe.d/m.conf:1
             dependent user: LEAKS but for /etc/modprobe.d/m.conf:1
             boot m: blacklisted /etc/modprobe.d/m.conf:1
             device pci:v1: blacklisted /etc/modprobe.d/m.conf:1
             LEAKS",
        ),
        (
            "R2, R4: a softdep switches the install line off",
            "module m\nmodule d\nindex-alias fs_m m\nin /etc/modprobe.d/m.conf\n\
             install m /bin/false\nin /m/modules.softdep\nsoftdep m pre: d"
                .into(),
            "name m: LEAKS softdep /m/modules.softdep:1
             alias fs_m: LEAKS softdep /m/modules.softdep:1
             LEAKS",
        ),
        (
            "R14: the first file wins",
            "module m\nin /etc/modprobe.d/10-vendor.conf\ninstall m /sbin/modprobe -i m\n\
             in /etc/modprobe.d/99-cis.conf\nblacklist m\ninstall m /bin/false"
                .into(),
            "name m: LEAKS command /etc/modprobe.d/10-vendor.conf:1
             void /etc/modprobe.d/99-cis.conf:2: second to /etc/modprobe.d/10-vendor.conf:1
             LEAKS",
        ),
        (
            "a dependency that is refused before it",
            "module m: d\nmodule d\nin /etc/modprobe.d/m.conf\ninstall d /bin/false".into(),
            "name m: held by d\nholds",
        ),
        (
            "R6: /bin/true refuses as well, but nothing behind it",
            "module m: d\nmodule d\nin /etc/modprobe.d/m.conf\ninstall d /bin/true".into(),
            "name m: LEAKS\nLEAKS",
        ),
        (
            "loaded before the block was made",
            format!("module m\nloaded m\n{BLOCK}"),
            "name m: refused /etc/modprobe.d/m.conf:2\nloaded\nLEAKS",
        ),
        (
            "built in, which no file changes",
            format!("builtin m\ninitcall m m_init\n{BLOCK}"),
            "built in false\nLEAKS",
        ),
        (
            "built in, and kept from starting",
            format!(
                "builtin m\ninitcall m m_init\ncmdline ro initcall_blacklist=x,m_init\n{BLOCK}"
            ),
            "built in true\nholds",
        ),
        (
            "R16: the kernel's own list keeps it out, whatever the files say",
            "module m\ncmdline module_blacklist=m".into(),
            "name m: LEAKS\nholds",
        ),
        (
            "no module is taken any more",
            "module m\nmodules-disabled".into(),
            "name m: LEAKS\nholds",
        ),
        (
            "R3: BusyBox passes over install lines",
            format!("module m\nengine busybox\n{BLOCK}"),
            "name m: refused /etc/modprobe.d/m.conf:2\nLEAKS",
        ),
        ("nobody has it", "module a".into(), "holds"),
        (
            "what the kernel asks for cannot be tried",
            format!("module m\nengine other\n{BLOCK}"),
            "name m: refused /etc/modprobe.d/m.conf:2\nunproven",
        ),
        (
            "a symbol is an alias, and install lines of others call modprobe or pass it by",
            format!(
                "module m\nsymbol symbol:m_do m\n{BLOCK}install x /sbin/modprobe m\n\
                 install y /sbin/modprobe -i m && true\ninstall z echo m; /sbin/modprobe n\n\
                 install w /bin/false m"
            ),
            "name m: refused /etc/modprobe.d/m.conf:2
             symbol symbol:m_do: blacklisted /etc/modprobe.d/m.conf:1
             command m: refused /etc/modprobe.d/m.conf:2
             command y: LEAKS command /etc/modprobe.d/m.conf:5
             LEAKS",
        ),
        (
            "softdeps by a pattern and by an alias",
            format!(
                "module m\nmodule snd_a\nmodule snd_b\nindex-alias fs_m m\n{BLOCK}\
                 softdep snd_* post: fs-m"
            ),
            "name m: refused /etc/modprobe.d/m.conf:2
             alias fs_m: blacklisted /etc/modprobe.d/m.conf:1
             softdep snd_a: refused /etc/modprobe.d/m.conf:2
             softdep snd_b: refused /etc/modprobe.d/m.conf:2
             holds",
        ),
        (
            "R5: what only it needs is loaded before it is refused",
            format!(
                "module m: d e f\nmodule d\nmodule e\nmodule f\nmodule u: e\n{BLOCK}install f /bin/false"
            ),
            "name m: held by f\nstill loads {`d`}\nholds",
        ),
        (
            "R15: lines that nobody reads, or about another name",
            "module m\nmodule mm\nin /etc/modprobe.d/m\nblacklist m\ninstall m /bin/false\n\
             in /etc/modules-load.d/m.conf\ninstall m /bin/false\n\
             in /usr/lib/modprobe.d/x.conf\n\
             in /etc/modprobe.d/y.conf\nblacklist nn"
                .into(),
            "name m: LEAKS
             void /etc/modprobe.d/m:1: unread
             void /etc/modprobe.d/m:2: unread
             void /etc/modules-load.d/m.conf:1: wrong directory
             LEAKS",
        ),
    ];
    for (what, world, expected) in table {
        compare(&proved(&world), expected, what);
    }
}

/// A module whose name is misspelt in its block is found by the name that was meant.
#[test]
fn misspelt_names_are_told() {
    let world = TextInventory::new(
        "module usb_storage\nin /etc/modprobe.d/u.conf\nblacklist usb_storge\n\
         install usb-storag /bin/false\ninstall usb_starage /sbin/modprobe x\nblacklist uas",
    );
    let module = ModuleName::new("usb_storage");
    let proof = verify(&[(b"6.1".to_vec(), &world)], &module, &[]).unwrap();
    let hints: Vec<_> =
        proof.hints.iter().map(|hint| format!("{} {:?}", at(&hint.origin), hint.why)).collect();
    let expected = [
        "/etc/modprobe.d/u.conf:1 Misspelt(`usb_storge`)",
        "/etc/modprobe.d/u.conf:2 Misspelt(`usb_storag`)",
    ];
    assert_eq!(hints, expected);
}

/// One kernel's own softdep lets in what the other's does not.
#[test]
fn every_kernel_is_tried() {
    let block = "in /etc/modprobe.d/m.conf\nblacklist m\ninstall m /bin/false\n";
    let old = TextInventory::new(&format!("module m\nmodule d\n{block}"));
    let softdep = "in /m/modules.softdep\nsoftdep m pre: d";
    let new = TextInventory::new(&format!("module m\nmodule d\n{block}{softdep}"));
    let built_in = TextInventory::new(&format!("builtin m\n{block}"));
    let table: [(&[&TextInventory], &str); 3] =
        [(&[&old], "holds"), (&[&old, &new], "LEAKS"), (&[&old, &built_in], "LEAKS")];
    for (worlds, expected) in table {
        let kernels: Vec<_> =
            worlds.iter().map(|world| (b"6".to_vec(), *world as &dyn Inventory)).collect();
        let proof = verify(&kernels, &ModuleName::new("m"), &[]).unwrap();
        assert_eq!(verdict(&proof), expected);
    }
}

#[test]
fn scanners_read_texts() {
    let table = [
        (
            "module m\nin /etc/modprobe.d/a.conf\nblacklist m\ninstall m /bin/false",
            "true true true",
        ),
        ("module m\nin /etc/modprobe.d/a.conf\nblacklist m", "false true false"),
        ("module m\nin /etc/modprobe.d/a.conf\ninstall m /bin/false --x", "false false false"),
        // R14: void, and OVAL is content all the same.
        (
            "module m\nin /etc/modprobe.d/1.conf\ninstall m /sbin/modprobe -i m\n\
             in /etc/modprobe.d/9.conf\nblacklist m\ninstall m /bin/true",
            "false true true",
        ),
        // R19: where the lines do nothing.
        (
            "module m\nin /etc/modules-load.d/a.conf\nblacklist m\ninstall m /bin/false",
            "false false true",
        ),
        ("module m\nloaded m\nin /etc/modprobe.d/a.conf\ninstall m /bin/false", "false true false"),
    ];
    for (world, expected) in table {
        let world = TextInventory::new(world);
        let verdicts = scanners(&world as &dyn Inventory, b"m");
        let shown: Vec<_> = verdicts.iter().map(|verdict| verdict.passes.to_string()).collect();
        assert_eq!(shown.join(" "), expected);
    }
}
