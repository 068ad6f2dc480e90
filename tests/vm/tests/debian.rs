//! A whole Debian with kmod and libkmod2 swapped for ours, and back: everything in it that
//! loads modules goes on working, with the same modules loaded as before. The system with ours
//! has indexes that our depmod made from nothing, and boots from an initramfs whose indexes are
//! ours too: kmod was not there when it was made.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use anyhow::Result;
use kmodctl_vm_tests::debian::{self, Report};
use xtask::debian::machine::Machine;
use xtask::debian::root::{Image, Root};
use xtask::debian::{BOOKWORM, Release, TRIXIE};
use xtask::{binary, cache, libkmod, progress};

const LIVE: &str = include_str!("../src/debian/live.sh");
const DKMS: &str = include_str!("../src/debian/dkms.sh");

/// Where our library is once it is installed.
const LIBRARY: &str = "usr/lib/x86_64-linux-gnu/kmodctl/libkmod.so.2.5.1";
const IN: &str = "apt-get -q -y install /root/packages/*.deb";
const OUT: &str = "apt-get -q -y install kmod libkmod2";

/// The indexes that depmod writes.
const INDEXES: &str = "alias alias.bin builtin.alias.bin builtin.bin dep dep.bin devname softdep \
                       symbols symbols.bin";

#[test]
fn bookworm() {
    check(BOOKWORM);
}

#[test]
fn trixie() {
    check(TRIXIE);
}

fn check(release: Release) {
    let lab = Lab::new(release).unwrap_or_else(|error| panic!("{error:#}"));
    lab.everything().unwrap_or_else(|error| panic!("{error:#}"));
}

/// A system of a release, changed step by step.
struct Lab {
    release: Release,
    root: Root,
    began: Instant,
}

impl Lab {
    fn new(release: Release) -> Result<Lab> {
        let began = Instant::now();
        let root = Root::copy(release, "lab")?;
        debian::prepare(&root, release)?;
        Ok(Lab { release, root, began })
    }

    fn everything(&self) -> Result<()> {
        let initrd = format!("initrd.img-{}", self.root.kernel);
        self.step("the system as it is, and a swap while it runs");
        let disk = self.root.pack()?;
        let stock = self.boot(&disk, &initrd, "stock", LIVE)?;
        well(&stock, "kmod");
        self.swapped_while_running(&stock);
        let turns = stock.turns("settle with ours")?;
        Self::settled(&format!("{}: in the same guest, with ours", self.release.name), &turns);
        drop(disk);

        self.step("the swap, with new indexes and new initramfs images");
        self.the_watcher_sees()?;
        self.swap_in()?;
        self.remade()?;
        self.step("the system with ours");
        let disk = self.root.pack()?;
        let ours = self.boot(&disk, &initrd, "ours", "")?;
        self.with_ours(&stock, &ours);
        self.step("the system with ours and dracut's initramfs");
        let dracut = self.boot(&disk, "dracut.img", "dracut", "")?;
        well(&dracut, "kmodctl-kmod");
        self.mapped(&dracut, LIBRARY);
        drop(disk);

        self.step("dkms, and back to kmod");
        self.dkms(&initrd)?;
        self.swap_out()?;
        let disk = self.root.pack()?;
        let back = self.boot(&disk, &initrd, "back", "")?;
        self.with_theirs_again(&stock, &back);
        self.step("done");
        Ok(())
    }

    fn step(&self, what: &str) {
        let seconds = self.began.elapsed().as_secs();
        progress::line(&format!("{} {seconds:4} s: {what}", self.release.name));
    }

    fn boot(&self, disk: &Image, initramfs: &str, name: &str, more: &str) -> Result<Report> {
        let name = format!("{}-{name}", self.release.name);
        let mut machine = Machine::new(&self.root, initramfs, &name)?;
        machine.append("systemd.wants=systemd-udev-settle.service");
        let text = machine.run(disk, &debian::report(more))?;
        let kept = cache::workspace().join("target/debian");
        fs::create_dir_all(&kept)?;
        fs::write(kept.join(format!("{name}.txt")), &text)?;
        let report = Report::new(&text);
        let seconds = format!("at boot in {:.2} s", report.settled()?);
        Self::settled(
            &format!("{name}: udev settled {seconds}, again in"),
            &report.turns("settle")?,
        );
        Ok(report)
    }

