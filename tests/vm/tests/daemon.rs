//! kmodctl-autoload as a daemon on a real kernel: devices that are plugged in, ten thousand events
//! at once, and events that are lost for want of room.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use kmodctl_vm_tests::devices::{Running, add_autoload};
use xtask::guest::{Guest, Tools};
use xtask::{cache, kernels};

const HARDWARE: &[&str] = &[
    "-machine",
    "q35",
    "-device",
    "pcie-root-port,id=outlet,chassis=1,slot=1",
    "-device",
    "qemu-xhci,id=usb",
    "-device",
    "i6300esb",
    "-drive",
    "if=none,id=stick,format=raw,file.driver=null-co,file.size=16777216,file.read-zeroes=on",
];

const MODULES: [&str; 7] =
    ["crc32c_generic", "e1000e", "i6300esb", "sd_mod", "uas", "usb-storage", "xhci-pci"];

/// Functions for the scripts of guests.
const FUNCTIONS: &str = "\
# Starts the daemon; its lines go to /tmp/$1.log, what it counts to /tmp/$1.stats.
daemon() {
    name=$1
    shift
    kmodctl-autoload --daemon --log /tmp/$name.log --stats /tmp/$name.stats \"$@\" &
    pid=$!
    within grep -q event=start /tmp/$name.log || echo 'the daemon has not begun'
}
# Tries a command for a minute.
within() {
    tries=0
    until \"$@\" 2> /dev/null; do
        tries=$((tries + 1))
        test $tries -lt 600 || return 1
        sleep 0.1
    done
}
loaded() { test -e /sys/module/$1/initstate && grep -q live /sys/module/$1/initstate; }
seqnum() { cat /sys/kernel/uevent_seqnum; }
# Stops the daemon, lets $1 events of one device come, and lets it go on.
burst() {
    kill -STOP $pid
    number=0
    echo \"before $(seqnum)\"
    while test $number -lt $1; do
        number=$((number + 1))
        printf 'add 00000000-0000-4000-8000-%012d NUMBER=%d' $number $number > $2
    done
    echo \"after $(seqnum)\"
    kill -CONT $pid
}
# Ends the daemon and shows what it has counted.
ended() {
    kill -TERM $pid
    wait $pid
    echo \"exit $?\"
    cat /tmp/$name.stats
}
";

fn guest() -> Result<Guest> {
    let kernel = kernels::fetch(kernels::V6_1)?;
    let mut guest = Guest::new(&kernel, Tools::Ours)?;
    guest.hardware(HARDWARE);
    guest.add_modules(&kernel, &MODULES)?;
    add_autoload(&mut guest)?;
    Ok(guest)
}

/// The numbers of a line `event=statistics KEY=NUMBER …`.
fn statistics(lines: &[String]) -> Result<BTreeMap<String, u64>> {
    let line = lines.iter().find(|line| line.starts_with("event=statistics "));
    let line = line.with_context(|| format!("no statistics:\n{}", lines.join("\n")))?;
    let words = line.split(' ').skip(1);
    let pairs = words.map(|word| {
        let (key, value) = word.split_once('=').context("no `=`")?;
        Ok((key.to_owned(), value.parse()?))
    });
    pairs.collect()
}

/// The number behind a word that begins a line.
fn number(lines: &[String], word: &str) -> Result<u64> {
    let value = lines.iter().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    Ok(value.with_context(|| format!("no `{word}`:\n{}", lines.join("\n")))?.parse()?)
}

/// What a line of the log says of a key.
fn field<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

const PLUG: &str = "\
daemon plug --coldplug
within loaded xhci_pci && within loaded i6300esb && echo '-- ready --'
within loaded uas && within loaded sd_mod && echo '-- stick --'
within loaded e1000e && echo '-- network --'
ended
cat /tmp/plug.log
echo '-- end --'
";

