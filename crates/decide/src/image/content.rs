//! From the files that were kept of an image to its modules, its configuration and its engine.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use alloc::vec::Vec;

use kmodctl_format::configuration::{
    Directive, Place, is_configuration_name, parse, select, words,
};
use kmodctl_format::dependencies::Dependencies;
use kmodctl_format::index::Index;
use kmodctl_format::name::fold_alias;
use kmodctl_format::{ModuleName, kernel_command_line, modules_load};

use super::place::{
    BOOSTER, BUSYBOX, CONFIGURATION, KMOD, LISTS, MODPROBE, MODULES_LOAD, followed,
    in_module_directory, split,
};
use super::{Contents, ImageFile};
use crate::configuration::{Configuration, Entry, Origin};
use crate::inventory::{BootLine, Engine};
use crate::world::ModuleFile;

/// What is done with a line of an index: its key, which a text has not, and its value.
type Visit<'v> = dyn FnMut(Option<&[u8]>, &[u8]) + 'v;

/// The kept files of an image by their plain paths.
struct Kept<'a> {
    image: &'a [u8],
    files: &'a BTreeMap<Vec<u8>, ImageFile>,
}

pub(super) fn read(
    image: &[u8],
    files: &BTreeMap<Vec<u8>, ImageFile>,
    command_line: &[u8],
) -> Contents {
    let kept = Kept { image, files };
    let release = kept.release();
    let directory = kept.module_directory(release.as_deref().unwrap_or_default());
    let modules: BTreeSet<_> = kept.module_files().map(ModuleName::of_path).collect();
    Contents {
        configuration: kept.configuration(&directory, command_line),
        engine: kept.engine(),
        files: kept.dependencies(&directory, &modules),
        aliases: kept.table(&directory, b"modules.alias"),
        symbols: kept.table(&directory, b"modules.symbols"),
        boot_lines: kept.boot_lines(command_line),
        release,
        directory,
        modules,
    }
}

