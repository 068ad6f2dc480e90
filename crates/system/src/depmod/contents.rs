//! Reading many module files at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use kmodctl_decide::depmod::{Contents, Module};
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::ModuleName;
use kmodctl_format::elf::{Damage, ModuleFile, Part};
use kmodctl_format::modinfo;
use kmodctl_format::symbols::linkage;

use crate::module_file::open_module;

/// Reads what depmod needs of modules, in their order. Checksums of what modules give are read only
/// if they are wanted.
///
/// There are more threads than processors, so that a disk has several reads to choose from.
pub fn read_modules(modules: Vec<(ModuleName, Vec<u8>)>, with_checksums: bool) -> Vec<Module> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, path)) = modules.get(number) else { return done };
            done.push((number, contents(path, with_checksums)));
        }
    };
    let mut read: Vec<Contents> = Vec::new();
    read.resize_with(modules.len(), Contents::default);
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads(modules.len()))
            .map(|_| thread::Builder::new().spawn_scoped(scope, work))
            .collect();
        let own = work();
        let theirs = others.into_iter().flatten().filter_map(|other| other.join().ok());
        for (number, contents) in theirs.flatten().chain(own) {
            read[number] = contents;
        }
    });
    let module = |((name, path), contents)| Module { name, path, contents };
    modules.into_iter().zip(read).map(module).collect()
}

fn threads(modules: usize) -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    (4 * processors).clamp(8, 16).min(modules)
}

fn contents(path: &[u8], with_checksums: bool) -> Contents {
    let damaged = |damage| Problem::ModuleDamaged { file: path.into(), damage };
    let read = open_module(path).and_then(|module| ModuleFile::read(module.bytes).map_err(damaged));
    let file = match read {
        Ok(file) => file,
        Err(problem) => {
            return Contents { problem: Some(named(problem)), ..Contents::default() };
        }
    };
    let linkage = linkage(&file, with_checksums);
    let (modinfo, damage) = match file.section(modinfo::SECTION) {
        Ok(modinfo) => (modinfo.unwrap_or_default(), linkage.damage),
        Err(damage) => (Vec::new(), linkage.damage.or(Some(damage))),
    };
    Contents {
        modinfo,
        exported: linkage.exported,
        needed: linkage.needed,
        problem: damage.map(damaged),
    }
}

/// Says of a file that is too short to be anything what is wrong with it.
fn named(problem: Problem) -> Problem {
    match problem {
        Problem::FileUnreadable { file, errno: Errno::EINVAL } => {
            let damage = Damage::Broken { part: Part::Header, offset: 0 };
            Problem::ModuleDamaged { file, damage }
        }
        problem => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn many_files_are_read_in_their_order_and_damaged_ones_say_so() {
        let tree = Tree::new();
        let names: Vec<_> = (0..100).map(|number| format!("{number}.ko")).collect();
        for (number, name) in names.iter().enumerate() {
            let bytes: &[u8] = match number % 3 {
                0 => b"no module",
                1 => b"tiny",
                _ => b"\xfd7zXZ\0 cut",
            };
            tree.write(name, bytes);
        }
        let listed = names.iter().map(|name| (ModuleName::of_path(name), tree.bytes(name)));
        let modules = read_modules(listed.collect(), true);
        assert_eq!(modules.len(), 100);
        for (number, module) in modules.iter().enumerate() {
            assert_eq!(module.path, tree.bytes(&names[number]));
            let problem = module.contents.problem.as_ref().unwrap();
            let expected = if number % 3 == 0 { Errno::ENOEXEC } else { Errno::EINVAL };
            assert_eq!(problem.errno(), expected, "{number}");
            let detail = match number % 3 {
                0 => "it is not an ELF file",
                1 => "the ELF header is cut off or odd (byte 0)",
                _ => "it ends too early",
            };
            assert_eq!(problem.detail().as_deref(), Some(detail), "{number}");
        }
        assert!(read_modules(Vec::new(), false).is_empty());
    }
}
