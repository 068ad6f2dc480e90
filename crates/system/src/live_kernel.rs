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
