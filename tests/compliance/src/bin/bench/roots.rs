//! The roots in which the programs run: each has its program with its libraries, the same trees, and
//! a `/proc` and `/sys` that tell of 150 modules.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

use kmodctl_compliance::implementation::{Implementation, cache};
use kmodctl_compliance::whole::module_files;

/// The releases under which the trees stand in every root.
pub(crate) const PLAIN: &str = "6.1.0-plain";
pub(crate) const XZ: &str = "6.12.0-xz";
pub(crate) const ZSTD: &str = "6.12.0-zstd";

/// The places of the programs in every list.
pub(crate) const THEIRS: usize = 0;
pub(crate) const OURS: usize = 1;
pub(crate) const OURS_FAST: usize = 2;
pub(crate) const INSTALLED: usize = 3;

/// The programs' roots, in the order of the constants; kmod 30 may be missing.
pub(crate) struct Roots {
    work: PathBuf,
    pub(crate) programs: Vec<Root>,
}

/// The root of one program.
pub(crate) struct Root {
    pub(crate) label: &'static str,
    pub(crate) path: PathBuf,
}

pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Roots {
    pub(crate) fn new() -> io::Result<Self> {
        let work = cache()?.join(format!("bench/work-{}", std::process::id()));
        let mut roots = Self { work, programs: Vec::new() };
        private_mounts()?;
        let fast = project().join("target/static-fast/bin/kmod");
        let fast = Implementation {
            label: "fast",
            files: vec![(fast, "/bin/kmod".into())],
            sees_itself: false,
        };
        let ours = Implementation::ours()?;
        let all = [Some(Implementation::reference()?), Some(ours), Some(fast)];
        for program in all.into_iter().flatten().chain(Implementation::installed()?) {
            let path = roots.work.join(program.label);
            lay_out(&program, &path)?;
            roots.programs.push(Root { label: program.label, path });
        }
        // The links changed the files, and what was just changed is read again.
        std::thread::sleep(Duration::from_secs(4));
        Ok(roots)
    }
}

impl Drop for Roots {
    fn drop(&mut self) {
        for root in &self.programs {
            let _ = unmount(&root.path.join(REAL_PROC));
        }
        // Nothing can be done about a directory that cannot be removed.
        let _ = fs::remove_dir_all(&self.work);
    }
}

impl Root {
    pub(crate) fn modules(&self, release: &str) -> PathBuf {
        self.path.join("lib/modules").join(release)
    }
}

fn lay_out(program: &Implementation, root: &Path) -> io::Result<()> {
    program.lay_out(root)?;
    for directory in ["etc", "proc", REAL_PROC, "sys/module", "var/cache", "lib/modules", "tmp"] {
        fs::create_dir_all(root.join(directory))?;
    }
    // As on an installed system, the loader knows where libraries are.
    Command::new("/sbin/ldconfig").arg("-r").arg(root).status()?;
    let cache = cache()?;
    for (kernel, release) in [("kernels/6.1", PLAIN), ("kernels/6.12", XZ), ("bench/zstd", ZSTD)] {
        let modules = only_directory(&cache.join(kernel).join("lib/modules"))?;
        copy_links(&modules, &root.join("lib/modules").join(release))?;
    }
    live_modules(root)?;
    fs::copy("/proc/cmdline", root.join("proc/cmdline"))?;
    symlink("../real-proc/self", root.join("proc/self"))?;
    mount(Path::new("/proc"), &root.join(REAL_PROC), libc::MS_BIND | libc::MS_REC)
}

/// Where a root has the real `/proc`: what programs ask of themselves is there.
const REAL_PROC: &str = "real-proc";

fn only_directory(parent: &Path) -> io::Result<PathBuf> {
    let missing = || io::Error::other(format!("{}: empty", parent.display()));
    fs::read_dir(parent)?.next().ok_or_else(missing)?.map(|entry| entry.path())
}

/// Copies a tree by hard links; what depmod writes is copied, as it is to be replaced.
pub(crate) fn copy_links(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_links(&entry.path(), &target)?;
        } else if kind.is_file() && entry.file_name().as_bytes().starts_with(b"modules.") {
            fs::copy(entry.path(), target)?;
        } else if kind.is_file() {
            fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes what the kernel would tell of 150 modules.
fn live_modules(root: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    module_files(&root.join("lib/modules").join(PLAIN), &mut files)?;
    files.sort();
    let mut text = String::new();
    for file in files.iter().step_by(files.len() / 150).take(150) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_");
        text.push_str(&format!("{name} 16384 1 snd,usbcore, Live 0x0000000000000000\n"));
        let directory = root.join("sys/module").join(name);
        fs::create_dir_all(directory.join("holders/snd"))?;
        fs::create_dir_all(directory.join("holders/usbcore"))?;
        for (file, text) in [("coresize", "16384\n"), ("refcnt", "1\n"), ("initstate", "live\n")] {
            fs::write(directory.join(file), text)?;
        }
    }
    fs::write(root.join("proc/modules"), text)
}

fn private_mounts() -> io::Result<()> {
    // SAFETY: no pointers.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        return Err(io::Error::last_os_error());
    }
    mount(Path::new("none"), Path::new("/"), libc::MS_REC | libc::MS_PRIVATE)
}

fn mount(from: &Path, to: &Path, flags: libc::c_ulong) -> io::Result<()> {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other);
    let (source, target, none) = (text(from)?, text(to)?, std::ptr::null());
    // SAFETY: both paths are NUL-terminated and outlive the call.
    match unsafe { libc::mount(source.as_ptr(), target.as_ptr(), none, flags, none.cast()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn unmount(path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)?;
    // SAFETY: the path is NUL-terminated and outlives the call.
    match unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
