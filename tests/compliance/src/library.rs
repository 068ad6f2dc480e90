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
    Ok(Implementation { label, files, sees_itself: false })
}

/// A program that makes calls of ours, under valgrind: what is lost, or read or written where nothing
/// is, is told on its standard error and makes it end with 99.
///
/// It runs with this machine's own C library, which valgrind knows.
pub fn ours_under_valgrind() -> io::Result<Implementation> {
    let program = program("calls", Header::Ours)?;
    let library = our_directory()?.join("lib/libkmod.so.2");
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let libraries = libraries_of(&library)?;
    for library in &libraries {
        files.push((symbols_of(library)?, symbols_of(library)?.to_string_lossy().into_owned()));
    }
    for path in libraries.into_iter().chain(files_of_valgrind()?) {
        let to = path.to_string_lossy().into_owned();
        files.push((path, to));
    }
    let script = program.with_file_name(format!("valgrind-{}-{:?}", std::process::id(), thread()));
    std::fs::write(&script, VALGRIND)?;
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    files.push((script, "/bin/kmod".into()));
    files.push((program, "/bin/calls".into()));
    files.push((library, "/lib/libkmod.so.2".into()));
    Ok(Implementation { label: "our library under valgrind", files, sees_itself: true })
}

const VALGRIND: &str = "#!/bin/sh
exec /usr/bin/valgrind.bin -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all \
    --errors-for-leak-kinds=all --child-silent-after-fork=no --trace-children=no \
    /bin/calls \"$@\"
";

/// The C library, and the loader by the names it has and is asked for.
fn libraries_of(library: &Path) -> io::Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(library).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = text.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(paths.map(PathBuf::from).collect())
}

/// The tool, what it puts into programs, and what it has to know of the C library.
fn files_of_valgrind() -> io::Result<Vec<PathBuf>> {
    let mut files = vec![PathBuf::from("/usr/bin/valgrind.bin")];
    for entry in std::fs::read_dir("/usr/libexec/valgrind")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains("memcheck-amd64") || name.contains("core-amd64") || name.ends_with(".supp")
        {
            files.push(path);
        }
    }
    Ok(files)
}

/// The file that Debian keeps the symbols of a library in, without which valgrind does not start.
fn symbols_of(library: &Path) -> io::Result<PathBuf> {
    let output = Command::new("readelf").arg("-n").arg(library).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let id = text.split("Build ID: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let (first, rest) = id.unwrap_or("--").split_at(2);
    Ok(format!("/usr/lib/debug/.build-id/{first}/{rest}.debug").into())
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
    cc.arg("-pthread")
        .arg("-Wno-deprecated-declarations")
        .arg("-I")
        .arg(include)
        .arg("-o")
        .arg(&partial);
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
