//! Where an administrator writes down an item for the kernel command line: it depends on what boots
//! the machine. Nothing is edited; the answer names the file, the place in it, and what to run then.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What is found of the ways to boot a host; paths are those of the host itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootFiles {
    /// What `/etc/default/grub` holds.
    pub grub: Option<Vec<u8>>,
    /// The program that makes GRUB's own file anew: its name and its arguments.
    pub grub_update: Option<&'static str>,
    /// `grubby` is there.
    pub has_grubby: bool,
    /// What `/etc/kernel/cmdline` holds, from which kernel-install makes entries.
    pub kernel_install: Option<Vec<u8>>,
    /// The entries of systemd-boot's directories.
    pub entries: Vec<String>,
    /// The `cmdline.txt` of a Raspberry Pi.
    pub cmdline_txt: Option<String>,
}

/// One way to put an item on the kernel command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// What reads it: `GRUB`, `kernel-install`, `systemd-boot`, `Raspberry Pi firmware`.
    pub name: &'static str,
    /// The file to edit; `None` where a command edits it.
    pub file: Option<String>,
    /// Where in the file.
    pub place: &'static str,
    /// What has to be run then.
    pub command: Option<String>,
}

impl Home {
    /// What to do, in one line.
    pub fn words(&self, item: &str) -> String {
        let then = self.command.as_ref().map(|command| format!(", then run `{command}`"));
        match &self.file {
            Some(file) => {
                format!(
                    "add `{item}` to {} {file}{} ({})",
                    self.place,
                    then.unwrap_or_default(),
                    self.name
                )
            }
            None => {
                format!("run `{}` ({})", self.command.as_deref().unwrap_or_default(), self.name)
            }
        }
    }
}

/// The ways of a host, the likeliest first; none when nothing of them is known.
pub fn homes(files: &BootFiles, item: &str, release: &str) -> Vec<Home> {
    let mut homes = Vec::new();
    if let Some(text) = &files.grub {
        homes.push(grub(files, text, item));
    }
    if files.kernel_install.is_some() {
        homes.push(Home {
            name: "kernel-install",
            file: Some("/etc/kernel/cmdline".to_string()),
            place: "the line of",
            command: Some(format!("kernel-install add {release} /boot/vmlinuz-{release}")),
        });
    } else if !files.entries.is_empty() {
        homes.push(Home {
            name: "systemd-boot",
            file: Some(files.entries.join(" and ")),
            place: "the options line of",
            command: None,
        });
    }
    homes.extend(files.cmdline_txt.as_ref().map(|file| Home {
        name: "Raspberry Pi firmware",
        file: Some(file.clone()),
        place: "the one line of",
        command: None,
    }));
    homes
}

fn grub(files: &BootFiles, text: &[u8], item: &str) -> Home {
    let keeps_entries = text.split(|&byte| byte == b'\n').any(|line| {
        let value = line.trim_ascii().strip_prefix(b"GRUB_ENABLE_BLSCFG=");
        value.is_some_and(|value| {
            value.trim_ascii_start().starts_with(b"true") || value.starts_with(b"\"true\"")
        })
    });
    if keeps_entries && files.has_grubby {
        return Home {
            name: "GRUB with its entries kept by grubby",
            file: None,
            place: "",
            command: Some(format!("grubby --update-kernel=ALL --args='{item}'")),
        };
    }
    Home {
        name: "GRUB",
        file: Some("/etc/default/grub".to_string()),
        place: "GRUB_CMDLINE_LINUX in",
        command: Some(
            files.grub_update.unwrap_or("grub-mkconfig -o /boot/grub/grub.cfg").to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_boot_has_its_file_and_its_command() {
        let nothing = BootFiles::default();
        let words = |files: &BootFiles| -> Vec<String> {
            homes(files, "m.p=1", "6.1").iter().map(|home| home.words("m.p=1")).collect()
        };
        assert!(words(&nothing).is_empty());
        let grub = BootFiles {
            grub: Some(b"GRUB_CMDLINE_LINUX=\"\"\n#GRUB_ENABLE_BLSCFG=true\n".to_vec()),
            grub_update: Some("update-grub"),
            ..nothing.clone()
        };
        let expected = "add `m.p=1` to GRUB_CMDLINE_LINUX in /etc/default/grub, then run \
                        `update-grub` (GRUB)";
        assert_eq!(words(&grub), [expected]);
        let bls = BootFiles {
            grub: Some(b"GRUB_ENABLE_BLSCFG=true\n".to_vec()),
            has_grubby: true,
            ..nothing.clone()
        };
        let expected = "run `grubby --update-kernel=ALL --args='m.p=1'` (GRUB with its entries kept \
                        by grubby)";
        assert_eq!(words(&bls), [expected]);
        let entries = BootFiles {
            entries: ["/efi/loader/entries/a.conf".into(), "/efi/loader/entries/b.conf".into()]
                .into(),
            cmdline_txt: Some("/boot/firmware/cmdline.txt".into()),
            ..nothing.clone()
        };
        let expected = [
            "add `m.p=1` to the options line of /efi/loader/entries/a.conf and \
             /efi/loader/entries/b.conf (systemd-boot)",
            "add `m.p=1` to the one line of /boot/firmware/cmdline.txt (Raspberry Pi firmware)",
        ];
        assert_eq!(words(&entries), expected);
        let install = BootFiles { kernel_install: Some(Vec::new()), ..entries };
        let expected = "add `m.p=1` to the line of /etc/kernel/cmdline, then run `kernel-install \
                        add 6.1 /boot/vmlinuz-6.1` (kernel-install)";
        assert_eq!(words(&install)[0], expected);
    }
}
