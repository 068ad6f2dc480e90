//! What is there of the ways to boot a host. What follows from it is known in `decide`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use kmodctl_decide::command_line_home::BootFiles;

use crate::file::read_start;
use crate::host::{Host, names};

/// Looks for the files of GRUB, systemd-boot, kernel-install and the firmware of a Raspberry Pi.
pub fn read(host: &Host) -> BootFiles {
    const LIMIT: usize = 1 << 20;
    let text = |path: &str| read_start(&host.path(path), LIMIT).ok();
    BootFiles {
        grub: text("/etc/default/grub"),
        grub_update: grub_update(host),
        has_grubby: is_there(host, "/usr/sbin/grubby") || is_there(host, "/usr/bin/grubby"),
        kernel_install: text("/etc/kernel/cmdline"),
        entries: entries(host),
        cmdline_txt: ["/boot/firmware/cmdline.txt", "/boot/cmdline.txt"]
            .into_iter()
            .find(|path| is_there(host, path))
            .map(str::to_owned),
    }
}

fn grub_update(host: &Host) -> Option<&'static str> {
    if is_there(host, "/usr/sbin/update-grub") {
        return Some("update-grub");
    }
    is_there(host, "/boot/grub2").then_some("grub2-mkconfig -o /boot/grub2/grub.cfg")
}

/// The entries of the Boot Loader Specification, where systemd-boot looks for them.
fn entries(host: &Host) -> Vec<String> {
    let mut found = Vec::new();
    for directory in ["/efi/loader/entries", "/boot/efi/loader/entries", "/boot/loader/entries"] {
        let mut names = names(&host.path(directory));
        names.retain(|name| name.ends_with(b".conf"));
        names.sort_unstable();
        found.extend(names.iter().map(|name| format!("{directory}/{}", name.escape_ascii())));
    }
    found
}

fn is_there(host: &Host, path: &str) -> bool {
    Path::new(OsStr::from_bytes(&host.path(path))).exists()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn what_boots_a_host_is_found() {
        let tree = Tree::new();
        let host = Host::below(&tree.bytes("")).unwrap();
        assert_eq!(read(&host), BootFiles::default());
        tree.write("etc/default/grub", "GRUB_TIMEOUT=1\n");
        tree.write("etc/kernel/cmdline", "ro\n");
        tree.write("boot/loader/entries/b.conf", "");
        tree.write("boot/loader/entries/a.conf", "");
        tree.write("boot/loader/entries/entries.srel", "");
        tree.write("boot/grub2/grub.cfg", "");
        let expected = BootFiles {
            grub: Some(b"GRUB_TIMEOUT=1\n".to_vec()),
            grub_update: Some("grub2-mkconfig -o /boot/grub2/grub.cfg"),
            kernel_install: Some(b"ro\n".to_vec()),
            entries: ["a", "b"].map(|name| format!("/boot/loader/entries/{name}.conf")).into(),
            ..BootFiles::default()
        };
        assert_eq!(read(&host), expected);
        tree.write("usr/sbin/update-grub", "");
        assert_eq!(read(&host).grub_update, Some("update-grub"));
    }
}
