//! The programs compared, and the files each needs in its chroot.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The names the tools are called by.
pub const TOOLS: [&str; 7] = ["depmod", "insmod", "kmod", "lsmod", "modinfo", "modprobe", "rmmod"];

/// One implementation of the tools.
#[derive(Clone, Debug)]
pub struct Implementation {
    /// `34.2`, `30` or `ours`.
    pub label: &'static str,
    /// Files copied into the chroot: where from, where to.
    pub files: Vec<(PathBuf, String)>,
}

impl Implementation {
    /// kmod 34.2, the reference, from the cache that `cargo xtask fetch` fills.
    ///
    /// `KMODCTL_THEIRS` may name another directory laid out alike: a `command` file, whose
    /// lines are the loader, `--library-path`, the libraries, …, the program.
    pub fn reference() -> io::Result<Self> {
        let directory = match std::env::var_os("KMODCTL_THEIRS") {
            Some(directory) => PathBuf::from(directory),
            None => cache()?.join("theirs/34.2"),
        };
        let command = fs::read_to_string(directory.join("command")).map_err(|error| {
            let path = directory.display();
            io::Error::other(format!("{path}: no kmod 34.2 ({error}); run `cargo xtask fetch`"))
        })?;
        let words: Vec<&str> = command.lines().collect();
        let missing = || io::Error::other(format!("cannot use the command `{}`", command.trim()));
        let (loader, program) = (words.first().ok_or_else(missing)?, words.last());
        let program = directory.join(program.ok_or_else(missing)?);
        let at = words.iter().position(|word| *word == "--library-path").ok_or_else(missing)?;
        let libraries = words.get(at + 1).ok_or_else(missing)?;
        let mut files = vec![
            (program.clone(), "/bin/kmod".into()),
            (directory.join(loader), interpreter(&program)?),
        ];
        for library in ["libc.so.6", "libcrypto.so.3", "liblzma.so.5", "libzstd.so.1", "libz.so.1"]
        {
            for parent in libraries.split(':') {
                let path = directory.join(parent).join(library);
                if path.exists() {
                    files.push((path, format!("/lib/{library}")));
                    break;
                }
            }
        }
        Ok(Self { label: "34.2", files })
    }

    /// The installed kmod, when it is version 30.
    pub fn installed() -> io::Result<Option<Self>> {
        let program = Path::new("/bin/kmod");
        let version = Command::new("/sbin/modprobe").arg("-V").output();
        match version {
            Ok(output) if output.stdout.starts_with(b"kmod version 30\n") => {}
            _ => return Ok(None),
        }
        let mut files = vec![(program.to_path_buf(), "/bin/kmod".into())];
        files.extend(shared_libraries(program)?);
        Ok(Some(Self { label: "30", files }))
    }

    /// Ours: `KMODCTL_BIN`, or `target/static/bin` of the project.
    pub fn ours() -> io::Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let directory = std::env::var_os("KMODCTL_BIN")
            .map_or_else(|| project.join("target/static/bin"), PathBuf::from);
        let program = directory.join("kmod");
        if !program.exists() {
            let path = program.display();
            return Err(io::Error::other(format!("{path} is missing; run `cargo xtask build`")));
        }
        Ok(Self { label: "ours", files: vec![(program, "/bin/kmod".into())] })
    }

    /// Lays the program, its libraries, a shell and the tools' symlinks under `root`.
    pub fn lay_out(&self, root: &Path) -> io::Result<()> {
        for (from, to) in self.files.iter().chain(&shell()?) {
            let target = root.join(to.trim_start_matches('/'));
            if !target.exists() {
                fs::create_dir_all(target.parent().unwrap_or(root))?;
                fs::copy(from, target)?;
            }
        }
        fs::create_dir_all(root.join("sbin"))?;
        for tool in TOOLS {
            std::os::unix::fs::symlink("../bin/kmod", root.join("sbin").join(tool))?;
        }
        Ok(())
    }
}

/// `$XDG_CACHE_HOME/kmodctl`, where `cargo xtask fetch` keeps what it downloads.
pub fn cache() -> io::Result<PathBuf> {
    let parent = match (std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => PathBuf::from(home).join(".cache"),
        (None, None) => return Err(io::Error::other("neither XDG_CACHE_HOME nor HOME is set")),
    };
    Ok(parent.join("kmodctl"))
}

/// A `/bin/sh`: busybox when it is static, so that no library of the machine is needed.
fn shell() -> io::Result<Vec<(PathBuf, String)>> {
    for busybox in [cache()?.join("busybox/bin/busybox"), "/bin/busybox".into()] {
        if busybox.exists() && interpreter(&busybox).is_err() {
            return Ok(vec![(busybox, "/bin/sh".into())]);
        }
    }
    let mut files = vec![(PathBuf::from("/bin/sh"), "/bin/sh".into())];
    files.extend(shared_libraries(Path::new("/bin/sh"))?);
    Ok(files)
}

/// The libraries and the loader `ldd` names.
fn shared_libraries(program: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let output = Command::new("ldd").arg(program).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = text.lines().filter_map(|line| {
        line.split_whitespace().find(|word| word.starts_with('/')).map(String::from)
    });
    Ok(paths
        .map(|path| {
            let file = path.rsplit('/').next().unwrap_or_default();
            let loader = file.starts_with("ld-");
            let to = if loader { path.clone() } else { format!("/lib/{file}") };
            (PathBuf::from(path), to)
        })
        .collect())
}

/// The loader a dynamic ELF64 program names (`PT_INTERP`).
pub(crate) fn interpreter(program: &Path) -> io::Result<String> {
    let bytes = fs::read(program)?;
    let word = |at: usize| {
        let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u64::from_le_bytes) as usize
    };
    let count = word(56) & 0xffff;
    for header in (0..count).map(|index| word(32) + index * 56) {
        if word(header) & 0xffff_ffff == 3 {
            let text = bytes.get(word(header + 8)..word(header + 8) + word(header + 32) - 1);
            return Ok(String::from_utf8_lossy(text.unwrap_or_default()).into_owned());
        }
    }
    Err(io::Error::other(format!("{} has no interpreter", program.display())))
}
