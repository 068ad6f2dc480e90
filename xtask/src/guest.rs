//! Guests: real kernels in QEMU without hardware help, with an image of our making as their
//! only file system. One guest runs one shell script and prints on its serial line.

pub mod cpio;
pub mod image;
pub mod indexes;
pub mod tree;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{apt::PrivateRoot, binary, cache, kernels::Kernel, shell, theirs};
use image::Image;

/// Runs kmod 34.2 under the name that it was called by.
const WRAPPER: &str = "\
#!/bin/sh
exec /theirs/lib/ld-linux-x86-64.so.2 --library-path /theirs/lib --argv0 \"$0\" /theirs/kmod \"$@\"
";

const LIMIT: &str = "300";
const THEIR_LIBRARIES: [&str; 6] = [
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libcrypto.so.3",
    "liblzma.so.5",
    "libz.so.1",
    "libzstd.so.1",
];

/// Whose tools are in a guest's /sbin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// Ours, as [`binary::build`] makes them.
    Ours,
    /// kmod 34.2.
    Theirs,
}

/// A guest to be started.
#[derive(Debug)]
pub struct Guest {
    kernel: PathBuf,
    tools: Tools,
    append: String,
    /// Seconds after which it is stopped, as timeout(1) takes them; 0 is never.
    limit: &'static str,
    /// Of memory.
    mebibytes: u32,
    /// QEMU's words for its hardware, besides a serial line and a network.
    hardware: Vec<String>,
    /// What it boots into; more can be added.
    pub image: Image,
}

impl Guest {
    /// A guest of `kernel` with busybox and, in /sbin, the tools.
    pub fn new(kernel: &Kernel, tools: Tools) -> Result<Guest> {
        let mut image = Image::default();
        for name in ["proc", "sys", "dev", "tmp", "bin", "sbin", "etc/modprobe.d"] {
            image.directory(name);
        }
        image.link("usr/bin", "../bin");
        image.link("usr/sbin", "../sbin");
        image.file("init", include_bytes!("guest/init.sh"));
        image.file("tools.sh", include_bytes!("guest/tools.sh"));
        add_busybox(&mut image)?;
        match tools {
            Tools::Ours => image.copy("sbin/kmod", &binary::directory().join("kmod"))?,
            Tools::Theirs => add_theirs(&mut image, "sbin")?,
        }
        link_tools(&mut image, "sbin");
        let append = "console=ttyS0 panic=-1 quiet".to_owned();
        let kernel = kernel.directory.join("vmlinuz");
        let hardware = Vec::new();
        Ok(Guest { kernel, tools, append, limit: LIMIT, mebibytes: 512, hardware, image })
    }

    /// Puts kmod 34.2 into /stock, beside the tools in /sbin.
    pub fn add_stock(&mut self) -> Result<()> {
        add_theirs(&mut self.image, "stock")?;
        link_tools(&mut self.image, "stock");
        Ok(())
    }

    /// Lets the guest run for as long as it likes: a person works in it.
    pub fn without_limit(&mut self) {
        self.limit = "0";
    }

    /// Gives it other hardware than the usual: words of QEMU's command line.
    pub fn hardware(&mut self, words: &[&str]) {
        self.hardware.extend(words.iter().map(|word| (*word).to_owned()));
    }

    /// Gives it so much memory, and the whole module tree of a kernel with its indexes.
    pub fn add_tree(&mut self, kernel: &Kernel, mebibytes: u32) -> Result<()> {
        self.mebibytes = mebibytes;
        self.image.copy_all(&format!("lib/modules/{}", kernel.release), &kernel.modules())
    }

    /// Adds words to the kernel's command line.
    pub fn append(&mut self, words: &str) {
        self.append += &format!(" {words}");
    }