#[test]
fn devices_that_are_plugged_in_find_their_modules() -> Result<()> {
    let mut running = Running::start(guest()?, "plug", &format!("{FUNCTIONS}{PLUG}"))?;
    running.until("-- ready --")?;
    running.monitor("device_add usb-storage,bus=usb.0,drive=stick")?;
    running.until("-- stick --")?;
    running.monitor("device_add e1000e,bus=outlet,netdev=net,romfile=")?;
    running.until("-- network --")?;
    let lines = running.until("-- end --")?;
    running.end()?;
    let told = lines.join("\n");
    println!("{told}");
    assert!(lines.contains(&"exit 0".to_owned()), "{told}");
    // Each was loaded by the daemon, for a device that came.
    for (module, source, subsystem) in [
        ("xhci_pci", "coldplug", "pci"),
        ("i6300esb", "coldplug", "pci"),
        ("uas", "uevent", "usb"),
        ("sd_mod", "uevent", "scsi"),
        ("e1000e", "uevent", "pci"),
    ] {
        let is_it = |line: &&String| {
            field(line, "outcome") == Some("loaded")
                && field(line, "module") == Some(module)
                && field(line, "source") == Some(source)
                && field(line, "subsystem") == Some(subsystem)
        };
        assert_eq!(lines.iter().filter(is_it).count(), 1, "{module}:\n{told}");
    }
    // The tree of this guest has few modules, its indexes know them all.
    let failed = lines.iter().filter(|line| field(line, "outcome") == Some("failed"));
    for line in failed {
        assert_eq!(field(line, "code"), Some("file-unreadable"), "{line}");
    }
    let counted = statistics(&lines)?;
    assert_eq!((counted["missed"], counted["overruns"]), (0, 0), "{told}");
    assert_adds_up(&counted)
}

/// The device whose events come is that of the watchdog, which has an alias.
const BURST: &str = "\
daemon room --coldplug
within loaded i6300esb
device=$(readlink -f /sys/bus/pci/drivers/i6300ESB*/0000:*)
sleep 1
burst 10000 $device/uevent
ended
echo '-- lines --'
grep source=uevent /tmp/room.log | grep module=i6300esb
echo '-- end --'
";

#[test]
fn ten_thousand_events_at_once_are_all_handled() -> Result<()> {
    let mut running = Running::start(guest()?, "burst", &format!("{FUNCTIONS}{BURST}"))?;
    let lines = running.until("-- lines --")?;
    let decisions = running.until("-- end --")?;
    running.end()?;
    let sent = number(&lines, "after")? - number(&lines, "before")?;
    let counted = statistics(&lines)?;
    println!("{sent} events: {counted:?}");
    assert_eq!(sent, 10_000);
    assert_eq!((counted["missed"], counted["overruns"], counted["lines_lost"]), (0, 0, 0));
    // One line a decision, and each of another event.
    let (first, last) = (number(&lines, "before")?, number(&lines, "after")?);
    let numbers: Result<BTreeSet<u64>> = decisions
        .iter()
        .map(|line| Ok(field(line, "seqnum").context("no number")?.parse()?))
        .collect();
    let numbers: BTreeSet<u64> =
        numbers?.into_iter().filter(|number| (first + 1..=last).contains(number)).collect();
    assert_eq!(numbers.len(), 10_000);
    assert_adds_up(&counted)
}

/// A buffer for a handful of events, and a module that went away while the daemon was stopped.
const SMALL: &str = "\
daemon small --coldplug --receive-buffer 4096
within loaded i6300esb
device=$(readlink -f /sys/bus/pci/drivers/i6300ESB*/0000:*)
sleep 1
rmmod i6300esb
kill -USR1 $pid
within grep -q event=statistics /tmp/small.log
burst 10000 $device/uevent
within grep -q 'event=coldplug source=overrun' /tmp/small.log && echo 'walked again'
within loaded i6300esb && echo 'loaded again'
ended
echo '-- lines --'
grep -e source=overrun -e event=overrun /tmp/small.log
echo '-- end --'
";

#[test]
fn events_that_are_lost_are_counted_and_sysfs_is_walked_anew() -> Result<()> {
    let mut running = Running::start(guest()?, "small", &format!("{FUNCTIONS}{SMALL}"))?;
    let lines = running.until("-- lines --")?;
    let overrun = running.until("-- end --")?;
    running.end()?;
    let sent = number(&lines, "after")? - number(&lines, "before")?;
    let counted = statistics(&lines)?;
    println!("{sent} events: {counted:?}");
    assert_eq!(sent, 10_000);
    for said in ["walked again", "loaded again", "exit 0"] {
        assert!(lines.iter().any(|line| line == said), "no `{said}`:\n{}", lines.join("\n"));
    }
    assert!(counted["overruns"] >= 1 && counted["coldplugs"] >= 2, "{counted:?}");
    assert!(counted["missed"] > 9_000 && counted["missed"] <= 10_000 + 50, "{counted:?}");
    assert!(overrun.iter().any(|line| field(line, "module") == Some("i6300esb")), "{overrun:?}");
    assert_adds_up(&counted)
}

