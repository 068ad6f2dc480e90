//! Whole Debian trees as they are installed: nothing is found in them, and each prepared fault is; and
//! blocks that images of the first root directory get by the system's own tools.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use xtask::debian::root::Root;
use xtask::debian::{BOOKWORM, Release, TRIXIE};
use xtask::{binary, cache, shell};

/// A line or a file of somebody's, and the codes of what is found then.
const FAULTS: [(&str, &str, &[&str]); 11] = [
    ("etc/modprobe.d/fault.conf", "options i8042 nokbd=1\n", &["no-effect"]),
    // A module that is built into 6.1, and no module any more in 6.12.
    ("etc/modprobe.d/fault.conf", "options unix foo=1\n", &["no-effect"]),
    ("etc/modprobe.d/fault.conf", "options dummy numdumies=3\n", &["unknown-parameter"]),
    ("etc/modprobe.d/fault.conf", "options dummy numdummies=3 # three\n", &["comment-in-line"]),
    ("etc/modprobe.d/fault.conf", "blacklist r8196\n", &["no-such-module"]),
    ("etc/modprobe.d/fault.conf", "softdep r8169 pre: realtekk\n", &["no-such-module"]),
    ("etc/modprobe.d/fault.conf", "alias my-net e1000f\n", &["no-such-module"]),
    ("etc/modprobe.d/fault.conf", "blacklsit r8169\n", &["configuration"]),
    ("etc/modprobe.d/fault", "blacklist r8169\n", &["unread-file"]),
    ("etc/modules-load.d/fault.conf", "dumy\n", &["boot-list"]),
    ("etc/modules-load.d/fault", "dummy\n", &["unread-file"]),
];

/// A line of the block, and a hook of update-initramfs.
const LINE: &str = "install natsemi /bin/false";
const HOOK: &str = "etc/initramfs-tools/hooks/refuses";

/// What looks at the configuration as a whole.
const LOOKING: [&[&str]; 5] =
    [&["status"], &["boot", "list"], &["param", "diff"], &["devices"], &["list", "--all"]];

#[test]
fn bookworm() {
    check(BOOKWORM);
}

#[test]
fn trixie() {
    check(TRIXIE);
}

fn check(release: Release) {
    Lab::new(release).and_then(|lab| lab.everything()).unwrap_or_else(|error| panic!("{error:#}"));
}

/// A system of a release, and the program that looks at it.
struct Lab {
    root: Root,
    program: PathBuf,
}

impl Lab {
    fn new(release: Release) -> Result<Lab> {
        let root = Root::copy(release, "block")?;
        let program = cache::directory()?.join("guests").join(format!(
            "kmodctl-{}-{}",
            release.name,
            std::process::id()
        ));
        fs::write(&program, binary::kmodctl()?)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        root.copy_in(&program, "usr/local/sbin/kmodctl")?;
        Ok(Lab { root, program })
    }

    fn everything(&self) -> Result<()> {
        self.nothing_is_found()?;
        self.each_fault_is_found()?;
        self.nothing_is_found()?;
        self.images_are_made_anew()?;
        self.images_are_made_anew_by_dracut()
    }

    /// update-initramfs: an image that is old, a tool that fails, and an image with the block.
    fn images_are_made_anew(&self) -> Result<()> {
        let image = format!("/boot/initrd.img-{}", self.root.kernel);
        let old = self.in_image(&image)?;
        ensure!(old.contains("natsemi.ko") && !old.contains(LINE), "{image}: {old}");
        let told = self.says("block natsemi", 0)?;
        ensure!(told.contains("still holds the old state: natsemi"), "{told}");
        let told = self.says("verify-block natsemi", 2)?;
        ensure!(told.contains("holds the module and no block of it"), "{told}");

        self.root.write(HOOK, "#!/bin/sh\necho the hook refuses >&2\nexit 1\n")?;
        self.root.run(&format!("chmod 755 /{HOOK}"))?;
        let told = self.says("block natsemi --rebuild", 1)?;
        let program = format!("update-initramfs -u -k {}` ended with status 1", self.root.kernel);
        ensure!(told.contains("the hook refuses\n") && told.contains(&program), "{told}");
        ensure!(self.in_image(&image)? == old, "the old image is not there any more");
        self.root.run(&format!("rm /{HOOK}"))?;

        let told = self.says("block natsemi --rebuild", 0)?;
        ensure!(told.contains("update-initramfs: Generating"), "{told}");
        let new = self.in_image(&image)?;
        ensure!(new.contains("natsemi.ko") && new.contains(LINE), "{image}: {new}");
        self.holds(&image)
    }

