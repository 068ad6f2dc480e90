//! A whole host, as operators mean it: one root directory with the kernels that are installed
//! below it. Each kernel is a [`Machine`] of its own; what they hold is read there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use kmodctl_decide::Errno;

use crate::machine::Machine;
use crate::place::{Place, absolute, joined, running_release};

/// The files of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Absolute, without a slash at its end: empty for the host we run on.
    root: Vec<u8>,
}

impl Host {
    /// The host we run on.
    pub fn running() -> Self {
        Self { root: Vec::new() }
    }

    /// A host whose files are below a directory; `/` is the host we run on.
    pub fn below(root: &[u8]) -> Result<Self, Errno> {
        let mut root = absolute(root.to_vec())?;
        while root.ends_with(b"/") {
            root.pop();
        }
        Ok(Self { root })
    }

    /// Whether it is the host we run on, whose kernel can be asked and changed.
    pub fn is_running(&self) -> bool {
        self.root.is_empty()
    }

    /// A path of the host, as it is found from here.
    pub fn path(&self, path: &str) -> Vec<u8> {
        [&self.root, path.as_bytes()].concat()
    }

    /// The root directory, empty for the host we run on.
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The releases whose module directories have an index, in the order of their versions.
    pub fn kernels(&self) -> Vec<Vec<u8>> {
        let directory = self.module_trees();
        let has_index = |name: &[u8]| {
            ["modules.dep.bin", "modules.dep"].iter().any(|index| {
                Path::new(OsStr::from_bytes(&directory)).join(os(name)).join(index).exists()
            })
        };
        let mut releases = names(&directory);
        releases.retain(|name| has_index(name));
        releases.sort_by(|left, right| versions(left).cmp(&versions(right)));
        releases
    }

    /// The index of a kernel is older than one of the lists that it is made from, or than the
    /// directories with the kernel's modules.
    pub fn has_stale_index(&self, release: &[u8]) -> bool {
        let directory = joined(&self.module_trees(), release);
        let changed = |name: &str| {
            let path = joined(&directory, name.as_bytes());
            fs::metadata(os(&path)).and_then(|found| found.modified()).ok()
        };
        let Some(index) = changed("modules.dep.bin").or_else(|| changed("modules.dep")) else {
            return true;
        };
        let sources = ["modules.order", "modules.builtin", "kernel", "updates", "extra"];
        sources.iter().filter_map(|name| changed(name)).any(|source| source > index)
    }

    /// The kernel that is meant when none is named: the running one where it is installed or the
    /// host is ours, else the newest.
    pub fn default_kernel(&self) -> Vec<u8> {
        let (running, kernels) = (running_release(), self.kernels());
        match kernels.last() {
            Some(newest) if !self.is_running() && !kernels.contains(&running) => newest.clone(),
            _ => running,
        }
    }

    /// The host with one of its kernels.
    pub fn machine(&self, release: &[u8]) -> Machine {
        let mut place = Place::tree(&self.root, release);
        place.module_directory = joined(&self.module_trees(), release);
        let machine = Machine::new(place);
        // Without a module tree, as in a container, sysfs alone tells what the kernel has in itself.
        let kernels = self.kernels();
        let has_tree = kernels.iter().any(|one| one == release);
        let is_meant = release == running_release() || kernels.is_empty();
        if is_meant && !has_tree { machine.asking_sysfs() } else { machine }
    }

    /// A path of the host with every link on its way followed below the root; `None` where it leads
    /// nowhere, or round in a circle.
    pub fn resolved(&self, path: &[u8]) -> Option<Vec<u8>> {
        resolved(&self.root, path)
    }

    /// `/lib/modules`, or `/usr/lib/modules` in a tree that has only that.
    fn module_trees(&self) -> Vec<u8> {
        let usual = self.path("/lib/modules");
        let other = self.path("/usr/lib/modules");
        let is_there = |path: &[u8]| PathBuf::from(OsStr::from_bytes(path)).is_dir();
        if !is_there(&usual) && is_there(&other) { other } else { usual }
    }
}

