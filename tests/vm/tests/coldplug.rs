//! The same hardware and the whole module tree of Debian's kernel, once with udev and once with
//! kmodctl-autoload: the same modules are loaded in the end.

use std::collections::BTreeSet;

use anyhow::Result;
use kmodctl_vm_tests::devices::{Running, add_autoload};
use xtask::guest::{Guest, Tools};
use xtask::kernels::{self, Kernel};
use xtask::udev;

/// Network, sound, USB with a disk and a keyboard, watchdog, random numbers, SCSI with a CD-ROM
/// drive, SATA, NVMe, an SD card, a balloon, a serial port of virtio's, a panic device.
const HARDWARE: &[&str] = &[
    "-machine",
    "q35",
    "-device",
    "e1000e,netdev=net,romfile=",
    "-device",
    "intel-hda",
    "-device",
    "hda-duplex,audiodev=sound",
    "-audiodev",
    "none,id=sound",
    "-device",
    "qemu-xhci,id=usb",
    "-drive",
    "if=none,id=stick,format=raw,file.driver=null-co,file.size=16777216,file.read-zeroes=on",
    "-device",
    "usb-storage,bus=usb.0,drive=stick",
    "-device",
    "usb-kbd,bus=usb.0",
    "-device",
    "i6300esb",
    "-device",
    "virtio-rng-pci",
    "-device",
    "virtio-scsi-pci,id=scsi",
    "-device",
    "scsi-cd,bus=scsi.0",
    "-device",
    "ide-cd,bus=ide.0",
    "-drive",
    "if=none,id=flash,format=raw,file.driver=null-co,file.size=16777216,file.read-zeroes=on",
    "-device",
    "nvme,serial=1,drive=flash",
    "-device",
    "sdhci-pci,id=sd",
    "-drive",
    "if=none,id=card,format=raw,file.driver=null-co,file.size=16777216,file.read-zeroes=on",
    "-device",
    "sd-card,drive=card",
    "-device",
    "virtio-balloon-pci",
    "-device",
    "virtio-serial-pci",
    "-device",
    "pvpanic-pci",
];

/// What keeps two modules out that the hardware asks for, each in its way.
const CONFIGURATION: &[u8] = b"blacklist pcspkr\ninstall iTCO_wdt /bin/false\n";

/// Waits until no module has come for five seconds, then lists them.
const LIST: &str = "\
before=
while loaded=$(cut -d ' ' -f 1 /proc/modules); test \"$loaded\" != \"$before\"; do
    before=$loaded
    sleep 5
done
echo '-- loaded --'
cut -d ' ' -f 1 /proc/modules | sort
echo '-- end --'
";

const UDEV: &str = "\
mkdir -p /run/udev
/lib/systemd/systemd-udevd --daemon
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle
";

const AUTOLOAD: &str = "\
kmodctl-autoload --coldplug --settle 10000 > /tmp/log
echo \"exit $?\"
grep -v -e already-loaded -e no-module -e built-in /tmp/log
";

fn guest(kernel: &Kernel, tools: Tools) -> Result<Guest> {
    let mut guest = Guest::new(kernel, tools)?;
    guest.hardware(HARDWARE);
    guest.add_tree(kernel, 2048)?;
    udev::add_configuration(&mut guest.image)?;
    guest.image.file("etc/modprobe.d/test.conf", CONFIGURATION);
    Ok(guest)
}

/// What a guest printed before its list of modules, and the list.
fn loaded(guest: Guest, name: &str, script: &str) -> Result<(Vec<String>, BTreeSet<String>)> {
    let mut running = Running::start(guest, name, &format!("{script}{LIST}"))?;
    let said = running.until("-- loaded --")?;
    let modules = running.until("-- end --")?.into_iter().collect();
    running.end()?;
    Ok((said, modules))
}

fn by_udev(kernel: &Kernel) -> Result<(Vec<String>, BTreeSet<String>)> {
    let mut guest = guest(kernel, Tools::Theirs)?;
    udev::add(&mut guest.image)?;
    loaded(guest, "udev", UDEV)
}

fn by_autoload(kernel: &Kernel) -> Result<(Vec<String>, BTreeSet<String>)> {
    let mut guest = guest(kernel, Tools::Ours)?;
    add_autoload(&mut guest)?;
    loaded(guest, "autoload", AUTOLOAD)
}

#[test]
fn the_same_modules_as_by_udev() -> Result<()> {
    let kernel = kernels::fetch(kernels::V6_1)?;
    let (udev, autoload) = std::thread::scope(|scope| {
        let udev = scope.spawn(|| by_udev(&kernel));
        (udev.join(), by_autoload(&kernel))
    });
    let (said_by_udev, expected) =
        udev.map_err(|_| anyhow::anyhow!("the udev guest panicked"))??;
    let (said, found) = autoload?;
    let said = said.join("\n");
    println!("udev: {}\n{} modules: {expected:?}\n{said}", said_by_udev.join("\n"), expected.len());
    assert!(said.starts_with("exit 0\n"), "{said}");
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>()
    };
    let (missing, surplus) = (only(&expected, &found), only(&found, &expected));
    assert!(missing.is_empty() && surplus.is_empty(), "-{missing:?} +{surplus:?}\n{said}");
    for module in ["pcspkr", "iTCO_wdt"] {
        assert!(!found.contains(module), "{module} is loaded: {found:?}");
    }
    // What the hardware is there for: else two empty sets would be the same.
    for module in [
        "ahci",
        "e1000e",
        "i6300esb",
        "mmc_block",
        "nvme",
        "pvpanic_pci",
        "sd_mod",
        "sdhci_pci",
        "sg",
        "snd_hda_codec_generic",
        "snd_hda_intel",
        "sr_mod",
        "usb_storage",
        "usbhid",
        "virtio_balloon",
        "virtio_console",
        "virtio_rng",
        "virtio_scsi",
        "xhci_pci",
    ] {
        assert!(found.contains(module), "{module} is not loaded: {found:?}");
    }
    Ok(())
}
