//! Where the files of one machine are. It reads nothing but the kernel's release.

use kmodctl_decide::Errno;

use crate::file::errno;

/// The paths a machine, or a tree that holds another machine's modules, is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The directory of modules, absolute: `/lib/modules/6.1.0`.
    pub module_directory: Vec<u8>,
    /// Directories of configuration files and single files, the one that counts most first.
    pub configuration: Vec<Vec<u8>>,
    /// Directories of modules-load.d files, the one that counts most first.
    pub modules_load: Vec<Vec<u8>>,
    /// The table of file systems to mount, fstab(5).
    pub fstab: Vec<u8>,
    /// Where procfs is.
    pub proc: Vec<u8>,
    /// Where sysfs is.
    pub sys: Vec<u8>,
}

/// Where modprobe.d directories are, the one that counts most first (modprobe.d(5)).
pub const CONFIGURATION: [&str; 5] = [
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
];

/// Where modules-load.d directories are, the one that counts most first (modules-load.d(5)).
pub const MODULES_LOAD: [&str; 5] = [
    "/etc/modules-load.d",
    "/run/modules-load.d",
    "/usr/local/lib/modules-load.d",
    "/usr/lib/modules-load.d",
    "/lib/modules-load.d",
];

impl Place {
    /// The running machine, with the modules of its kernel.
    pub fn running() -> Self {
        Self::of_directory(directory_below(b"", &running_release()))
    }

    /// This machine with another directory of modules: `ROOT/lib/modules/RELEASE`.
    ///
    /// Only modules are looked for below the root, not the configuration, as by `modprobe -d`. A
    /// relative root is one below the working directory; without a release the running kernel's is
    /// taken. The error is that of asking for the working directory.
    pub fn with_modules(root: Option<&[u8]>, release: Option<&[u8]>) -> Result<Self, Errno> {
        let release = release.map_or_else(running_release, Into::into);
        let directory = directory_below(root.unwrap_or_default(), &release);
        Ok(Self::of_directory(absolute(directory)?))
    }

    /// Another machine, all of whose files are below an absolute root.
    pub fn tree(root: &[u8], release: &[u8]) -> Self {
        let below = |path: &str| [root, path.as_bytes()].concat();
        Self {
            module_directory: directory_below(root, release),
            configuration: CONFIGURATION.iter().map(|path| below(path)).collect(),
            modules_load: MODULES_LOAD.iter().map(|path| below(path)).collect(),
            fstab: below("/etc/fstab"),
            proc: below("/proc"),
            sys: below("/sys"),
        }
    }

    /// This machine with a directory of modules that is known by its absolute path.
    pub fn of_directory(module_directory: Vec<u8>) -> Self {
        Self {
            module_directory,
            configuration: CONFIGURATION.iter().map(|path| path.as_bytes().to_vec()).collect(),
            modules_load: MODULES_LOAD.iter().map(|path| path.as_bytes().to_vec()).collect(),
            fstab: b"/etc/fstab".to_vec(),
            proc: b"/proc".to_vec(),
            sys: b"/sys".to_vec(),
        }
    }

    /// A file of the module directory.
    pub fn module_directory_file(&self, name: &str) -> Vec<u8> {
        joined(&self.module_directory, name.as_bytes())
    }
}

/// The running kernel's release, as `uname -r` prints it.
pub fn running_release() -> Vec<u8> {
    rustix::system::uname().release().to_bytes().to_vec()
}

/// Makes a path absolute by putting the working directory before it, as it is spelled.
pub fn absolute(path: Vec<u8>) -> Result<Vec<u8>, Errno> {
    if path.starts_with(b"/") {
        return Ok(path);
    }
    let working = rustix::process::getcwd(Vec::new()).map_err(errno)?;
    Ok(joined(working.as_bytes(), &path))
}

/// A path, a slash and another one behind it, whatever they are.
pub(crate) fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    [directory, b"/", name].concat()
}

fn directory_below(root: &[u8], release: &[u8]) -> Vec<u8> {
    [root, b"/lib/modules/", release].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn module_directories_are_spelled_as_kmod_does() {
        let working = std::env::current_dir().unwrap();
        let below_working = joined(working.as_os_str().as_bytes(), b"r/lib/modules/1");
        let table: &[(Option<&[u8]>, &[u8])] = &[
            (None, b"/lib/modules/1"),
            (Some(b""), b"/lib/modules/1"),
            (Some(b"/"), b"//lib/modules/1"),
            (Some(b"/x/"), b"/x//lib/modules/1"),
            (Some(b"r"), &below_working),
        ];
        for (root, directory) in table {
            let place = Place::with_modules(*root, Some(b"1")).unwrap();
            assert_eq!(place.module_directory, *directory, "{root:?}");
        }
        let running = std::process::Command::new("uname").arg("-r").output().unwrap().stdout;
        assert_eq!(
            Place::running().module_directory,
            [b"/lib/modules/", running.trim_ascii()].concat()
        );
    }
    #[test]
    fn all_of_a_tree_is_below_its_root() {
        let place = Place::tree(b"/r", b"1");
        assert_eq!(place.module_directory, b"/r/lib/modules/1");
        assert_eq!(place.configuration[0], b"/r/etc/modprobe.d");
        assert_eq!([place.proc, place.sys], [b"/r/proc".to_vec(), b"/r/sys".to_vec()]);
        let file = Place::of_directory(b"/m".to_vec()).module_directory_file("modules.devname");
        assert_eq!(file, b"/m/modules.devname");
    }
}