impl<'a> Kept<'a> {
    /// What a path leads to, through at most eight links.
    fn file(&self, path: &[u8]) -> Option<(Vec<u8>, &'a ImageFile)> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let file = self.files.get(&path)?;
            if !file.is_link {
                return Some((path, file));
            }
            path = followed(&path, &file.content);
        }
        None
    }

    fn content(&self, path: &[u8]) -> Option<&'a [u8]> {
        self.file(path).map(|(_, file)| &file.content[..])
    }

    fn module_files(&self) -> impl Iterator<Item = &'a [u8]> {
        let paths = self.files.keys().map(Vec::as_slice);
        paths.filter(|path| {
            in_module_directory(path).is_some()
                && kmodctl_format::suffix::split(split(path).1).is_some()
        })
    }

    fn release(&self) -> Option<Vec<u8>> {
        let inside = self.files.keys().filter_map(|path| in_module_directory(path));
        inside.map(|(release, _)| release.to_vec()).max()
    }

    /// How a file of the image is named to those outside it.
    fn named(&self, path: &[u8]) -> Vec<u8> {
        [self.image, b":/", path].concat()
    }

    /// The directory of a release, wherever the image has it.
    fn module_directory(&self, release: &[u8]) -> Vec<u8> {
        let directory = |prefix: &&[u8]| [*prefix, release].concat();
        let is_there = |directory: &Vec<u8>| {
            self.files.keys().any(|path| path.starts_with(&[&directory[..], b"/"].concat()))
        };
        let places = super::place::MODULES.iter().map(directory);
        places.clone().find(is_there).unwrap_or_else(|| [b"lib/modules/", release].concat())
    }

    fn configuration(&self, directory: &[u8], command_line: &[u8]) -> Configuration {
        let softdeps = [directory, b"/modules.softdep"].concat();
        let mut configuration = Configuration::default();
        for path in self.selected(&CONFIGURATION, Some(softdeps)) {
            let Some(bytes) = self.content(&path) else { continue };
            let path: Rc<[u8]> = self.named(&path).into();
            let lines = parse(bytes).lines.into_iter();
            configuration.entries.extend(lines.map(|line| Entry::of_file(&path, line)));
        }
        let listed = kernel_command_line::parse(command_line).blacklist.into_iter();
        configuration.entries.extend(listed.map(|module| Entry {
            directive: Directive::Blacklist { module },
            origin: Origin::KernelCommandLine,
        }));
        configuration
    }

    /// The files of some directories in the order in which they are read.
    fn selected(&self, directories: &[&[u8]], first: Option<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut places: Vec<Place> = Vec::new();
        let mut paths: Vec<&[u8]> = Vec::new();
        if let Some(file) = &first {
            places.push(Place::File(file.clone()));
            paths.push(split(file).0);
        }
        for directory in directories {
            let inside = self.files.keys().map(|path| split(path));
            let names =
                inside.filter(|(place, name)| place == directory && is_configuration_name(name));
            places.push(Place::Directory(names.map(|(_, name)| name.to_vec()).collect()));
            paths.push(directory);
        }
        let selected = select(&places);
        selected.iter().map(|file| [paths[file.place], b"/", file.name].concat()).collect()
    }

    fn dependencies(
        &self,
        directory: &[u8],
        present: &BTreeSet<ModuleName>,
    ) -> BTreeMap<ModuleName, ModuleFile> {
        let absolute = |path: &[u8]| [directory, b"/", path].concat();
        let mut files = BTreeMap::new();
        self.each_line(directory, b"modules.dep", &mut |_, line| {
            let Some(line) = Dependencies::parse(line) else { return };
            let name = ModuleName::of_path(line.path);
            if present.contains(&name) {
                let dependencies = line.paths().map(absolute).collect();
                files.insert(name, ModuleFile { path: absolute(line.path), dependencies });
            }
        });
        // What modules.dep does not know can still be loaded by its file.
        for path in self.module_files() {
            let file = ModuleFile { path: path.to_vec(), dependencies: Vec::new() };
            files.entry(ModuleName::of_path(path)).or_insert(file);
        }
        files
    }

    /// Patterns and modules of an index, or of the lines `alias PATTERN MODULE` of its text.
    fn table(&self, directory: &[u8], name: &[u8]) -> Vec<(Vec<u8>, ModuleName)> {
        let mut table = Vec::new();
        self.each_line(directory, name, &mut |key, value| {
            let mut words = words(value);
            let entry = match key {
                Some(key) => Some((key.to_vec(), ModuleName::new(value))),
                None if words.next() != Some(b"alias") => None,
                None => words.next().zip(words.next()).and_then(|(pattern, module)| {
                    Some((fold_alias(pattern).ok()?.into_owned(), ModuleName::new(module)))
                }),
            };
            table.extend(entry);
        });
        table
    }

    /// Shows the values of an index with their keys; without an index that can be read, the lines
    /// of its text.
    fn each_line(&self, directory: &[u8], name: &[u8], visit: &mut Visit<'_>) {
        let path = [directory, b"/", name].concat();
        let binary = self.content(&[&path[..], b".bin"].concat()).map(Index::open);
        let is_whole = |index: &Index<_>| index.walk(|_, _| {}).is_ok();
        if let Some(index) = binary.and_then(Result::ok).filter(is_whole) {
            let _ = index.walk(|key, value| visit(Some(key), value.bytes));
            return;
        }
        let text = self.content(&path).unwrap_or_default();
        text.split(|&byte| byte == b'\n').for_each(|line| visit(None, line));
    }

    fn boot_lines(&self, command_line: &[u8]) -> Vec<BootLine> {
        let on_line = modules_load::on_command_line(command_line).into_iter();
        let mut lines: Vec<_> =
            on_line.map(|item| BootLine { name: item.name, file: None, line: 0 }).collect();
        let lists = LISTS.iter().map(|path| path.to_vec());
        for path in lists.chain(self.selected(&MODULES_LOAD, None)) {
            let listed = modules_load::parse(self.content(&path).unwrap_or_default());
            // A line of initramfs-tools may have parameters behind the name.
            lines.extend(listed.map(|line| BootLine {
                name: words(line.name).next().unwrap_or_default().to_vec(),
                file: Some(self.named(&path)),
                line: line.number,
            }));
        }
        lines
    }

    fn engine(&self) -> Option<Engine> {
        let found = |paths: &[&[u8]]| {
            let there = paths.iter().find(|path| self.files.contains_key(**path));
            there.map(|path| [b"/", *path].concat())
        };
        if let Some(path) = found(&[BOOSTER]) {
            return Some(Engine::Booster(path));
        }
        let modprobe = MODPROBE.into_iter().find_map(|path| self.modprobe(path));
        let kmod = || found(&KMOD).map(Engine::Kmod);
        modprobe.or_else(kmod).or_else(|| found(&BUSYBOX).map(Engine::Busybox))
    }

    /// What a program is; nothing of a hard link, whose bytes stand by another name.
    fn modprobe(&self, path: &[u8]) -> Option<Engine> {
        let found = self.files.get(path)?;
        let named = [b"/", path].concat();
        if found.is_link {
            let target = followed(path, &found.content);
            return Some(Engine::of_program(&named, &target, &[]));
        }
        let is_known = !found.content.is_empty();
        is_known.then(|| Engine::of_program(&named, path, &found.content))
    }
}
