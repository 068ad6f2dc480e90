//! What the running kernel tells of the modules in it, as far as only operators and lsmod ask; what
//! plans ask for is in `machine`.

use kmodctl_decide::Errno;
use kmodctl_format::ModuleName;
use kmodctl_format::proc_modules::{self, LoadedModule};

use crate::file::read_to_end;
use crate::machine::Machine;
use crate::place::joined;
use crate::sysfs::LoadedSection;

impl Machine {
    /// Modules in the kernel, newest first, from `/proc/modules`.
    pub fn loaded(&self) -> Result<Vec<LoadedModule>, Errno> {
        const LIMIT: usize = 64 << 20;
        let lines = read_to_end(&joined(&self.place().proc, b"modules"), LIMIT)?;
        Ok(proc_modules::parse(&lines).collect())
    }

    /// The memory a loaded module takes, in bytes: `/sys/module/M/coresize`, and where that file
    /// is missing from the directory the second word of its line in `/proc/modules`.
    pub fn size(&self, module: &ModuleName) -> Result<i64, Errno> {
        self.sysfs().number(module, "coresize").or_else(|errno| {
            if !self.sysfs().is_there(module) {
                return Err(errno);
            }
            let listed = self.loaded()?.into_iter().find(|loaded| loaded.name == *module);
            let size = listed.and_then(|loaded| loaded.size).ok_or(Errno::ENOENT)?;
            i64::try_from(size).map_err(|_| Errno::EINVAL)
        })
    }

    /// The sections of a loaded module and their addresses, from `/sys/module/M/sections`.
    pub fn sections(&self, module: &ModuleName) -> Result<Vec<LoadedSection>, Errno> {
        self.sysfs().sections(module)
    }

    /// The live value of a parameter: `/sys/module/M/parameters/P` without its newline.
    pub fn parameter(&self, module: &ModuleName, parameter: &[u8]) -> Result<Vec<u8>, Errno> {
        self.sysfs().parameter(module, parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use kmodctl_decide::{InitState, World};

    #[test]
    fn sections_are_names_and_addresses() {
        let tree = Tree::new();
        let machine = Machine::new(tree.place(&[]));
        let module = ModuleName::new("m");
        assert_eq!(machine.sections(&module), Err(Errno::ENOENT));
        tree.write("sys/module/m/sections/.text", "0xffffffffc0001000\n");
        let section = LoadedSection { name: b".text".to_vec(), address: 0xffff_ffff_c000_1000 };
        assert_eq!(machine.sections(&module), Ok(vec![section]));
        tree.write("sys/module/m/sections/.odd", "odd\n");
        assert_eq!(machine.sections(&module), Err(Errno::EINVAL));
    }

    #[test]
    fn what_sysfs_says_is_asked_anew_each_time() {
        for is_open in [false, true] {
            let tree = Tree::new();
            std::fs::create_dir_all(tree.path("sys/module")).unwrap();
            let mut machine = Machine::new(tree.place(&[]));
            if is_open {
                machine.keep_sysfs_open();
            }
            answers_follow_the_files(&tree, &machine);
        }
    }

    fn answers_follow_the_files(tree: &Tree, machine: &Machine) {
        let module = ModuleName::new("m");
        assert_eq!(machine.state(&module), None);
        assert_eq!(machine.references(&module), Err(Errno::ENOENT));
        assert_eq!(machine.holders(&module), Err(Errno::ENOENT));
        assert_eq!(machine.size(&module), Err(Errno::ENOENT));
        std::fs::create_dir(tree.path("sys/module/m")).unwrap();
        assert_eq!(machine.state(&module), Some(InitState::Coming));
        let states = [
            ("coming\n", Some(InitState::Coming)),
            ("live\n", Some(InitState::Live)),
            ("odd\n", None),
        ];
        for (text, state) in states {
            tree.write("sys/module/m/initstate", text);
            assert_eq!(machine.state(&module), state, "{text}");
        }
        tree.write("proc/modules", "other 1 0 - Live 0x0\nm 42 0 - Live 0x0\n");
        assert_eq!(machine.size(&module), Ok(42));
        tree.write("sys/module/m/coresize", "12288\n");
        assert_eq!(machine.size(&module), Ok(12288));
        tree.write("sys/module/m/refcnt", "3\n");
        assert_eq!(machine.references(&module), Ok(3));
        tree.write("sys/module/m/refcnt", "three\n");
        assert_eq!(machine.references(&module), Err(Errno::EINVAL));
        tree.write("sys/module/m/holders/h", "");
        assert_eq!(machine.holders(&module), Ok(vec![ModuleName::new("h")]));
        let loaded = machine.loaded().unwrap();
        let names: Vec<_> = loaded.iter().map(|one| one.name.as_bytes()).collect();
        assert_eq!(names, [&b"other"[..], b"m"]);
    }
}
