//! A machine's whole lists, for the questions of operators. Each is read when it is asked for.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use kmodctl_decide::boot_list::{Wanted, boot_list as put_together};
use kmodctl_decide::inventory::{KernelFacts, ShowNeeds, TextFile, Use};
use kmodctl_decide::want::Want;
use kmodctl_decide::{BootLine, Device, Errno, Inventory, ModuleFile, Problem};
use kmodctl_format::ModuleName;
use kmodctl_format::dependencies::Dependencies;
use kmodctl_format::proc_modules::LoadedModule;

use crate::boot_list;
use crate::driven_devices;
use crate::file::read_start;
use crate::host::names;
use crate::kernel_facts;
use crate::machine::Machine;
use crate::module_index::IndexFile;
use crate::place::joined;
use crate::{uses, wants};

impl Inventory for Machine {
    fn module_files(&self) -> Result<Vec<(ModuleName, ModuleFile)>, Problem> {
        let mut files = Vec::new();
        self.walk_index(IndexFile::Dependencies, |key, value| {
            let file = self.dependency_line(value.bytes);
            files.extend(file.map(|file| (ModuleName::verbatim(key), file)));
        })?;
        Ok(files)
    }

    fn each_need(&self, show: &mut ShowNeeds<'_>) -> Result<(), Problem> {
        self.walk_index(IndexFile::Dependencies, |key, value| {
            if let Some(line) = Dependencies::parse(value.bytes) {
                show(key, &mut line.paths());
            }
        })
    }

    fn aliases(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem> {
        let mut aliases = Vec::new();
        self.walk_index(IndexFile::Alias, |key, value| {
            aliases.push((key.to_vec(), ModuleName::new(value.bytes)));
        })?;
        Ok(aliases)
    }

    fn symbols(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem> {
        let mut symbols = Vec::new();
        self.walk_index(IndexFile::Symbols, |key, value| {
            symbols.push((key.to_vec(), ModuleName::new(value.bytes)));
        })?;
        Ok(symbols)
    }

    fn builtin_modules(&self) -> Result<Vec<ModuleName>, Problem> {
        let mut modules = Vec::new();
        self.walk_index(IndexFile::Builtin, |key, _| modules.push(ModuleName::verbatim(key)))?;
        Ok(modules)
    }

    fn loaded_modules(&self) -> Result<Vec<LoadedModule>, Errno> {
        self.loaded()
    }

    fn devices(&self) -> Vec<Device> {
        driven_devices::read(&self.place().sys)
    }

    fn boot_lines(&self) -> Vec<BootLine> {
        let requested = boot_list::command_line(&self.place().proc).requested;
        let files = boot_list::files(&self.place().modules_load).read;
        let wanted = put_together(&requested, &files, false).into_iter();
        wanted.map(boot_line).collect()
    }

    fn configuration_files(&self) -> Vec<TextFile> {
        let place = self.place();
        let directories = place.configuration.iter().chain(&place.modules_load);
        directories.flat_map(|directory| texts(directory)).collect()
    }

    fn kernel_facts(&self) -> KernelFacts {
        self.kernel_facts.get_or_init(|| kernel_facts::read(&self.place().proc)).clone()
    }

    fn uses(&self, module: &ModuleName) -> Vec<Use> {
        uses::of(self, module)
    }

    fn wants(&self) -> Vec<Want> {
        wants::read(self)
    }
}

/// The files of a directory, whatever they are called, in byte order of their names.
fn texts(directory: &[u8]) -> Vec<TextFile> {
    const LIMIT: usize = 64 << 20;
    let mut names = names(directory);
    names.sort_unstable();
    let paths = names.iter().map(|name| joined(directory, name));
    let is_file = |path: &Vec<u8>| {
        std::fs::metadata(OsStr::from_bytes(path)).is_ok_and(|found| found.is_file())
    };
    let read = |path: Vec<u8>| {
        let bytes = read_start(&path, LIMIT).ok()?;
        Some(TextFile { path, bytes })
    };
    paths.filter(is_file).filter_map(read).collect()
}

fn boot_line(wanted: Wanted) -> BootLine {
    let (file, line) = wanted.origin.place().unzip();
    BootLine { name: wanted.name, file, line: line.unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn lists_are_read_whole() {
        let tree = Tree::new();
        tree.write_index(IndexFile::Dependencies, &[("b", "k/b.ko: k/a.ko"), ("a", "k/a.ko:")]);
        tree.write_index(IndexFile::Alias, &[("pci:*", "b"), ("fs-x", "a")]);
        tree.write_index(IndexFile::Builtin, &[("tty", "")]);
        let machine = Machine::new(tree.place(&[]));
        let names: Vec<_> =
            machine.module_files().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [ModuleName::new("a"), ModuleName::new("b")]);
        let expected = [("fs-x", "a"), ("pci:*", "b")];
        let expected = expected.map(|(key, name)| (key.as_bytes().to_vec(), ModuleName::new(name)));
        assert_eq!(machine.aliases().unwrap(), expected);
        assert_eq!(machine.builtin_modules().unwrap(), [ModuleName::new("tty")]);
        assert_eq!(machine.loaded_modules(), Err(Errno::ENOENT));
    }

    #[test]
    fn boot_lines_come_from_files_and_the_command_line() {
        let tree = Tree::new();
        tree.write("modules-load.d/b.conf", "# x\nloop\n");
        tree.write("modules-load.d/a.conf", "snd-hda\n");
        tree.write("modules-load.d/no", "never\n");
        tree.write("proc/cmdline", "ro modules_load=x rd.modules_load=y\n");
        let lines = Machine::new(tree.place(&[])).boot_lines();
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.name.escape_ascii().to_string(), line.file.is_some(), line.line))
            .collect();
        let expected = [("x", false, 0), ("snd-hda", true, 1), ("loop", true, 2)];
        assert_eq!(shown, expected.map(|(name, file, line)| (name.to_string(), file, line)));
    }
}
