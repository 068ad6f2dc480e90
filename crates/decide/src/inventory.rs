//! What an operator's question may ask beyond [`World`]: whole lists, where a load asks for one
//! module at a time. Asking changes nothing; what the lists mean is decided elsewhere.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::proc_modules::LoadedModule;

use crate::errno::Errno;
use crate::problem::Problem;
use crate::world::{ModuleFile, World};

/// A machine that can be walked through.
pub trait Inventory: World {
    /// Every line of modules.dep, in byte order of the modules' names.
    fn module_files(&self) -> Result<Vec<(ModuleName, ModuleFile)>, Problem>;

    /// Every line of modules.alias: a pattern and the module that has it.
    fn aliases(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem>;

    /// Every line of modules.symbols: `symbol:NAME` and the module that gives it.
    fn symbols(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem>;

    /// The modules that are part of the kernel image, in byte order.
    fn builtin_modules(&self) -> Result<Vec<ModuleName>, Problem>;

    /// What `/proc/modules` lists, newest first.
    fn loaded_modules(&self) -> Result<Vec<LoadedModule>, Errno>;

    /// The devices that say what drives them or could, in byte order of their paths.
    fn devices(&self) -> Vec<Device>;

    /// The lines of modules-load.d in force, in the order in which they are read.
    fn boot_lines(&self) -> Vec<BootLine>;
}

/// A device of sysfs with a modalias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its path below `/sys/devices`.
    pub path: Vec<u8>,
    /// What it asks to be driven by.
    pub modalias: Vec<u8>,
    /// The name of the driver bound to it.
    pub driver: Option<Vec<u8>>,
    /// The module of that driver, where sysfs links one.
    pub module: Option<ModuleName>,
}

/// A module that is asked for at boot, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootLine {
    /// The module or alias, as it is written.
    pub name: Vec<u8>,
    /// The file; `None` for the kernel command line.
    pub file: Option<Vec<u8>>,
    /// The line's number, from 1; 0 on the command line.
    pub line: usize,
}
