//! What in an image matters for modules: the modules, the configuration, what loads them. The rest
//! is passed over as it comes by.

use std::collections::{BTreeMap, BTreeSet};

use kmodctl_decide::Configuration;
use kmodctl_decide::block::Contents;
use kmodctl_decide::inventory::Engine;
use kmodctl_format::configuration::{Place as Listed, is_configuration_name, select};
use kmodctl_format::cpio::Entry;
use kmodctl_format::{ModuleName, suffix};

use crate::configuration::{ReadFile, of_files};
use crate::kernel_facts::engine_of;
use crate::place::CONFIGURATION;

/// What has been gathered so far.
#[derive(Default)]
pub(super) struct Gathered {
    release: Option<Vec<u8>>,
    modules: BTreeSet<ModuleName>,
    /// Files of modprobe.d and the softdeps of the module directory, by their path in the image.
    files: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The programs called modprobe, with where they lead.
    programs: BTreeMap<Vec<u8>, Vec<u8>>,
    has_busybox: bool,
}

const MODULES: [&[u8]; 2] = [b"/lib/modules/", b"/usr/lib/modules/"];
const LINK: u32 = 0o120_000;
const KIND: u32 = 0o170_000;

impl Gathered {
    /// Takes what matters of an entry; a later entry replaces an earlier one of its path.
    pub(super) fn take(&mut self, entry: &Entry<'_>) {
        let path = absolute(entry.path);
        if let Some(below) = MODULES.iter().find_map(|start| path.strip_prefix(*start)) {
            self.take_of_modules(&path, below, entry.content);
        } else if is_configuration(&path) && entry.mode & KIND != LINK {
            self.files.insert(path, entry.content.to_vec());
        } else if path.ends_with(b"bin/modprobe") {
            let target = if entry.mode & KIND == LINK { entry.content } else { &path };
            self.programs.insert(path.clone(), target.to_vec());
        } else if path.ends_with(b"bin/busybox") {
            self.has_busybox = true;
        }
    }

    fn take_of_modules(&mut self, path: &[u8], below: &[u8], content: &[u8]) {
        let Some(slash) = below.iter().position(|&byte| byte == b'/') else { return };
        let (release, name) = (&below[..slash], &below[slash + 1..]);
        if suffix::split(name).is_some() {
            self.modules.insert(ModuleName::of_path(name));
            self.release.get_or_insert_with(|| release.to_vec());
        } else if name == b"modules.softdep" {
            self.files.insert(path.to_vec(), content.to_vec());
        }
    }

    /// What the image comes to; lines are said to stand in `IMAGE:PATH`.
    pub(super) fn contents(self, image: &[u8]) -> Contents {
        Contents {
            configuration: self.configuration(image),
            engine: self.engine(),
            release: self.release,
            modules: self.modules,
        }
    }

    fn engine(&self) -> Option<Engine> {
        let program = self.programs.first_key_value();
        let of_program = program.map(|(path, target)| engine_of(path, target));
        let busybox = || self.has_busybox.then(|| Engine::Busybox(b"/bin/busybox".to_vec()));
        of_program.or_else(busybox)
    }

    fn configuration(&self, image: &[u8]) -> Configuration {
        let softdeps = self.files.keys().filter(|path| path.ends_with(b"/modules.softdep"));
        let mut listed: Vec<_> = softdeps.map(|path| Listed::File(path.clone())).collect();
        let mut directories: Vec<&[u8]> = vec![b""; listed.len()];
        for directory in CONFIGURATION {
            let names = self.files.keys().filter_map(|path| {
                let name = path.strip_prefix(directory.as_bytes())?.strip_prefix(b"/")?;
                Some(name.to_vec())
            });
            listed.push(Listed::Directory(names.collect()));
            directories.push(directory.as_bytes());
        }
        let files = select(&listed).into_iter().filter_map(|file| {
            let path = match &listed[file.place] {
                Listed::File(path) => path.clone(),
                Listed::Directory(_) => [directories[file.place], b"/", file.name].concat(),
            };
            let bytes = self.files.get(&path)?.clone();
            Some(ReadFile { path: [image, b":", &path].concat(), bytes })
        });
        of_files(files.collect())
    }
}

/// The path with one slash before it, whatever is there: archives hold `etc`, `./etc` and `/etc`.
fn absolute(path: &[u8]) -> Vec<u8> {
    let path = path.strip_prefix(b".").filter(|rest| rest.starts_with(b"/")).unwrap_or(path);
    let start = path.iter().take_while(|&&byte| byte == b'/').count();
    [b"/", &path[start..]].concat()
}

fn is_configuration(path: &[u8]) -> bool {
    CONFIGURATION.iter().any(|directory| {
        let name = path.strip_prefix(directory.as_bytes()).and_then(|name| name.strip_prefix(b"/"));
        name.is_some_and(|name| is_configuration_name(name) && !name.contains(&b'/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmodctl_decide::Origin;

    fn gathered(entries: &[(&str, u32, &str)]) -> Contents {
        let mut gathered = Gathered::default();
        for (path, mode, content) in entries {
            let entry = Entry { path: path.as_bytes(), mode: *mode, content: content.as_bytes() };
            gathered.take(&entry);
        }
        gathered.contents(b"/boot/initrd")
    }

    #[test]
    fn modules_and_configuration_are_gathered() {
        const FILE: u32 = 0o100_644;
        let contents = gathered(&[
            ("usr/lib/modules/6.1/kernel/a-b.ko.xz", FILE, "…"),
            ("usr/lib/modules/6.1/modules.softdep", FILE, "softdep a_b pre: c\n"),
            ("./etc/modprobe.d/z.conf", FILE, "blacklist a_b\n"),
            ("usr/lib/modprobe.d/b.conf", FILE, "install a_b /bin/false\n"),
            ("usr/lib/modprobe.d/z.conf", FILE, "blacklist hidden\n"),
            ("etc/modprobe.d/README", FILE, "blacklist no\n"),
            ("usr/sbin/modprobe", LINK | 0o777, "../bin/kmod"),
            ("usr/bin/busybox", FILE, "…"),
        ]);
        assert_eq!(contents.release.as_deref(), Some(&b"6.1"[..]));
        assert_eq!(contents.modules, BTreeSet::from([ModuleName::new("a_b")]));
        assert_eq!(contents.engine, Some(Engine::Kmod(b"/usr/sbin/modprobe".to_vec())));
        let places: Vec<_> = contents
            .configuration
            .entries
            .iter()
            .map(|entry| match &entry.origin {
                Origin::File { path, line } => format!("{}:{line}", path.escape_ascii()),
                Origin::KernelCommandLine => "no".into(),
            })
            .collect();
        let expected = [
            "/boot/initrd:/usr/lib/modprobe.d/b.conf:1",
            "/boot/initrd:/usr/lib/modules/6.1/modules.softdep:1",
            "/boot/initrd:/etc/modprobe.d/z.conf:1",
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn without_modprobe_busybox_loads_modules() {
        let busybox = Some(Engine::Busybox(b"/bin/busybox".to_vec()));
        assert_eq!(gathered(&[("bin/busybox", 0o100_755, "…")]).engine, busybox);
        let link = [("sbin/modprobe", LINK, "/bin/busybox")];
        assert_eq!(gathered(&link).engine, Some(Engine::Busybox(b"/sbin/modprobe".to_vec())));
        assert_eq!(gathered(&[]).engine, None);
    }
}
