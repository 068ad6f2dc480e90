//! The proof of blocks: what it finds in those that hold and in those that do not, in every
//! kernel's tree, in images, and in the kernel itself.
#![allow(clippy::unwrap_used)]

mod outcomes;
mod text_inventory;
mod text_world;

use std::collections::BTreeMap;

use kmodctl_decide::block::{
    ImageState, KernelState, Proof, Verification, Void, WayIn, scanners, verify,
};
use kmodctl_decide::image::{Contents, Image, ImageFault, ImageFile};
use kmodctl_decide::inventory::Engine;
use kmodctl_decide::{Errno, Inventory};
use kmodctl_format::ModuleName;
use outcomes::{at, compare, outcome};
use text_inventory::TextInventory;

fn proof(world: &TextInventory, images: &[Image]) -> Verification {
    verify(&[(b"6.1".to_vec(), world)], &ModuleName::new("m"), images).unwrap()
}

fn verdict(proof: &Verification) -> &'static str {
    match proof.proof() {
        Proof::Holds => "holds",
        Proof::Leaks => "LEAKS",
        Proof::Unproven => "unproven",
    }
}

/// The ways of a proof, one a line, and whether it holds.
fn proved(world: &str) -> String {
    let proof = proof(&TextInventory::new(world), &[]);
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

/// An image of lines `PATH`, `PATH: LINE`, `PATH -> TARGET`.
fn image(lines: &str) -> Image {
    let mut kept: BTreeMap<Vec<u8>, ImageFile> = BTreeMap::new();
    for line in lines.lines().map(str::trim) {
        if let Some((path, target)) = line.split_once(" -> ") {
            let file = ImageFile { content: target.into(), is_link: true };
            kept.insert(path.into(), file);
            continue;
        }
        let (path, text) = line.split_once(": ").unwrap_or((line, ""));
        let file = kept.entry(path.into()).or_default();
        if !text.is_empty() {
            file.content.extend(format!("{text}\n").bytes());
        }
    }
    let contents = Ok(Contents::new(b"/boot/i", &kept, b"ro modprobe.blacklist=listed"));
    Image { path: b"/boot/i".to_vec(), contents }
}

#[test]
fn images_are_judged_by_what_is_in_them() {
    const KMOD: &str = "usr/sbin/modprobe -> ../bin/kmod\nusr/bin/kmod\n";
    const MODULE: &str = "usr/lib/modules/6.1/kernel/m.ko.xz\n";
    const BLOCK: &str = "etc/modprobe.d/m.conf: blacklist m
        etc/modprobe.d/m.conf: install m /bin/false\n";
    const SOFTDEP: &str = "usr/lib/modules/6.1/modules.softdep: softdep m pre: d
        usr/lib/modules/6.1/kernel/d.ko\n";
    let table = [
        (KMOD.to_owned(), "absent", "holds"),
        (format!("{KMOD}{MODULE}"), "leaks", "LEAKS"),
        (format!("{KMOD}{MODULE}{BLOCK}"), "held", "holds"),
        (format!("{MODULE}{BLOCK}bin/kmod"), "held", "holds"),
        // modules.softdep takes part by its name, and a user needs the module in the image.
        (format!("{KMOD}{MODULE}{BLOCK}{SOFTDEP}"), "leaks", "LEAKS"),
        (
            format!("{KMOD}{MODULE}{BLOCK}{SOFTDEP}etc/modprobe.d/00.conf: softdep m pre:"),
            "held",
            "holds",
        ),
        // A directory that counts more hides a file of the same name.
        (format!("{KMOD}{MODULE}lib/modprobe.d/m.conf: install m /bin/false"), "held", "holds"),
        (
            format!(
                "{KMOD}{MODULE}lib/modprobe.d/m.conf: install m /bin/false
                 etc/modprobe.d/m.conf -> /dev/null"
            ),
            "leaks",
            "LEAKS",
        ),
        // blacklist stops no list of initramfs-tools, which asks by name.
        (format!("{KMOD}{MODULE}etc/modprobe.d/m.conf: blacklist m"), "leaks", "LEAKS"),
        (format!("{MODULE}{BLOCK}bin/busybox"), "passes", "LEAKS"),
        (format!("{MODULE}{BLOCK}sbin/modprobe -> /bin/busybox"), "passes", "LEAKS"),
        (
            format!("{MODULE}{BLOCK}usr/bin/kmod\nsbin/modprobe: \u{7f}ELF BusyBox v1.35.0"),
            "passes",
            "LEAKS",
        ),
        (format!("{MODULE}{BLOCK}etc/booster.init.yaml: modules: m"), "passes", "LEAKS"),
        (format!("{MODULE}{BLOCK}"), "unknown", "unproven"),
        (format!("{MODULE}{BLOCK}sbin/modprobe -> /opt/loader"), "unknown", "unproven"),
        (MODULE.to_owned(), "leaks", "LEAKS"),
    ];
    let world = TextInventory::new("module x");
    for (lines, expected, verdict_expected) in table {
        let proof = proof(&world, &[image(&lines)]);
        let word = match &proof.images[0].1 {
            ImageState::Absent => "absent",
            ImageState::CannotTell(_) => "cannot tell",
            ImageState::Held(_) => "held",
            ImageState::Leaks(_) => "leaks",
            ImageState::Passes(_) => "passes",
            ImageState::Unknown(_) => "unknown",
        };
        assert_eq!((word, verdict(&proof)), (expected, verdict_expected), "{lines}");
    }
}

#[test]
fn what_is_in_an_image_is_read() {
    let image = image(
        "lib/modules/6.1/kernel/a/m.ko.zst
         lib/modules/6.1/kernel/b/d.ko
         lib/modules/6.1/modules.dep: kernel/a/m.ko.zst: kernel/b/d.ko
         lib/modules/6.1/modules.dep: kernel/gone.ko:
         lib/modules/6.1/modules.alias: alias fs-m m
         lib/modules/6.1/modules.symbols: alias symbol:m_do m
         conf/modules: # a comment
         conf/modules: m debug=1
         etc/modules: old
         etc/modules-load.d/modules.conf -> ../modules
         usr/lib/modules-load.d/x.conf: x
         sbin/modprobe -> /usr/bin/kmod",
    );
    let contents = image.contents.unwrap();
    assert_eq!(contents.release.as_deref(), Some(&b"6.1"[..]));
    assert_eq!(contents.engine, Some(Engine::Kmod(b"/sbin/modprobe".to_vec())));
    let files: Vec<_> = contents
        .module_files()
        .unwrap()
        .into_iter()
        .map(|(name, file)| {
            format!("{name} {} {}", file.path.escape_ascii(), file.dependencies.len())
        })
        .collect();
    let expected =
        ["`d` lib/modules/6.1/kernel/b/d.ko 0", "`m` lib/modules/6.1/kernel/a/m.ko.zst 1"];
    assert_eq!(files, expected.map(|line| line.replace('`', "")));
    let m = || ModuleName::new("m");
    assert_eq!(contents.aliases().unwrap(), [(b"fs_m".to_vec(), m())]);
    assert_eq!(contents.symbols().unwrap(), [(b"symbol:m_do".to_vec(), m())]);
    let lines: Vec<_> = contents
        .boot_lines()
        .into_iter()
        .map(|line| {
            let file = line.file.unwrap_or_default();
            format!("{} {}:{}", line.name.escape_ascii(), file.escape_ascii(), line.line)
        })
        .collect();
    let expected = [
        "m /boot/i:/conf/modules:2",
        "old /boot/i:/etc/modules:1",
        "old /boot/i:/etc/modules-load.d/modules.conf:1",
        "x /boot/i:/usr/lib/modules-load.d/x.conf:1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_cannot_be_read_is_not_proven() {
    let world = TextInventory::new(&format!("module m\n{BLOCK}"));
    let fault = ImageFault::Errno(Errno(13));
    let unreadable = Image { path: b"/boot/i".to_vec(), contents: Err(fault) };
    let verification = proof(&world, &[unreadable.clone()]);
    assert_eq!(verification.images, [(b"/boot/i".to_vec(), ImageState::CannotTell(fault))]);
    assert_eq!(verdict(&verification), "unproven");
    let listed = TextInventory::new("module m\ncmdline module_blacklist=m");
    assert_eq!(verdict(&proof(&listed, &[unreadable])), "holds");
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