/// Follows links as a process would whose root directory this is.
pub(crate) fn resolved(root: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    const MOST_LINKS: usize = 40;
    let mut links = 0;
    let mut done: Vec<u8> = Vec::new();
    let split = |path: &[u8]| -> Vec<Vec<u8>> {
        path.split(|&byte| byte == b'/').rev().map(<[u8]>::to_vec).collect()
    };
    let mut left = split(path);
    while let Some(part) = left.pop() {
        match part.as_slice() {
            b"" | b"." => {}
            b".." => done.truncate(done.iter().rposition(|&byte| byte == b'/').unwrap_or(0)),
            _ => {
                let next = joined(&done, &part);
                match fs::read_link(os(&[root, &next[..]].concat())) {
                    Ok(target) => {
                        links += 1;
                        let target = target.into_os_string().into_vec();
                        if links > MOST_LINKS {
                            return None;
                        }
                        if target.starts_with(b"/") {
                            done.clear();
                        }
                        left.extend(split(&target));
                    }
                    Err(_) => done = next,
                }
            }
        }
    }
    fs::metadata(os(&[root, &done[..]].concat())).ok().map(|_| done)
}

fn os(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}

/// The names in a directory; none of one that cannot be read.
pub(crate) fn names(directory: &[u8]) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(os(directory)).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.file_name().into_vec())).collect()
}

/// What a release is sorted by: numbers by their value, the text between them by its bytes.
fn versions(release: &[u8]) -> Vec<(Option<u64>, &[u8])> {
    let kind = |left: &u8, right: &u8| left.is_ascii_digit() == right.is_ascii_digit();
    let parts = release.chunk_by(kind);
    parts
        .map(|part| match std::str::from_utf8(part).ok().and_then(|text| text.parse().ok()) {
            Some(number) => (Some(number), &part[..0]),
            None => (None, part),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use kmodctl_decide::World;

    #[test]
    fn kernels_are_sorted_by_their_versions() {
        let tree = Tree::new();
        for release in ["6.9.1-x", "6.12.0-x", "6.12.0-rc1"] {
            tree.write(&format!("lib/modules/{release}/modules.dep"), "");
        }
        tree.write("lib/modules/left-over/build", "");
        let host = Host::below(&tree.bytes("")).unwrap();
        assert!(!host.is_running());
        let kernels = ["6.9.1-x", "6.12.0-rc1", "6.12.0-x"].map(|name| name.as_bytes().to_vec());
        assert_eq!(host.kernels(), kernels);
        assert_eq!(host.default_kernel(), b"6.12.0-x");
        let machine = host.machine(b"6.9.1-x");
        assert_eq!(machine.module_directory(), tree.bytes("lib/modules/6.9.1-x"));
    }

    #[test]
    fn an_index_is_stale_when_its_sources_are_newer() {
        let tree = Tree::new();
        let host = Host::below(&tree.bytes("")).unwrap();
        assert!(host.has_stale_index(b"1"));
        tree.write("lib/modules/1/updates/a.ko", "");
        tree.write("lib/modules/1/modules.dep.bin", "");
        assert!(!host.has_stale_index(b"1"));
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        let updates = fs::File::open(tree.path("lib/modules/1/updates")).unwrap();
        updates.set_modified(later).unwrap();
        assert!(host.has_stale_index(b"1"));
    }

    #[test]
    fn the_root_is_the_host_we_run_on() {
        assert_eq!(Host::below(b"/"), Ok(Host::running()));
        assert_eq!(Host::running().default_kernel(), running_release());
        assert_eq!(Host::running().path("/etc"), b"/etc");
    }

    #[test]
    fn links_are_followed_below_the_root() {
        use std::os::unix::fs::symlink;
        let tree = Tree::new();
        tree.write("usr/bin/kmod", "");
        symlink("usr/bin", tree.path("bin")).unwrap();
        symlink("/bin/kmod", tree.path("usr/bin/modprobe")).unwrap();
        symlink("loop", tree.path("usr/bin/loop")).unwrap();
        let host = Host::below(&tree.bytes("")).unwrap();
        assert_eq!(host.resolved(b"/bin/modprobe"), Some(b"/usr/bin/kmod".to_vec()));
        assert_eq!(host.resolved(b"/bin/../../usr/bin/kmod"), Some(b"/usr/bin/kmod".to_vec()));
        assert_eq!(host.resolved(b"/bin/loop"), None);
        assert_eq!(host.resolved(b"/bin/none"), None);
    }

    #[test]
    fn a_tree_without_lib_has_its_modules_in_usr() {
        let tree = Tree::new();
        tree.write("usr/lib/modules/1/modules.dep.bin", "");
        let host = Host::below(&tree.bytes("")).unwrap();
        assert_eq!(host.kernels(), [b"1"]);
        assert_eq!(host.machine(b"1").module_directory(), tree.bytes("usr/lib/modules/1"));
    }
}