    /// dracut, which leaves modprobe.d out of an image for any host: that is told, and the cure works.
    fn images_are_made_anew_by_dracut(&self) -> Result<()> {
        let (kernel, file) = (&self.root.kernel, "/etc/modprobe.d/00-kmodctl-block.conf");
        let image = format!("/boot/initrd.img-{kernel}");
        self.root.run(&format!(
            "mv /usr/sbin/update-initramfs /usr/sbin/away; rm {file}; mkdir -p /etc/dracut.conf.d
             echo 'drivers+=\" natsemi \"' > /etc/dracut.conf.d/drivers.conf
             dracut --quiet --force {image} {kernel}"
        ))?;
        let told = self.says("block natsemi --rebuild", 1)?;
        ensure!(told.contains(&format!("{image} still holds the old state")), "{told}");
        let (_, cure) = told.split_once("fix: ").context("no cure")?;
        let (command, _) = cure.split_once(", and run it again").context("no command")?;
        self.root.run(&format!("mkdir -p /etc/dracut.conf.d; {command}"))?;
        self.says("block natsemi --rebuild", 0)?;
        self.holds(&image)
    }

    /// Our reader finds the block in the image, and nothing else that leaks.
    fn holds(&self, image: &str) -> Result<()> {
        let told = self.says("verify-block natsemi --all", 0)?;
        let held =
            format!("held  {image} refused by {image}:/etc/modprobe.d/00-kmodctl-block.conf:");
        ensure!(told.contains(&held), "{told}");
        Ok(())
    }

    /// What kmodctl says in the system, on both streams, when it ends with this exit code.
    fn says(&self, words: &str, code: i32) -> Result<String> {
        let kernel = &self.root.kernel;
        let script =
            format!("kmodctl {words} --kernel {kernel} 2>&1 && echo exit 0 || echo exit $?");
        let told = self.root.run(&script)?;
        ensure!(told.ends_with(&format!("exit {code}\n")), "kmodctl {words}: {told}");
        Ok(told)
    }

    /// What the system's own tools find in an image: the module's file, and the lines of modprobe.d.
    fn in_image(&self, image: &str) -> Result<String> {
        self.root.run(&format!(
            "lsinitramfs {image} | grep natsemi; directory=$(mktemp -d)
             unmkinitramfs {image} $directory; cat $(find $directory -path '*/etc/modprobe.d/*.conf')
             rm -r $directory"
        ))
    }

    fn nothing_is_found(&self) -> Result<()> {
        for words in LOOKING {
            let output = self.looks(words)?;
            let (found, told) = (codes(&output)?, String::from_utf8_lossy(&output.stderr));
            ensure!(found.is_empty() && told.is_empty(), "{words:?}: {found:?}\n{told}");
            ensure!(output.status.success(), "{words:?}: {}", output.status);
        }
        Ok(())
    }

    fn each_fault_is_found(&self) -> Result<()> {
        for (file, content, expected) in FAULTS {
            self.root.write(file, content)?;
            let found = codes(&self.looks(&["status"])?)?;
            ensure!(found == expected, "{file}: {content}{found:?} instead of {expected:?}");
            let path = self.root.directory.join(file);
            shell::quietly(shell::as_root("rm", ["-f"]).arg(path))?;
        }
        Ok(())
    }

    /// What `kmodctl` of this machine says of the system, in JSON.
    fn looks(&self, words: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--json").arg("--root").arg(&self.root.directory);
        command.output().context("kmodctl cannot be run")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.program);
    }
}

/// The codes of the remarks of an answer.
fn codes(output: &Output) -> Result<Vec<String>> {
    let text = String::from_utf8_lossy(&output.stdout);
    let (_, remarks) =
        text.split_once("\"remarks\":").with_context(|| format!("{text} has none"))?;
    let mut codes: Vec<String> = remarks
        .split("\"code\":")
        .skip(1)
        .filter_map(|rest| Some(rest.trim_start().strip_prefix('"')?.split('"').next()?.to_owned()))
        .collect();
    codes.dedup();
    Ok(codes)
}