    /// Adds a kernel's indexes, made by the depmod of the guest's tools, and of its modules
    /// `names` with all that they need. Files that the image already has stay.
    pub fn add_modules(&mut self, kernel: &Kernel, names: &[&str]) -> Result<()> {
        let modules = kernel.modules();
        let inside = format!("lib/modules/{}", kernel.release);
        let indexes = match self.tools {
            Tools::Ours => indexes::of_ours(kernel)?,
            Tools::Theirs => indexes::of_theirs(kernel)?,
        };
        for (name, content) in indexes {
            self.image.file(&format!("{inside}/{name}"), &content);
        }
        for name in tree::closure(&modules, names)? {
            self.image.copy(&format!("{inside}/{name}"), &modules.join(&name))?;
        }
        Ok(())
    }

    /// Ends the image with `script`, which /init runs with busybox's shell, and returns the
    /// command that boots the guest; its standard output is the serial line. `name` tells
    /// guests that run at the same time apart.
    pub fn command(mut self, name: &str, script: &str) -> Result<Command> {
        self.image.file("run.sh", script.as_bytes());
        let directory = cache::directory()?.join("guests");
        fs::create_dir_all(&directory)?;
        let initrd = directory.join(format!("{name}-{}.cpio", std::process::id()));
        fs::write(&initrd, self.image.finish())?;
        let mut command = Command::new("timeout");
        command.args(["--foreground", self.limit, "qemu-system-x86_64", "-accel", "tcg"]);
        command.args([
            "-m",
            &self.mebibytes.to_string(),
            "-nodefaults",
            "-vga",
            "none",
            "-display",
            "none",
        ]);
        command.args(["-no-reboot", "-chardev", "stdio,id=line,signal=off"]);
        command.args(["-serial", "chardev:line", "-netdev", "user,id=net"]);
        match self.hardware.is_empty() {
            true => command.args(["-device", "e1000e,netdev=net,romfile="]),
            false => command.args(&self.hardware),
        };
        command.args(["-append", &self.append]);
        command.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(&initrd);
        Ok(command)
    }
}

/// The text a guest prints when its command runs to the end.
pub fn run(command: &mut Command) -> Result<String> {
    let text = shell::output(command)?.replace('\r', "");
    forget(command);
    Ok(text)
}

/// Removes the image of a guest that has ended.
pub fn forget(command: &Command) {
    if let Some(initrd) = command.get_args().last() {
        let _ = fs::remove_file(initrd);
    }
}

/// Names kmod's tools in the directory where it is.
fn link_tools(image: &mut Image, place: &str) {
    for tool in binary::TOOLS {
        image.link(&format!("{place}/{tool}"), "kmod");
    }
}

/// kmod 34.2 in a directory, with its loader and libraries in /theirs.
fn add_theirs(image: &mut Image, place: &str) -> Result<()> {
    let directory = theirs::fetch()?;
    image.file(&format!("{place}/kmod"), WRAPPER.as_bytes());
    image.copy("theirs/kmod", &directory.join("usr/bin/kmod"))?;
    let libraries = directory.join("usr/lib/x86_64-linux-gnu");
    for name in THEIR_LIBRARIES {
        image.copy(&format!("theirs/lib/{name}"), &libraries.join(name))?;
    }
    Ok(())
}

/// Busybox, static, from Debian's package; every applet is a link to it.
fn add_busybox(image: &mut Image) -> Result<()> {
    let busybox = busybox()?;
    image.copy("bin/busybox", &busybox)?;
    let applets = shell::output(Command::new(&busybox).arg("--list"))?;
    for applet in applets.lines().filter(|name| *name != "busybox") {
        if !binary::TOOLS.contains(&applet) {
            image.link(&format!("bin/{applet}"), "busybox");
        }
    }
    Ok(())
}

/// Fetches busybox into `busybox` of the cache and returns its binary.
pub fn busybox() -> Result<PathBuf> {
    let directory = cache::once("busybox", |directory| {
        PrivateRoot::open("bookworm")?.unpack(&["busybox-static"], directory)
    })?;
    let places = ["bin/busybox", "usr/bin/busybox"].map(|name| directory.join(name));
    places.into_iter().find(|path| path.exists()).context("busybox-static has no busybox")
}
