//! What an operator's question may ask beyond [`World`]: whole lists, where a load asks for one
//! module at a time. Asking changes nothing; what the lists mean is decided elsewhere.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use kmodctl_format::proc_modules::LoadedModule;
use kmodctl_format::traffic_control::Parent;

use crate::errno::Errno;
use crate::problem::Problem;
use crate::want::Want;
use crate::world::{AsWorld, ModuleFile, World};

/// What is shown a module's name and the files of all that it needs.
pub type ShowNeeds<'s> = dyn FnMut(&[u8], &mut dyn Iterator<Item = &[u8]>) + 's;

/// A machine that can be walked through.
pub trait Inventory: World + AsWorld {
    /// Every line of modules.dep, in byte order of the modules' names.
    fn module_files(&self) -> Result<Vec<(ModuleName, ModuleFile)>, Problem>;

    /// Shows every line of modules.dep without a copy of it: the module's name, and the files of all
    /// that it needs.
    fn each_need(&self, show: &mut ShowNeeds<'_>) -> Result<(), Problem> {
        for (module, file) in self.module_files()? {
            show(module.as_bytes(), &mut file.dependencies.iter().map(Vec::as_slice));
        }
        Ok(())
    }

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

    /// The files of modprobe.d and modules-load.d as they are, hidden ones too, for those who read
    /// them as texts.
    fn configuration_files(&self) -> Vec<TextFile>;

    /// What the kernel itself says of modules.
    fn kernel_facts(&self) -> KernelFacts;

    /// Who uses a module besides other modules; of a machine that does not run, nobody.
    fn uses(&self, _module: &ModuleName) -> Vec<Use> {
        Vec::new()
    }

    /// What has the kernel ask for modules, whichever they are.
    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }
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

/// A file of the configuration as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Its path.
    pub path: Vec<u8>,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What a running kernel tells of how it takes modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelFacts {
    /// Its command line; empty when it cannot be read.
    pub command_line: Vec<u8>,
    /// The functions of built-in modules that it starts with: module and function.
    pub initcalls: Vec<(Vec<u8>, Vec<u8>)>,
    /// What it calls when it wants a module; `None` when that cannot be told.
    pub modprobe: Option<Engine>,
    /// No module is taken any more until the next boot (`modules_disabled`).
    pub modules_disabled: bool,
}

/// What answers when the kernel wants a module, and in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The init of booster's images, which knows options lines only; what shows that it is there.
    Booster(Vec<u8>),
    /// BusyBox, which knows alias, options and blacklist lines only.
    Busybox(Vec<u8>),
    /// kmod's modprobe, or one that does the same; where it is.
    Kmod(Vec<u8>),
    /// Nothing: the kernel asks nobody.
    Nobody,
    /// Another program.
    Other(Vec<u8>),
    /// Toybox, which passes over install lines.
    Toybox(Vec<u8>),
}

impl Engine {
    /// Tells what a program is from its path, the file that the path leads to, and what that holds.
    pub fn of_program(path: &[u8], target: &[u8], bytes: &[u8]) -> Self {
        let name = target.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        let path = path.to_vec();
        match name {
            b"kmod" => Self::Kmod(path),
            _ if name.starts_with(b"busybox") || holds(b"BusyBox v") => Self::Busybox(path),
            _ if name.starts_with(b"toybox") => Self::Toybox(path),
            b"modprobe" => Self::Kmod(path),
            _ => Self::Other(path),
        }
    }

    /// Whether a kind of line means anything to it; to an unknown program all may.
    pub fn obeys(&self, directive: &Directive) -> bool {
        match (self, directive) {
            (Self::Kmod(_) | Self::Other(_) | Self::Nobody, _) => true,
            (_, Directive::Options { .. }) => true,
            (_, Directive::Alias { .. } | Directive::Blacklist { .. }) => {
                !matches!(self, Self::Booster(_))
            }
            (Self::Booster(_) | Self::Busybox(_) | Self::Toybox(_), _) => false,
        }
    }
}

