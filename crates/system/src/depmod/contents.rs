//! Reading many module files at once.

use kmodctl_decide::depmod::{Contents, MODINFO_KEYS, Module};
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::depmod_cache::{Stamp, StoredContents};
use kmodctl_format::elf::{Damage, ModuleFile, Part};
use kmodctl_format::modinfo::{self, of_keys};
use kmodctl_format::suffix;
use kmodctl_format::symbols::linkage;
use kmodctl_format::{ModuleName, ReadAt};

use super::jobs::{Jobs, for_each_of};
use crate::module_file::{open_reading, unpack_into};

/// How modules are read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// How many threads there may be.
    pub jobs: Jobs,
    /// Whether checksums of what modules give are wanted; else they are 0.
    pub with_checksums: bool,
    /// What is kept of the modules.
    pub kept: &'a (dyn KeptContents + Sync),
}

/// What is kept of modules, by their places in the list of all.
pub trait KeptContents {
    /// Whether something is kept of a module and still holds.
    fn holds(&self, number: usize) -> bool;

    /// The bytes that are kept of it. The first question may take its time.
    fn bytes(&self, number: usize) -> Option<&[u8]>;
}

/// Reads what depmod needs of modules, in their order, and the state in which each file was; what is
/// kept of a file stands for it, and then there is no state.
pub fn read_modules<'a>(
    modules: Vec<(ModuleName, Vec<u8>)>,
    reading: &Reading<'a>,
) -> (Vec<Module<'a>>, Vec<Option<Stamp>>) {
    // Unpacking keeps processors busy, and takes memory in each thread.
    let is_packed = |(_, path): &(_, Vec<u8>)| matches!(suffix::split(path), Some((_, Some(_))));
    let jobs = reading.jobs;
    let threads = if modules.iter().any(is_packed) { jobs.computing() } else { jobs.waiting() };
    // Files are unpacked by some threads while another one waits for what is kept.
    let mut order: Vec<usize> = (0..modules.len()).collect();
    order.sort_by_key(|&number| reading.kept.holds(number));
    let read = for_each_of(threads, &order, Room::default, |room, number| {
        match reading.kept.bytes(number).and_then(StoredContents::read) {
            Some(stored) => (Contents { stored, problem: None }, None),
            None => contents(&modules[number].1, reading.with_checksums, room),
        }
    });
    let module = |((name, path), read): (_, Option<_>)| {
        let (contents, stamp): (Contents, _) = read.unwrap_or_default();
        (Module { name, path, contents }, stamp)
    };
    modules.into_iter().zip(read).map(module).unzip()
}

/// A file of no more bytes is read at once.
const SMALL: u64 = 64 * 1024;

/// Room for a file's bytes, which is used again.
#[derive(Default)]
struct Room {
    file: Vec<u8>,
    unpacked: Vec<u8>,
}

fn contents(
    path: &[u8],
    with_checksums: bool,
    room: &mut Room,
) -> (Contents<'static>, Option<Stamp>) {
    let damaged = |problem| Contents { problem: Some(named(problem)), ..Contents::default() };
    let (file, codec) = match open_reading(path, SMALL, &mut room.file) {
        Ok(opened) => opened,
        Err(problem) => return (damaged(problem), None),
    };
    let stamp = Some(file.stamp());
    let contents = match codec {
        Some(codec) => match unpack_into(path, &file, codec, &mut room.file, &mut room.unpacked) {
            Ok(()) => of_bytes(path, &room.unpacked[..], with_checksums),
            Err(problem) => damaged(problem),
        },
        None if file.length() <= SMALL => of_bytes(path, &room.file[..], with_checksums),
        None => of_bytes(path, &file, with_checksums),
    };
    room.shrink();
    (contents, stamp)
}

impl Room {
    /// Gives back what a large module took: most are small.
    fn shrink(&mut self) {
        const MOST: usize = 2 << 20;
        for bytes in [&mut self.file, &mut self.unpacked] {
            if bytes.capacity() > MOST {
                *bytes = Vec::new();
            }
        }
    }
}

fn of_bytes<R: ReadAt + ?Sized>(path: &[u8], bytes: &R, with_checksums: bool) -> Contents<'static> {
    let damaged = |damage| Problem::ModuleDamaged { file: path.into(), damage };
    let file = match ModuleFile::read(bytes) {
        Ok(file) => file,
        Err(damage) => return Contents { problem: Some(damaged(damage)), ..Contents::default() },
    };
    let linkage = linkage(&file, with_checksums);
    let (modinfo, damage) = match file.section(modinfo::SECTION) {
        Ok(modinfo) => {
            let modinfo = of_keys(&modinfo.unwrap_or_default(), &MODINFO_KEYS);
            (modinfo, linkage.damage)
        }
        Err(damage) => (Vec::new(), linkage.damage.or(Some(damage))),
    };
    let symbols = [&linkage.exported, &linkage.needed];
    let stored = StoredContents::new(&modinfo, symbols, with_checksums);
    // More than fits is as bad as none.
    let too_long = Damage::Broken { part: Part::Section, offset: 0 };
    let damage = damage.or(stored.is_none().then_some(too_long));
    Contents { stored: stored.unwrap_or_default(), problem: damage.map(damaged) }
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

    struct Nothing;

    impl KeptContents for Nothing {
        fn holds(&self, _: usize) -> bool {
            false
        }
        fn bytes(&self, _: usize) -> Option<&[u8]> {
            None
        }
    }

    fn reading(jobs: Jobs) -> Reading<'static> {
        Reading { jobs, with_checksums: true, kept: &Nothing }
    }

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
        let modules = read_modules(listed.collect(), &reading(Jobs::default())).0;
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
        assert!(read_modules(Vec::new(), &reading(Jobs::default())).0.is_empty());
    }
}
