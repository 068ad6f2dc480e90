//! The C libraries compared, kmod 34.2's and ours, each as what the program `c/calls.c` is linked
//! with. The program is compiled here, for the header of either.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::implementation::{Implementation, cache};

/// Whose `libkmod.h` a program was compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Debian's.
    Theirs,
    /// Ours.
    Ours,
}

/// A program that makes calls of kmod 34.2's library.
pub fn theirs(header: Header) -> io::Result<Implementation> {
    let label = match header {
        Header::Theirs => "library 34.2",
        Header::Ours => "library 34.2 with our header",
    };
    implementation(label, header, their_directory()?.join("libkmod.so.2"))
}

/// A program that makes calls of ours.
pub fn ours(header: Header) -> io::Result<Implementation> {
    let label = match header {
        Header::Ours => "our library",
        Header::Theirs => "our library with their header",
    };
    implementation(label, header, our_directory()?.join("lib/libkmod.so.2"))
}

/// The loader and the C library of Debian trixie, with the program and the library on top.
fn implementation(
    label: &'static str,
    header: Header,
    library: PathBuf,
) -> io::Result<Implementation> {
    let mut files = Implementation::reference()?.files;
    files.retain(|(_, to)| to != "/bin/kmod");
    files.push((program("calls", header)?, "/bin/kmod".into()));
    files.push((library, "/lib/libkmod.so.2".into()));
    Ok(Implementation { label, files })
}

/// Compiles `c/NAME.c` with a header, unless that was done, and returns the program. It needs
/// `libkmod.so.2`, whoever's.
pub fn program(name: &str, header: Header) -> io::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("c").join(format!("{name}.c"));
    let (include, label) = match header {
        Header::Theirs => (cache()?.join("theirs/libkmod-dev/usr/include"), "theirs"),
        Header::Ours => (our_directory()?.join("include"), "ours"),
    };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/c");
    std::fs::create_dir_all(&target)?;
    let program = target.join(format!("{name}-{label}"));
    let partial = target.join(format!("{name}-{label}.{}.{:?}", std::process::id(), thread()));
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"]);
    cc.arg("-Wno-deprecated-declarations").arg("-I").arg(include).arg("-o").arg(&partial);
    cc.arg(source).arg(our_directory()?.join("lib/libkmod.so"));
    let output = cc.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    std::fs::rename(partial, &program)?;
    Ok(program)
}

fn thread() -> std::thread::ThreadId {
    std::thread::current().id()
}

/// Where kmod 34.2's library is.
pub fn their_directory() -> io::Result<PathBuf> {
    Ok(cache()?.join("theirs/34.2/usr/lib/x86_64-linux-gnu"))
}

/// Where ours and its header are: `KMODCTL_STATIC`, or `target/static` of the project.
pub fn our_directory() -> io::Result<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let directory = std::env::var_os("KMODCTL_STATIC")
        .map_or_else(|| project.join("target/static"), PathBuf::from);
    match directory.join("lib/libkmod.so.2").exists() {
        true => Ok(directory),
        false => Err(io::Error::other(format!(
            "{} has no library; run `cargo xtask libkmod`",
            directory.display()
        ))),
    }
}
