//! The machine on which completions are tried: a directory to change the root to, with two
//! unmodified kernels, a tree of names that nobody should have, loaded modules, and a home with
//! module files. `tests/completions/machine.sh` mounts the rest.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::kernels::{self, Kernel};
use crate::{binary, cache, shell};

/// Module files of these names must not reach a command line.
const ODD_NAMES: &str = "\
kernel/good-name.ko: kernel/good_base.ko.xz
kernel/good_base.ko.xz:
kernel/good$(touch pwned).ko:
kernel/good`touch pwned`.ko:
kernel/good;touch pwned.ko:
kernel/good name.ko:
kernel/good\u{1b}[31m.ko:
kernel/good'.ko:
/elsewhere/good.dotted.ko.zst:
";

const LOADED: &str = "\
e1000e 315392 0 - Live 0x0000000000000000
usb_storage 81920 0 - Live 0x0000000000000000
usbcore 344064 2 usb_storage,xhci_hcd, Live 0x0000000000000000
";

/// A machine, made anew.
pub(super) struct Machine {
    root: PathBuf,
}

impl Machine {
    /// Makes it in `target/completions` of the workspace.
    pub(super) fn make() -> Result<Machine> {
        let root = cache::workspace().join("target/completions");
        if root.exists() {
            fs::remove_dir_all(&root).context("cannot remove the last machine")?;
        }
        for (directory, text) in [
            ("lib/modules/1.2-odd/modules.dep", ODD_NAMES),
            ("lib/modules/1.2-odd/modules.builtin", "kernel/good-builtin.ko\n"),
            ("lib/modules/6.1$(touch pwned)/modules.dep", ""),
            ("proc/modules", LOADED),
            ("stubs/uname", "#!/bin/sh\n# Of the machine that is played.\necho 6.1-debian\n"),
            ("home/user/drivers/read.me", ""),
            ("home/user/drivers/packed.ko.zst", ""),
            ("home/user/drivers/sub/deep.ko", ""),
            ("home/user/local/card.conf", "alias my-card e1000e\nalias my-*-card e1000e\n"),
        ] {
            let file = root.join(directory);
            fs::create_dir_all(file.parent().unwrap_or(&root))?;
            fs::write(file, text)?;
        }
        fs::set_permissions(root.join("stubs/uname"), fs::Permissions::from_mode(0o755))?;
        let machine = Machine { root };
        machine.link_programs()?;
        machine.place_kernels()?;
        Ok(machine)
    }

    /// Runs a command there, with `lines` as its input; returns what it printed.
    pub(super) fn run(&self, words: &[&str], lines: &Path) -> Result<String> {
        let root_now = shell::output(&mut shell::command("id", ["-u"]))?.trim() == "0";
        let user: &[&str] = if root_now { &[] } else { &["--user", "--map-root-user"] };
        let workspace = cache::workspace();
        let mut command = Command::new("timeout");
        command.args(["120", "unshare", "--mount"]).args(user).arg("sh");
        command.arg(workspace.join("tests/completions/machine.sh")).arg(&self.root);
        command.arg(cache::directory()?.join("kernels")).arg(binary::directory());
        command.arg(workspace).args(words).stdin(fs::File::open(lines)?);
        let output = command.output().context("cannot run timeout")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{} failed:\n{said}", shell::shown(&command));
        ensure!(said.is_empty(), "{} said:\n{said}", shell::shown(&command));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether something that was a mere name has been run.
    pub(super) fn was_attacked(&self) -> Result<bool> {
        let find = ["-xdev", "(", "-name", "pwned", "-o", "-name", "obeyed", ")"];
        let mut command = Command::new("find");
        Ok(!shell::output(command.arg(&self.root).args(find))?.is_empty())
    }

    /// `/lib` holds the modules, so it is not this machine's; all else in it leads there.
    fn link_programs(&self) -> Result<()> {
        for name in ["bin", "sbin", "lib64"] {
            symlink(format!("usr/{name}"), self.root.join(name))?;
        }
        for entry in fs::read_dir("/usr/lib")? {
            let name = entry?.file_name();
            if name != "modules" {
                let target = Path::new("/usr/lib").join(&name);
                symlink(target, self.root.join("lib").join(name))?;
            }
        }
        symlink("/machine/self", self.root.join("proc/self"))?;
        Ok(())
    }

    fn place_kernels(&self) -> Result<()> {
        for (series, release) in [(kernels::V6_1, "6.1-debian"), (kernels::V6_12, "6.12-debian")] {
            let kernel = kernels::fetch(series)?;
            let tree = format!("/kernels/{}/lib/modules/{}", series.name, kernel.release);
            symlink(tree, self.root.join("lib/modules").join(release))?;
        }
        self.place_driver(&kernels::fetch(kernels::V6_1)?)
    }

    /// A driver of which a parameter was given another name of the same length: a command.
    fn place_driver(&self, kernel: &Kernel) -> Result<()> {
        let file = kernel.modules().join("kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko");
        let mut bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let (from, to) = (b"\0parm=TxAbsIntDelay:", b"\0parm=$(id >obeyed):");
        let at = bytes.windows(from.len()).position(|window| window == from);
        let at = at.context("the driver has no parameter TxAbsIntDelay")?;
        bytes[at..at + to.len()].copy_from_slice(to);
        Ok(fs::write(self.root.join("home/user/drivers/driver.ko"), bytes)?)
    }
}
