//! The kernel we run on, as what carries plans out. How each kind of step is done stands in
//! `insertion`, `removal` and `command`.

use std::ffi::{CString, OsString};

use kmodctl_decide::plan::{Command, Insertion, Removal};
use kmodctl_decide::{Kernel, Problem};
use kmodctl_format::ModuleName;

use crate::place::Place;
use crate::system_calls::{SystemCalls, ThisMachine};
use crate::{command, insertion, removal};

/// The running kernel.
pub struct LiveKernel {
    /// Variables that commands find in their environment, besides ours and `MODPROBE_MODULE`.
    pub environment: Vec<(OsString, OsString)>,
    sys: Vec<u8>,
    calls: Box<dyn SystemCalls>,
}

impl LiveKernel {
    /// The kernel that runs; the place tells where its sysfs is.
    pub fn new(place: &Place) -> Self {
        let calls = Box::new(ThisMachine::new());
        Self { environment: Vec::new(), sys: place.sys.clone(), calls }
    }
}

impl Kernel for LiveKernel {
    fn insert(&mut self, module: &ModuleName, insertion: &Insertion) -> Result<(), Problem> {
        insertion::insert(&mut *self.calls, &self.sys, module, insertion)
    }

    fn remove(&mut self, module: &ModuleName, removal: &Removal) -> Result<(), Problem> {
        removal::remove(&mut *self.calls, module, removal)
    }

    fn command(&mut self, module: &ModuleName, command: &Command) -> Result<(), Problem> {
        command::run(&self.environment, module, command)
    }
}

/// Bytes for the kernel, which reads them up to their first NUL.
pub(crate) fn terminated(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use kmodctl_decide::plan::{CommandKind, Force};

    /// Whoever runs this: no kernel takes these bytes, and none has a module of this name.
    #[test]
    fn the_running_kernel_is_asked() {
        let tree = Tree::new();
        tree.write("m.ko", b"not much of a module");
        let mut kernel = LiveKernel::new(&tree.place(&[]));
        let module = ModuleName::new("no_module_has_this_name");
        let insertion = Insertion {
            path: Some(tree.bytes("m.ko")),
            options: Vec::new(),
            force: Force::default(),
            fails_if_loaded: false,
        };
        let problem = kernel.insert(&module, &insertion).unwrap_err();
        assert!(matches!(problem, Problem::InsertRefused { .. }), "{problem:?}");
        let problem = kernel.remove(&module, &Removal::default()).unwrap_err();
        assert!(matches!(problem, Problem::RemoveRefused { .. }), "{problem:?}");
    }

    #[test]
    fn commands_find_the_variables_that_the_caller_adds() {
        let mut kernel = LiveKernel::new(&Tree::new().place(&[]));
        kernel.environment.push(("MODPROBE_OPTIONS".into(), "-q -v".into()));
        let text = b"test \"$MODPROBE_OPTIONS\" = '-q -v'".to_vec();
        let command = Command { kind: CommandKind::Remove, text, options: Vec::new() };
        assert_eq!(kernel.command(&ModuleName::new("m"), &command), Ok(()));
    }

    #[test]
    fn the_kernel_reads_up_to_a_nul() {
        assert_eq!(terminated(b"a=1"), c"a=1".to_owned());
        assert_eq!(terminated(b"a=1\0b=2"), c"a=1".to_owned());
    }
}
