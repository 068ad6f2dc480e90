//! What `kmodctl __complete` offers on a host of text, where no shell stands in between.
#![allow(clippy::panic, clippy::unwrap_used)]

mod host;

use std::process::Command;

use host::Host;

const HOST: &str = "
kernel 6.1.0
module e1000e ptp
| parm=copybreak:Maximum size
| parmtype=copybreak:uint
| parm=debug:Level\tof it
| parmtype=debug:int
module ptp
module usb-storage
module nfsd
module e1$(id)
module e1;id
builtin e1serio
kernel 6.2.0
loaded ptp uses=0
parameter e1serio rate 9600
device pci0000:00/0000:00:1f.6 pci:v00008086d000010D3
device pci0000:00/0000:00:$(id) pci:v00001234d00001111
file etc/modprobe.d/other.conf
| options other debug=1
file etc/modules-load.d/other.conf
| other
";

/// What has been done there before.
const DONE: [&str; 4] =
    ["block nfsd", "boot add ptp", "param keep e1000e.copybreak=128", "param keep e1000e.debug=1"];

/// Words on a line, the last one in the making, and what is offered for it.
const TABLE: [(&str, &str); 23] = [
    ("unblock ", "nfsd"),
    ("unblock nfsd ", ""),
    ("boot remove ", "ptp"),
    ("param forget ", "e1000e e1000e.copybreak e1000e.debug"),
    ("param forget e1000e.c", "e1000e.copybreak"),
    ("unload ", "ptp"),
    ("info -k 6.1.0 e1", "e1000e e1serio"),
    ("load -k 6.1.0 e1", "e1000e"),
    ("load -k 6.1.0 e1000e c", "copybreak="),
    ("load -k 6.1.0 e1000e debug=1 ", "copybreak= nfsd ptp usb_storage"),
    ("why -k 6.1.0 0000:", "0000:00:1f.6"),
    ("param get -k 6.1.0 e1000e.", "e1000e.copybreak e1000e.debug"),
    ("param set -k 6.1.0 e1000e.d", "e1000e.debug="),
    ("param set -k 6.1.0 e1000e.debug=", ""),
    ("param list -k 6.1.0 usb-s", "usb-storage"),
    ("param list -k 6.1.0 ptp ", ""),
    ("-k ", "6.1.0 6.2.0"),
    ("block --root", ""),
    ("block --ker", "--kernel"),
    ("block -k6.1", "-k6.1.0"),
    ("block -nk6.2", "-nk6.2.0"),
    ("block --only ", ":files"),
    (
        "--nothing ",
        "status list info load unload block unblock verify-block param boot why why-not \
      devices graph help",
    ),
];

#[test]
fn lines_are_completed_with_what_the_host_has() {
    let host = Host::new(HOST);
    for line in DONE {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
        command.args(["-k", "6.1.0", "--root"]).arg(host.root()).args(line.split(' '));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for (line, expected) in TABLE {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
        command.args(["__complete", "--", "--root"]).arg(host.root()).args(line.split(' '));
        let output = command.output().unwrap();
        assert_eq!(output.stderr, b"", "{line}");
        let text = String::from_utf8(output.stdout).unwrap();
        let parts: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        // A word and what it is; a tab in that would be a third.
        let is_whole = |parts: &Vec<&str>| parts.len() == 2 || parts[0].starts_with(':');
        assert!(parts.iter().all(is_whole), "{line}: {text}");
        let words: Vec<&str> = parts.iter().map(|parts| parts[0]).collect();
        assert_eq!(words.join(" "), expected, "{line}");
    }
}
