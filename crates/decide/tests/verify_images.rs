//! Images of the first root directory in the proof of blocks: what is in them, and what they make of
//! a module.
#![allow(clippy::unwrap_used)]

mod outcomes;
mod text_inventory;
mod text_world;

use std::collections::BTreeMap;

use kmodctl_decide::block::{ImageState, Verification, verify};
use kmodctl_decide::image::{Contents, Image, ImageFault, ImageFile};
use kmodctl_decide::inventory::Engine;
use kmodctl_decide::{Errno, Inventory};
use kmodctl_format::ModuleName;
use outcomes::verdict;
use text_inventory::TextInventory;

fn proof(world: &TextInventory, images: &[Image]) -> Verification {
    verify(&[(b"6.1".to_vec(), world)], &ModuleName::new("m"), images).unwrap()
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
    let world = TextInventory::new(
        "module m\nin /etc/modprobe.d/m.conf\nblacklist m\ninstall m /bin/false\nsoftdep m pre:",
    );
    let fault = ImageFault::Errno(Errno(13));
    let unreadable = Image { path: b"/boot/i".to_vec(), contents: Err(fault) };
    let verification = proof(&world, std::slice::from_ref(&unreadable));
    assert_eq!(verification.images, [(b"/boot/i".to_vec(), ImageState::CannotTell(fault))]);
    assert_eq!(verdict(&verification), "unproven");
    let listed = TextInventory::new("module m\ncmdline module_blacklist=m");
    assert_eq!(verdict(&proof(&listed, &[unreadable])), "holds");
}