    fn settled(what: &str, turns: &[f64]) {
        let turns: Vec<String> = turns.iter().map(|time| format!("{time:.2} s")).collect();
        progress::line(&format!("{what} {}", turns.join(", ")));
    }

    /// Both ways while it ran: the library was there at every moment, and ours in between.
    fn swapped_while_running(&self, report: &Report) {
        self.always_there(report.part("watched"));
        let swapped_in = report.part("swapped in");
        let ours: Vec<&str> = swapped_in.lines().collect();
        assert_eq!(ours.last(), Some(&format!("udev /{LIBRARY}").as_str()), "{swapped_in}");
        assert!(swapped_in.contains("\nours 1\n"), "{swapped_in}");
        assert!(report.part("swapped out").contains("\nours 0\n"));
        let packages: Vec<&str> =
            report.part("swapped out").lines().filter(|line| line.contains(" ii")).collect();
        assert_eq!(packages, ["kmod ii ", "kmodctl ii ", "kmodctl-library ii ", "libkmod2 ii "]);
        assert_eq!(report.part("failed after it"), "");
    }

    /// What the watcher saw: it looked, never in vain, and found theirs and ours.
    fn always_there(&self, watched: &str) {
        let number = |name: &str| -> u32 {
            let line = watched.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.trim().parse().ok())
                .unwrap_or_else(|| panic!("{watched}"))
        };
        assert!(number("tried ") > 100, "{watched}");
        assert_eq!(number("failed "), 0, "{watched}");
        progress::line(&format!("{}: watched: {}", self.release.name, watched.replace('\n', ", ")));
    }

    /// The watcher notices when the library is away for a tenth of a second.
    fn the_watcher_sees(&self) -> Result<()> {
        let script = "cd /usr/lib/x86_64-linux-gnu; /root/watch > /root/watched & watch=$!
            sleep 0.3; mv libkmod.so.2 away; sleep 0.1; mv away libkmod.so.2; sleep 0.3
            kill $watch; ! wait $watch && cat /root/watched";
        let watched = self.root.run(script)?;
        assert!(!watched.contains("failed 0\n") && watched.contains("failed "), "{watched}");
        Ok(())
    }

    fn swap_in(&self) -> Result<()> {
        self.always_there(&self.root.run(&watching(IN))?);
        self.root.run("apt-get -q check")?;
        let state = self.root.run("dpkg-query -W -f '${db:Status-Abbrev}' kmod")?;
        assert!(!state.starts_with('i'), "kmod is {state}");
        Ok(())
    }

    fn swap_out(&self) -> Result<()> {
        self.always_there(&self.root.run(&watching(OUT))?);
        self.root.run("apt-get -q check")?;
        let state = self.root.run("dpkg-query -W -f '${db:Status-Abbrev}' kmodctl-kmod")?;
        assert!(!state.starts_with('i'), "kmodctl-kmod is {state}");
        // What is left of ours goes without taking anything of theirs.
        self.root.run("apt-get -q -y purge '*kmodctl*'; apt-get -q check; dpkg --verify kmod")?;
        self.root.run("test -x /sbin/modprobe; test -e /usr/lib/x86_64-linux-gnu/libkmod.so.2")?;
        Ok(())
    }

    /// Every index anew by our depmod, and both kinds of initramfs with our tools inside.
    fn remade(&self) -> Result<()> {
        let kernel = &self.root.kernel;
        // The packages' triggers have made this one already.
        self.has_ours(&format!("initrd.img-{kernel}"))?;
        let script = format!(
            "cd /lib/modules/{kernel}; for index in {INDEXES}; do rm modules.$index; done
             depmod {kernel}; for index in {INDEXES}; do test -e modules.$index; done
             update-initramfs -u -k {kernel}
             dracut --quiet --force --no-hostonly --kver {kernel} /boot/dracut.img"
        );
        self.root.run(&script)?;
        self.has_ours(&format!("initrd.img-{kernel}"))?;
        self.has_ours("dracut.img")
    }

    /// The initramfs has our binary and our library, and nobody else's.
    fn has_ours(&self, initramfs: &str) -> Result<()> {
        let files = debian::initramfs(&self.root, initramfs)?;
        let named = |name: &str| -> BTreeSet<String> {
            let named = files.iter().filter(|(path, sum)| path.contains(name) && !sum.is_empty());
            named.map(|(_, sum)| sum.clone()).collect()
        };
        let kmod = debian::sums(&self.root, &binary::directory().join("kmod"))?;
        let library = debian::sums(&self.root, &libkmod::directory().join(libkmod::FILE))?;
        for (name, sums) in [("/bin/kmod", kmod), ("libkmod.so", library)] {
            let found = named(name);
            assert!(found.len() == 1 && found.is_subset(&sums), "{initramfs}: {files:?}, {sums:?}");
        }
        let modprobe =
            |(path, sum): &(String, String)| sum.is_empty() && path.ends_with("bin/kmod");
        assert!(files.iter().any(modprobe), "{files:?}");
        Ok(())
    }

    fn with_ours(&self, stock: &Report, ours: &Report) {
        well(ours, "kmodctl-kmod");
        assert_eq!(stock.part("loaded"), ours.part("loaded"));
        assert_eq!(stock.part("lspci"), ours.part("lspci"));
        self.mapped(ours, LIBRARY);
    }

    /// PID 1 and udev have loaded the file that is the system's libkmod.
    fn mapped(&self, report: &Report, library: &str) {
        let mut lines = report.part("library").lines();
        let inode = lines.next().unwrap_or_default();
        let expected = ["systemd", "udev"].map(|who| format!("{who} {inode} /{library}"));
        let found: BTreeSet<String> = lines.map(str::to_owned).collect();
        assert_eq!(found, BTreeSet::from(expected));
    }

    fn dkms(&self, initrd: &str) -> Result<()> {
        let said = self.root.run(&format!("set -- {}\n{DKMS}", self.root.kernel))?;
        let installed = format!("probe/1.0, {}, x86_64: installed", self.root.kernel);
        assert!(said.contains(&installed), "{said}");
        let files = debian::initramfs(&self.root, initrd)?;
        assert!(files.iter().any(|(path, _)| path.contains("/updates/dkms/probe_module.ko")));
        Ok(())
    }

    /// Kmod is back, and so is everything; the module of dkms is loaded besides.
    fn with_theirs_again(&self, stock: &Report, back: &Report) {
        well(back, "kmod");
        let loaded = |report: &Report| -> BTreeSet<String> {
            report.part("loaded").lines().map(str::to_owned).collect()
        };
        let mut expected = loaded(stock);
        expected.insert("probe_module".to_owned());
        assert_eq!(loaded(back), expected);
        assert_eq!(stock.part("lspci"), back.part("lspci"));
    }
}

/// A script that runs `command` while the library is watched, and prints what was seen.
fn watching(command: &str) -> String {
    format!(
        "/root/watch > /root/watched & watch=$!\n{command} >&2\nkill $watch\nwait $watch\n\
         cat /root/watched"
    )
}

/// The system is up, nothing has failed, and its hardware was found by udev.
fn well(report: &Report, package: &str) {
    assert_eq!(report.part("failed"), "");
    assert_eq!(report.part("multi-user"), "active\n");
    assert_eq!(report.part("kmod"), format!("{package}\n"));
    for module in ["e1000e", "snd_hda_intel", "xhci_pci"] {
        assert_eq!(report.loaders(module), BTreeSet::from(["(udev-worker)"]), "{module}");
    }
    assert_eq!(report.loaders("dummy"), BTreeSet::from(["systemd-modules"]));
    assert_eq!(report.part("modules-load"), "Result=success\nActiveState=active\n");
    assert_eq!(report.part("modprobe@"), "Result=success\n/sys/module/loop\n");
    assert_eq!(report.loaders("loop"), BTreeSet::from(["modprobe"]));
}
