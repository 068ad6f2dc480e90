//! A close look at the machine after something was refused. What follows is decided in `decide`.

use kmodctl_decide::{Errno, Evidence, Inventory, Problem, World};
use kmodctl_format::ModuleName;
use kmodctl_format::elf::Damage;
use kmodctl_format::modinfo::{SECTION, entries};

use crate::depmod::{Found, Jobs, scan};
use crate::file::{RangedFile, read_start};
use crate::kernel_facts;
use crate::machine::Machine;
use crate::module_file::open_sections;
use crate::module_index::IndexFile;
use crate::place::joined;

impl Evidence for Machine {
    fn may_change_modules(&self) -> bool {
        const LIMIT: usize = 64 * 1024;
        let status = read_start(&joined(&self.place().proc, b"self/status"), LIMIT);
        status.ok().as_deref().and_then(capabilities).is_none_or(|held| held & CAP_SYS_MODULE != 0)
    }

    fn are_modules_disabled(&self) -> bool {
        kernel_facts::are_modules_disabled(&self.place().proc)
    }

    fn is_permanent(&self, module: &ModuleName) -> bool {
        let loaded = self.loaded().unwrap_or_default();
        loaded.iter().any(|loaded| loaded.name == *module && loaded.is_permanent)
    }

    fn has_index(&self) -> bool {
        let name = IndexFile::Dependencies.file_name();
        RangedFile::open(&self.place().module_directory_file(name)).is_ok()
    }

    fn foreign_machine(&self, file: &[u8]) -> Result<Option<u16>, Problem> {
        let module = match open_sections(file) {
            // Six bytes are needed to tell how a file is compressed.
            Err(Problem::FileUnreadable { errno: Errno::EINVAL, .. }) => {
                return Err(Problem::ModuleDamaged { file: file.into(), damage: Damage::NotElf });
            }
            opened => opened?,
        };
        Ok(Some(module.machine())
            .filter(|machine| own_machine().is_some_and(|own| own != *machine)))
    }

    fn known_aliases(&self) -> Vec<(Vec<u8>, ModuleName)> {
        self.aliases().unwrap_or_default()
    }

    fn other_release(&self, file: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        const LIMIT: usize = 4096;
        let modinfo = open_sections(file).ok()?.section(SECTION).ok()??;
        let vermagic = entries(&modinfo).find(|entry| entry.key == b"vermagic")?.value;
        let built_for = vermagic.split(|&byte| byte == b' ').next()?;
        let running = read_start(&joined(&self.place().proc, b"sys/kernel/osrelease"), LIMIT);
        let running = running.ok()?.trim_ascii().to_vec();
        (built_for != running).then(|| (built_for.to_vec(), running))
    }

    fn files_named(&self, module: &ModuleName) -> Vec<Vec<u8>> {
        // A directory that cannot be read has no files for us.
        let found = scan(self.module_directory(), &[], Jobs::default()).unwrap_or_default();
        let of_module = |found| match found {
            Found::Module(path) => (ModuleName::of_path(&path) == *module).then_some(path),
            Found::Odd(_) => None,
        };
        let mut files: Vec<_> = found.into_iter().filter_map(of_module).collect();
        files.sort_unstable();
        files
    }
}

/// `CAP_SYS_MODULE` of `include/uapi/linux/capability.h`.
const CAP_SYS_MODULE: u64 = 1 << 16;

/// The capabilities in force, of `/proc/self/status`.
fn capabilities(status: &[u8]) -> Option<u64> {
    let line =
        status.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"CapEff:"))?;
    u64::from_str_radix(std::str::from_utf8(line.trim_ascii()).ok()?, 16).ok()
}

/// The number of the architecture that this program runs on (`e_machine`), where it is known.
fn own_machine() -> Option<u16> {
    Some(match std::env::consts::ARCH {
        "x86" => 3,
        "powerpc64" => 21,
        "s390x" => 22,
        "arm" => 40,
        "x86_64" => 62,
        "aarch64" => 183,
        "riscv64" => 243,
        "loongarch64" => 258,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn capabilities_and_switches_are_read_from_proc() {
        let tree = Tree::new();
        let machine = Machine::new(tree.place(&[]));
        assert!(machine.may_change_modules());
        assert!(!machine.are_modules_disabled());
        let table = [("000001ffffffffff", true), ("0000000000010000", true), ("0", false)];
        for (held, may) in table {
            tree.write("proc/self/status", format!("Name:\tx\nCapEff:\t{held}\n"));
            assert_eq!(machine.may_change_modules(), may, "{held}");
        }
        tree.write("proc/sys/kernel/modules_disabled", "1\n");
        assert!(machine.are_modules_disabled());
    }

    #[test]
    fn files_of_a_module_are_found_wherever_they_are() {
        let tree = Tree::new();
        let machine = Machine::new(tree.place(&[]));
        assert!(!machine.has_index());
        tree.write_index(IndexFile::Dependencies, &[]);
        assert!(machine.has_index());
        for file in ["updates/a-b.ko.xz", "kernel/a_b.ko", "kernel/a.ko"] {
            tree.write(&format!("modules/{file}"), "");
        }
        let found = machine.files_named(&ModuleName::new("a_b"));
        assert_eq!(
            found,
            ["kernel/a_b.ko", "updates/a-b.ko.xz"]
                .map(|file| tree.bytes(&format!("modules/{file}")))
        );
    }

    #[test]
    fn a_file_is_told_by_its_architecture_or_its_damage() {
        let tree = Tree::new();
        let machine = Machine::new(tree.place(&[]));
        for text in ["", "no module, but a text that is longer than any header of an ELF file has"]
        {
            tree.write("modules/m.ko", text);
            let told = machine.foreign_machine(&tree.bytes("modules/m.ko"));
            assert!(matches!(told, Err(Problem::ModuleDamaged { .. })), "{told:?}");
        }
        let own = std::env::current_exe().unwrap();
        let own = own.to_str().unwrap().as_bytes();
        assert_eq!(machine.foreign_machine(own), Ok(None));
        let mut other = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        other[18..20].copy_from_slice(&9999_u16.to_le_bytes());
        tree.write("modules/m.ko", other);
        assert_eq!(machine.foreign_machine(&tree.bytes("modules/m.ko")), Ok(Some(9999)));
    }
}
