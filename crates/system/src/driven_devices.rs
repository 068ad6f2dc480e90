//! The devices of one sysfs that have a modalias, with what drives them. Which module that calls
//! for is decided elsewhere.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use kmodctl_decide::Device;
use kmodctl_format::ModuleName;

/// Reads the devices that buses and classes list, in byte order of their paths.
pub(crate) fn read(sys: &[u8]) -> Vec<Device> {
    let sys = Path::new(OsStr::from_bytes(sys));
    let lists = entries(&sys.join("bus")).map(|bus| bus.join("devices"));
    let lists = lists.chain(entries(&sys.join("class")));
    let mut found = BTreeMap::new();
    for link in lists.flat_map(|list| entries(&list)) {
        let Some(modalias) = line(&link.join("modalias")) else { continue };
        let Ok(directory) = fs::canonicalize(&link) else { continue };
        let path = below(sys, &directory);
        found.entry(path.clone()).or_insert_with(|| device(path, modalias, &directory));
    }
    found.into_values().collect()
}

fn device(path: Vec<u8>, modalias: Vec<u8>, directory: &Path) -> Device {
    let driver = target_name(&directory.join("driver"));
    let module = target_name(&directory.join("driver/module"));
    Device { path, modalias, driver, module: module.map(ModuleName::verbatim) }
}

/// The path below `/sys/devices`, or below `/sys` for what is elsewhere.
fn below(sys: &Path, directory: &Path) -> Vec<u8> {
    let sys = fs::canonicalize(sys).unwrap_or_else(|_| sys.to_path_buf());
    let inside = directory.strip_prefix(sys.join("devices"));
    let inside = inside.or_else(|_| directory.strip_prefix(&sys)).unwrap_or(directory);
    inside.as_os_str().as_bytes().to_vec()
}

/// The last component of what a link leads to.
fn target_name(link: &Path) -> Option<Vec<u8>> {
    let target = fs::read_link(link).ok()?;
    Some(target.file_name()?.as_bytes().to_vec())
}

/// The one line of an attribute, unless it is empty.
fn line(path: &Path) -> Option<Vec<u8>> {
    let text = crate::file::read_start(path.as_os_str().as_bytes(), 64 * 1024).ok()?;
    let text = text.trim_ascii_end();
    (!text.is_empty()).then(|| text.to_vec())
}

/// The paths of a directory's entries; none of one that cannot be read.
fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().into_vec()))
        .collect();
    names.sort_unstable();
    let directory = directory.to_path_buf();
    names.into_iter().map(move |name| directory.join(OsStr::from_bytes(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;

    #[test]
    fn devices_are_met_once_with_what_drives_them() {
        let tree = Tree::new();
        tree.write("sys/devices/pci0/0000:01/modalias", "pci:v1d2\n");
        tree.write("sys/devices/pci0/0000:02/modalias", "pci:v3d4\n");
        tree.write("sys/devices/virtual/empty/modalias", "\n");
        tree.write("sys/bus/pci/drivers/e1000e/x", "");
        tree.write("sys/module/e1000e/x", "");
        let link = |target: &str, name: &str| {
            fs::create_dir_all(tree.path(name).parent().unwrap()).unwrap();
            symlink(tree.path(target), tree.path(name)).unwrap();
        };
        link("sys/devices/pci0/0000:01", "sys/bus/pci/devices/0000:01");
        link("sys/devices/pci0/0000:01", "sys/class/net/eth0");
        link("sys/devices/pci0/0000:02", "sys/bus/pci/devices/0000:02");
        link("sys/devices/virtual/empty", "sys/class/x/empty");
        link("sys/bus/pci/drivers/e1000e", "sys/devices/pci0/0000:01/driver");
        link("sys/module/e1000e", "sys/bus/pci/drivers/e1000e/module");
        let bytes = |text: &str| text.as_bytes().to_vec();
        let expected = [
            Device {
                path: bytes("pci0/0000:01"),
                modalias: bytes("pci:v1d2"),
                driver: Some(bytes("e1000e")),
                module: Some(ModuleName::new("e1000e")),
            },
            Device {
                path: bytes("pci0/0000:02"),
                modalias: bytes("pci:v3d4"),
                driver: None,
                module: None,
            },
        ];
        assert_eq!(read(&tree.bytes("sys")), expected);
        assert_eq!(read(b"/nowhere"), []);
    }
}
