//! What a machine tells of the parameters of its modules, and writing live ones. What a value means
//! is known in `decide`.

use kmodctl_decide::parameters::set::LiveChange;
use kmodctl_decide::parameters::{Live, Parameters};
use kmodctl_decide::{Errno, Problem, World};
use kmodctl_format::ModuleName;
use kmodctl_format::elf::ModuleFile;
use kmodctl_format::modinfo;
use rustix::fs::{Mode, OFlags};

use crate::file::errno;
use crate::host::names;
use crate::machine::Machine;
use crate::module_file::open_module;
use crate::place::joined;

impl Parameters for Machine {
    fn modinfo(&self, module: &ModuleName) -> Result<Vec<u8>, Problem> {
        let Some(file) = self.module_file(module.as_bytes())? else {
            return self.builtin_modinfo_of(module);
        };
        let damaged = |damage| Problem::ModuleDamaged { file: file.path.clone(), damage };
        let opened = ModuleFile::read(open_module(&file.path)?.bytes);
        let section = opened.and_then(|file| file.section(modinfo::SECTION));
        Ok(section.map_err(damaged)?.unwrap_or_default())
    }

    fn live_parameters(&self, module: &ModuleName) -> Vec<Live> {
        let directory = self.parameter_directory(module);
        let live = |name: Vec<u8>| {
            let status = rustix::fs::stat(joined(&directory, &name)).ok()?;
            let is_writable = Mode::from_raw_mode(status.st_mode).contains(Mode::WUSR);
            Some(Live { value: self.parameter(module, &name).ok(), name, is_writable })
        };
        names(&directory).into_iter().filter_map(live).collect()
    }
}

impl Machine {
    /// Writes a live value, and returns what the kernel shows afterwards, if it shows anything.
    pub fn set_parameter(&self, change: &LiveChange) -> Result<Option<Vec<u8>>, Problem> {
        let file = joined(&self.parameter_directory(&change.module), &change.parameter);
        match write(&file, &change.after) {
            Ok(()) => Ok(self.parameter(&change.module, &change.parameter).ok()),
            Err(refused) => Err(Problem::ParameterRefused {
                module: change.module.clone(),
                parameter: change.parameter.clone(),
                value: change.after.clone(),
                errno: refused,
            }),
        }
    }

    fn parameter_directory(&self, module: &ModuleName) -> Vec<u8> {
        [&self.place().sys, &b"/module/"[..], module.as_bytes(), b"/parameters"].concat()
    }

    fn builtin_modinfo_of(&self, module: &ModuleName) -> Result<Vec<u8>, Problem> {
        let records = self.builtin_modinfo()?.unwrap_or_default();
        let mut strings = Vec::new();
        for entry in modinfo::builtin_entries_of(&records, module.as_bytes()).flatten() {
            strings.extend([entry.key, b"=", entry.value, b"\0"].concat());
        }
        Ok(strings)
    }
}

/// Writes an attribute at once, as sysfs wants it.
fn write(path: &[u8], value: &[u8]) -> Result<(), Errno> {
    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(errno)?;
    let line = [value, b"\n"].concat();
    match rustix::io::write(&file, &line).map_err(errno)? {
        written if written == line.len() => Ok(()),
        _ => Err(Errno::EINVAL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module_index::IndexFile;
    use crate::tree::Tree;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn live_values_are_read_and_written() {
        let tree = Tree::new();
        tree.write("sys/module/m/parameters/a", "1\n");
        tree.write("sys/module/m/parameters/b", "x y\n");
        let fixed = tree.path("sys/module/m/parameters/b");
        std::fs::set_permissions(fixed, Permissions::from_mode(0o444)).unwrap();
        let machine = Machine::new(tree.place(&[]));
        let module = ModuleName::new("m");
        let mut live = machine.live_parameters(&module);
        live.sort_by(|left, right| left.name.cmp(&right.name));
        let shown = |name: &str, value: &str, is_writable| Live {
            name: name.into(),
            value: Some(value.into()),
            is_writable,
        };
        assert_eq!(live, [shown("a", "1", true), shown("b", "x y", false)]);
        let change = |parameter: &str| LiveChange {
            module: module.clone(),
            parameter: parameter.into(),
            before: None,
            after: b"two".to_vec(),
        };
        assert_eq!(machine.set_parameter(&change("a")), Ok(Some(b"two".to_vec())));
        let refused = machine.set_parameter(&change("none")).unwrap_err();
        assert!(matches!(refused, Problem::ParameterRefused { errno: Errno::ENOENT, .. }));
        assert_eq!(machine.live_parameters(&ModuleName::new("none")), []);
    }

    #[test]
    fn what_built_in_modules_say_is_found() {
        let tree = Tree::new();
        tree.write_index(IndexFile::Builtin, &[("m", "")]);
        tree.write(
            "modules/modules.builtin.modinfo",
            "l.parm=x:y\0m.parmtype=a:int\0m.license=GPL\0",
        );
        let machine = Machine::new(tree.place(&[]));
        let said = machine.modinfo(&ModuleName::new("m")).unwrap();
        assert_eq!(said, b"parmtype=a:int\0license=GPL\0");
        assert_eq!(machine.modinfo(&ModuleName::new("none")), Ok(Vec::new()));
    }
}
