//! A machine as a text that can be walked through: the statements of `text_world`, and `boot NAME`,
//! `device PATH MODALIAS`, `cmdline WORDS`, `initcall M FUNCTION`, `engine busybox|kmod|nobody|other`,
//! `modules-disabled`. A line `in PATH` says in which file the lines after it stand.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::rc::Rc;

use kmodctl_decide::configuration::Entry;
use kmodctl_decide::inventory::{Engine, KernelFacts, TextFile};
use kmodctl_decide::{
    BootLine, Configuration, Device, Errno, InitState, Inventory, ModuleFile, Problem, World,
};
use kmodctl_format::proc_modules::LoadedModule;
use kmodctl_format::{ModuleName, configuration};

use crate::text_world::TextWorld;

pub struct TextInventory {
    pub world: TextWorld,
    configuration: Configuration,
    boot: Vec<BootLine>,
    devices: Vec<Device>,
    files: Vec<TextFile>,
    facts: KernelFacts,
}

impl TextInventory {
    pub fn new(text: &str) -> Self {
        let mut rest = String::new();
        let mut inventory = Self {
            world: TextWorld::default(),
            configuration: Configuration::default(),
            boot: Vec::new(),
            devices: Vec::new(),
            files: Vec::new(),
            facts: KernelFacts::default(),
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !inventory.takes(line) {
                rest += &format!("{line}\n");
            }
        }
        inventory.world = TextWorld::new(&rest);
        inventory.configure();
        inventory
    }

    fn takes(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["boot", name] => self.boot.push(BootLine {
                name: name.as_bytes().to_vec(),
                file: Some(b"/etc/modules-load.d/b.conf".to_vec()),
                line: self.boot.len() + 1,
            }),
            ["cmdline", ..] => self.facts.command_line = line["cmdline ".len()..].into(),
            ["device", path, modalias] => self.devices.push(Device {
                path: path.as_bytes().to_vec(),
                modalias: modalias.as_bytes().to_vec(),
                driver: None,
                module: None,
            }),
            ["engine", engine] => {
                self.facts.modprobe = Some(match *engine {
                    "busybox" => Engine::Busybox(b"/bin/busybox".to_vec()),
                    "nobody" => Engine::Nobody,
                    "other" => Engine::Other(b"/opt/loader".to_vec()),
                    _ => Engine::Kmod(b"/sbin/modprobe".to_vec()),
                });
            }
            ["in", path] => {
                self.files.push(TextFile { path: path.as_bytes().to_vec(), bytes: Vec::new() });
            }
            ["initcall", module, function] => {
                self.facts.initcalls.push(((*module).into(), (*function).into()));
            }
            ["modules-disabled"] => self.facts.modules_disabled = true,
            _ => match self.files.last_mut() {
                Some(file) => file.bytes.extend(format!("{line}\n").bytes()),
                None => return false,
            },
        }
        true
    }

    fn configure(&mut self) {
        self.files
            .sort_by_key(|file| file.path.rsplit(|&byte| byte == b'/').next().map(<[u8]>::to_vec));
        for file in self.files.iter().filter(|file| is_read(&file.path)) {
            let path: Rc<[u8]> = file.path.as_slice().into();
            let lines = configuration::parse(&file.bytes).lines.into_iter();
            self.configuration.entries.extend(lines.map(|line| Entry::of_file(&path, line)));
        }
    }
}

/// Files of modprobe.d, and those of a module directory.
fn is_read(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    path.contains("/modprobe.d/") && path.ends_with(".conf") || path.ends_with("/modules.softdep")
}

impl World for TextInventory {
    fn configuration(&self) -> &Configuration {
        &self.configuration
    }
    fn module_directory(&self) -> &[u8] {
        self.world.module_directory()
    }
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        self.world.module_file(key)
    }
    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.alias_owners(query)
    }
    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.symbol_owners(query)
    }
    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        self.world.is_builtin(key)
    }
    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.builtin_alias_owners(query)
    }
    fn state(&self, module: &ModuleName) -> Option<InitState> {
        self.world.state(module)
    }
    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        self.world.references(module)
    }
    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        self.world.holders(module)
    }
}

impl Inventory for TextInventory {
    fn module_files(&self) -> Result<Vec<(ModuleName, ModuleFile)>, Problem> {
        let files = self.world.files.iter();
        Ok(files.map(|(name, file)| (ModuleName::verbatim(name), file.clone())).collect())
    }
    fn aliases(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem> {
        Ok(self.world.aliases.clone())
    }
    fn symbols(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem> {
        Ok(self.world.symbols.clone())
    }
    fn builtin_modules(&self) -> Result<Vec<ModuleName>, Problem> {
        Ok(self.world.builtin.clone())
    }
    fn loaded_modules(&self) -> Result<Vec<LoadedModule>, Errno> {
        let kernel = self.world.kernel.borrow();
        let loaded = kernel.iter().map(|(name, known)| LoadedModule {
            name: name.clone(),
            size: None,
            references: u64::try_from(known.uses).ok(),
            users: known.by.clone(),
            is_permanent: false,
            state: Some(known.state),
            taints: Vec::new(),
        });
        Ok(loaded.collect())
    }
    fn devices(&self) -> Vec<Device> {
        self.devices.clone()
    }
    fn boot_lines(&self) -> Vec<BootLine> {
        self.boot.clone()
    }
    fn configuration_files(&self) -> Vec<TextFile> {
        self.files.clone()
    }
    fn kernel_facts(&self) -> KernelFacts {
        self.facts.clone()
    }
}
