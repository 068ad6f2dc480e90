//! A Debian system running in QEMU without hardware help: its disk, hardware for udev to find
//! drivers for, and a script that runs when it is up.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::debian::root::{Image, Root};
use crate::{cache, shell};

/// Seconds after which a machine is stopped.
const LIMIT: &str = "1200";

/// Every module that is loaded is told in the kernel's trace, with who loaded it.
const APPEND: &str = "root=/dev/vda rw console=ttyS0 panic=-1 quiet trace_event=module:module_load";

/// The last line of a script that ran to its end.
const END: &str = "== end\n";

/// Hardware that no driver is built in for.
const HARDWARE: [&str; 8] = [
    "-nic",
    "user,model=e1000e",
    "-device",
    "qemu-xhci",
    "-device",
    "intel-hda",
    "-device",
    "hda-output,audiodev=none",
];

/// A machine to be started.
#[derive(Debug)]
pub struct Machine {
    kernel: PathBuf,
    initramfs: PathBuf,
    append: String,
    directory: PathBuf,
}

impl Machine {
    /// A machine with the kernel of a system and that system's file `initramfs` of /boot.
    /// `name` tells machines apart that are there at the same time.
    pub fn new(root: &Root, initramfs: &str, name: &str) -> Result<Machine> {
        let directory =
            cache::directory()?.join(format!("guests/machine-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let boot = root.directory.join("boot");
        let kernel = directory.join("vmlinuz");
        copy(&boot.join(format!("vmlinuz-{}", root.kernel)), &kernel)?;
        let copied = directory.join("initramfs");
        copy(&boot.join(initramfs), &copied)?;
        Ok(Machine { kernel, initramfs: copied, append: APPEND.to_owned(), directory })
    }

    /// Adds words to the kernel's command line.
    pub fn append(&mut self, words: &str) {
        self.append += &format!(" {words}");
    }

    /// Boots from the disk, which is left as it is, and returns what the script wrote.
    pub fn run(&self, disk: &Image, script: &str) -> Result<String> {
        let said = self.directory.join("said");
        let file = self.directory.join("script");
        fs::write(&file, script)?;
        let console = shell::output(&mut self.command(disk, &file, &said))?;
        let text = fs::read(&said).with_context(|| said.display().to_string())?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let ended = text.strip_suffix(END).map(str::to_owned);
        ended.with_context(|| format!("the guest stopped early:\n{console}\n{text}"))
    }

    fn command(&self, disk: &Image, script: &Path, said: &Path) -> Command {
        let mut command = shell::command("timeout", ["--foreground", LIMIT, "qemu-system-x86_64"]);
        command.args(["-accel", "tcg", "-smp", "1", "-cpu", "qemu64", "-m", "1024", "-M", "q35"]);
        command.args(["-nodefaults", "-vga", "none", "-display", "none", "-no-reboot"]);
        command.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(&self.initramfs);
        command.args(["-append", &self.append, "-audiodev", "none,id=none"]).args(HARDWARE);
        let disk = format!("if=virtio,format=raw,snapshot=on,file={}", disk.0.display());
        command.args(["-drive", &disk, "-serial", "stdio"]);
        command.arg("-serial").arg(format!("file:{}", said.display()));
        command.arg("-fw_cfg").arg(format!("name=opt/probe,file={}", script.display()));
        command
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Copies a file that only root may read.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut command = shell::as_root("install", ["-m", "644"]);
    shell::quietly(command.arg(from).arg(to))
}