/// Something that uses a module besides other modules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// An array that md makes of it, or with it.
    Array {
        /// The device.
        device: Vec<u8>,
        /// How many devices it stands on, the one below all others left out.
        height: usize,
    },
    /// A network interface that it drives.
    Interface {
        /// The interface.
        name: Vec<u8>,
    },
    /// A file or disk behind a loop device.
    Loop {
        /// The device.
        device: Vec<u8>,
        /// What is behind it.
        backing: Vec<u8>,
    },
    /// A device that device-mapper makes of it, or with it.
    Mapped {
        /// Its name below `/dev/mapper`.
        name: Vec<u8>,
        /// How many devices it stands on, the one below all others left out.
        height: usize,
        /// Whether it is known that the module has to do with it.
        is_certain: bool,
    },
    /// A network interface that stays although no process has it open.
    Kept {
        /// The interface.
        name: Vec<u8>,
    },
    /// A mounted file system.
    Mount {
        /// Where.
        at: Vec<u8>,
        /// Of which type.
        kind: Vec<u8>,
        /// What is mounted: a device, or a word of the file system's own.
        source: Vec<u8>,
        /// A process with its own view of the mounts, where it is mounted only there.
        within: Option<(u32, Vec<u8>)>,
    },
    /// A process that holds a device of its open.
    Process {
        /// The process.
        pid: u32,
        /// Its command.
        command: Vec<u8>,
        /// The device's path, as the process has it.
        device: Vec<u8>,
        /// The device's kind and numbers.
        node: Node,
    },
    /// A queue of its kind.
    Queue {
        /// The interface that has it.
        interface: Vec<u8>,
        /// The kind.
        kind: Vec<u8>,
        /// What it hangs below.
        parent: Parent,
        /// Whether the kernel made it by itself.
        is_made_by_kernel: bool,
    },
    /// A rule of nf_tables that it has a part in.
    Rule {
        /// The family, as nft(8) has it.
        family: &'static str,
        /// The table.
        table: Vec<u8>,
        /// The chain.
        chain: Vec<u8>,
        /// Its number.
        handle: u64,
    },
    /// A setting of the kernel that names it.
    Setting {
        /// The setting, as sysctl(8) spells it.
        name: Vec<u8>,
        /// Another value that it may have.
        instead: Vec<u8>,
    },
    /// A process that holds a socket of a protocol.
    Socket {
        /// The process.
        pid: u32,
        /// Its command.
        command: Vec<u8>,
        /// The protocol.
        protocol: Vec<u8>,
    },
    /// Open sockets of a protocol.
    Sockets {
        /// The protocol.
        protocol: Vec<u8>,
        /// How many.
        count: u64,
    },
    /// A device of its that memory is swapped to.
    Swap {
        /// The device.
        device: Vec<u8>,
    },
}

/// The kind and the numbers of a device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// A block device, not a character device.
    pub is_block: bool,
    /// Its major number.
    pub major: u32,
    /// Its minor number.
    pub minor: u32,
}

impl Use {
    /// Its place in the order in which uses are ended: what stands on a device goes before the device.
    pub fn turn(&self) -> impl Ord + use<> {
        let (group, height) = match self {
            // What is mounted below another mount has the longer path.
            Self::Mount { at, .. } => (0, at.len()),
            Self::Swap { .. } => (0, 0),
            Self::Process { .. } | Self::Socket { .. } | Self::Sockets { .. } => (1, 0),
            Self::Setting { .. } => (2, 0),
            Self::Queue { .. } | Self::Rule { .. } => (3, 0),
            Self::Array { height, .. } | Self::Mapped { height, .. } => (4, *height),
            Self::Loop { .. } => (5, 0),
            Self::Interface { .. } | Self::Kept { .. } => (6, 0),
        };
        (group, core::cmp::Reverse(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_the_file_they_are() {
        let path = || b"/m".to_vec();
        let table: [(&str, &[u8], Engine); 7] = [
            ("/usr/bin/kmod", b"", Engine::Kmod(path())),
            ("/sbin/modprobe", b"\x7fELF", Engine::Kmod(path())),
            ("/sbin/modprobe", b"\x7fELF BusyBox v1.35.0", Engine::Busybox(path())),
            ("/bin/busybox.static", b"", Engine::Busybox(path())),
            ("/bin/toybox", b"", Engine::Toybox(path())),
            ("/opt/wrapper", b"", Engine::Other(path())),
            ("", b"", Engine::Other(path())),
        ];
        for (target, bytes, engine) in table {
            assert_eq!(Engine::of_program(b"/m", target.as_bytes(), bytes), engine, "{target}");
        }
    }
}
