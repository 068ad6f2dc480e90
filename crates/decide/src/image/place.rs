//! Which files of an image say something about its modules. Nothing of their content is known here.

use alloc::vec::Vec;

use kmodctl_format::suffix;

/// What is to be kept of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Its name and its content: lines about modules, of which there are few.
    Configuration,
    /// Its name and its content: an index of modules.
    Index,
    /// Its name alone, and of a link where it leads.
    Name,
    /// Its name and its content: a program.
    Program,
}

/// Where modprobe.d directories are, the one that counts most first.
pub(super) const CONFIGURATION: [&[u8]; 5] = [
    b"etc/modprobe.d",
    b"run/modprobe.d",
    b"usr/local/lib/modprobe.d",
    b"usr/lib/modprobe.d",
    b"lib/modprobe.d",
];

/// Where modules-load.d directories are, the one that counts most first.
pub(super) const MODULES_LOAD: [&[u8]; 5] = [
    b"etc/modules-load.d",
    b"run/modules-load.d",
    b"usr/local/lib/modules-load.d",
    b"usr/lib/modules-load.d",
    b"lib/modules-load.d",
];

/// Lists of modules that the scripts of an image load: initramfs-tools has one, and `/etc/modules` is
/// an older one.
pub(super) const LISTS: [&[u8]; 2] = [b"conf/modules", b"etc/modules"];

/// Where the program that loads modules may be.
pub(super) const MODPROBE: [&[u8]; 4] =
    [b"sbin/modprobe", b"usr/sbin/modprobe", b"usr/bin/modprobe", b"bin/modprobe"];

/// Programs that load modules without one.
pub(super) const BUSYBOX: [&[u8]; 2] = [b"bin/busybox", b"usr/bin/busybox"];
pub(super) const KMOD: [&[u8]; 2] = [b"bin/kmod", b"usr/bin/kmod"];
/// What every image of booster has.
pub(super) const BOOSTER: &[u8] = b"etc/booster.init.yaml";

pub(super) const MODULES: [&[u8]; 2] = [b"lib/modules/", b"usr/lib/modules/"];

/// Files of a module directory that are read.
const INDEXES: [&[u8]; 7] = [
    b"modules.alias",
    b"modules.alias.bin",
    b"modules.dep",
    b"modules.dep.bin",
    b"modules.softdep",
    b"modules.symbols",
    b"modules.symbols.bin",
];

/// A path without what stands before its first name: `./etc/x` and `/etc/x` are `etc/x`.
pub fn plain(path: &[u8]) -> &[u8] {
    let mut path = path;
    while let Some(rest) = path.strip_prefix(b"./").or_else(|| path.strip_prefix(b"/")) {
        path = rest;
    }
    path
}

/// What is to be kept of the file at a plain path, if anything.
pub fn is_of_interest(path: &[u8]) -> Option<Interest> {
    let (directory, name) = split(path);
    if CONFIGURATION.contains(&directory) || MODULES_LOAD.contains(&directory) {
        return Some(Interest::Configuration);
    }
    if LISTS.contains(&path) {
        return Some(Interest::Configuration);
    }
    if MODPROBE.contains(&path) {
        return Some(Interest::Program);
    }
    if BUSYBOX.contains(&path) || KMOD.contains(&path) || path == BOOSTER {
        return Some(Interest::Name);
    }
    let (_, inside) = in_module_directory(path)?;
    if INDEXES.contains(&inside) {
        return Some(Interest::Index);
    }
    suffix::split(name).map(|_| Interest::Name)
}

/// The release and the rest of a path that is inside a module directory.
pub(super) fn in_module_directory(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = MODULES.iter().find_map(|prefix| path.strip_prefix(*prefix))?;
    let slash = inside.iter().position(|&byte| byte == b'/')?;
    Some((&inside[..slash], &inside[slash + 1..]))
}

/// The directory and the name of a path.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

/// Where a link leads: a plain path, without `.` and `..`.
pub(super) fn followed(link: &[u8], target: &[u8]) -> Vec<u8> {
    let from = if target.starts_with(b"/") { &[] } else { split(link).0 };
    let mut names: Vec<&[u8]> = Vec::new();
    for name in from.split(|&byte| byte == b'/').chain(target.split(|&byte| byte == b'/')) {
        match name {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            _ => names.push(name),
        }
    }
    names.join(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_of_interest() {
        let table = [
            ("etc/modprobe.d/a.conf", Some(Interest::Configuration)),
            ("usr/lib/modprobe.d/a.conf", Some(Interest::Configuration)),
            ("etc/modprobe.d/sub/a.conf", None),
            ("conf/modules", Some(Interest::Configuration)),
            ("lib/modules/6.1/modules.dep", Some(Interest::Index)),
            ("lib/modules/6.1/kernel/modules.dep", None),
            ("usr/lib/modules/6.1/kernel/a.ko.xz", Some(Interest::Name)),
            ("lib/firmware/a.ko", None),
            ("usr/sbin/modprobe", Some(Interest::Program)),
            ("usr/bin/kmod", Some(Interest::Name)),
            ("init", None),
        ];
        for (path, interest) in table {
            assert_eq!(is_of_interest(path.as_bytes()), interest, "{path}");
        }
    }

    #[test]
    fn paths_are_made_plain_and_links_followed() {
        assert_eq!(plain(b"./etc/x"), b"etc/x");
        assert_eq!(plain(b"/./x"), b"x");
        let table = [
            ("etc/modules-load.d/modules.conf", "../modules", "etc/modules"),
            ("sbin/modprobe", "/bin/kmod", "bin/kmod"),
            ("sbin/modprobe", "../../../bin/./kmod", "bin/kmod"),
        ];
        for (link, target, found) in table {
            assert_eq!(followed(link.as_bytes(), target.as_bytes()), found.as_bytes());
        }
    }
}