/// The scripts of a system with neither systemd nor udev, as they are shipped.
const SCRIPTS: &str = "\
mkdir -p /run /etc/modules-load.d
printf '# at boot\\nno-such-module\\nusb-storage\\n' > /etc/modules-load.d/boot.conf
echo 'blacklist i6300esb' > /etc/modprobe.d/no-watchdog.conf
kmodctl-autoload --coldplug --settle 0 -n -q --json | grep -e xhci_pci -e i6300esb
loaded xhci_pci && echo 'a dry run has loaded it'
/etc/init.d/kmodctl-modules-load start
echo \"boot list $?\"
loaded usb_storage && echo 'boot list loaded'
/etc/init.d/kmodctl-autoload status
echo \"status before $?\"
/etc/init.d/kmodctl-autoload start
within loaded xhci_pci && echo 'coldplug loaded'
/etc/init.d/kmodctl-autoload start
/etc/init.d/kmodctl-autoload status
echo \"status $?\"
rm /etc/modprobe.d/no-watchdog.conf
/etc/init.d/kmodctl-autoload reload
within eval 'dmesg | grep -q event=reload' || echo 'no reload'
device=$(dirname $(grep -l v00008086d000025AB /sys/bus/pci/devices/*/modalias))
echo add > $device/uevent
within loaded i6300esb && echo 'after the reload loaded'
/etc/init.d/kmodctl-autoload stop
echo \"stop $?\"
/etc/init.d/kmodctl-autoload status
echo \"status after $?\"
cut -d ' ' -f 1 /run/kmodctl-autoload.stats
dmesg | grep -o 'kmodctl-autoload: event=decision outcome=[a-z-]* module=[a-z0-9_]*' | \
    grep -e i6300esb -e xhci -e usb_storage
echo '-- end --'
";

#[test]
fn init_scripts_start_and_stop_it() -> Result<()> {
    let mut guest = guest()?;
    for name in ["kmodctl-autoload", "kmodctl-modules-load"] {
        let script = cache::workspace().join("dist/sysvinit").join(name);
        guest.image.copy(&format!("etc/init.d/{name}"), &script)?;
    }
    let mut running = Running::start(guest, "scripts", &format!("{FUNCTIONS}{SCRIPTS}"))?;
    let lines = running.until("-- end --")?;
    running.end()?;
    let dry: Vec<&String> = lines.iter().filter(|line| line.starts_with('{')).collect();
    let told = lines.join("\n");
    assert!(dry[0].contains("\"outcome\":\"would-load\",\"module\":\"xhci_pci\""), "{told}");
    assert!(dry[0].contains("\"would_insert\":[\"usb_common\",\"usbcore\","), "{told}");
    assert!(dry[1].contains("\"outcome\":\"blacklisted\",\"module\":\"i6300esb\""), "{told}");
    assert!(dry[1].contains("\"by\":\"/etc/modprobe.d/no-watchdog.conf:1\""), "{told}");
    let others: Vec<_> = lines.iter().filter(|line| !line.starts_with('{')).collect();
    let expected = [
        "boot list 0",
        "boot list loaded",
        "status before 3",
        "coldplug loaded",
        "status 0",
        "after the reload loaded",
        "stop 0",
        "status after 3",
        "event=statistics",
        "kmodctl-autoload: event=decision outcome=loaded module=usb_storage",
        "kmodctl-autoload: event=decision outcome=loaded module=xhci_pci",
        "kmodctl-autoload: event=decision outcome=blacklisted module=i6300esb",
        "kmodctl-autoload: event=decision outcome=loaded module=i6300esb",
    ];
    assert_eq!(others, expected, "{told}");
    Ok(())
}

/// Every event that the kernel has numbered was handled or is known to be missed.
fn assert_adds_up(counted: &BTreeMap<String, u64>) -> Result<()> {
    let numbered = counted["last_seqnum"] + 1 - counted["first_seqnum"];
    let kinds = ["with_request", "without_request", "other_actions", "malformed"];
    let handled: u64 = kinds.iter().map(|kind| counted[*kind]).sum();
    ensure!(counted["messages"] == handled, "{counted:?}");
    ensure!(handled + counted["missed"] == numbered, "{counted:?}");
    Ok(())
}
