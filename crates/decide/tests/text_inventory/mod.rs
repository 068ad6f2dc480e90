//! A machine as a text that can be walked through: the statements of `text_world`, and `boot NAME`,
//! `device PATH MODALIAS`, `cmdline WORDS`, `initcall M FUNCTION`, `engine busybox|kmod|nobody|other`,
//! `modules-disabled`, `fstab REQUEST AT`, `kind REQUEST INTERFACE`, `mounted M KIND AT`,
//! `opened M MAJOR MINOR PATH` of a character device, `socket M PROTOCOL`,
//! `rule M FAMILY`. A line `in PATH` says in which file the lines after it stand.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::rc::Rc;

use kmodctl_decide::configuration::Entry;
use kmodctl_decide::inventory::{Engine, KernelFacts, Node, TextFile, Use};
use kmodctl_decide::want::{Sign, Want};
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
    uses: Vec<(ModuleName, Use)>,
    wants: Vec<Want>,
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
            uses: Vec::new(),
            wants: Vec::new(),
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
            ["fstab", request, at] => {
                let file = b"/etc/fstab".to_vec();
                self.want(request, Sign::Fstab { file, line: 1, at: (*at).into() });
            }
            ["kind", request, name] => self.want(request, Sign::Interface { name: (*name).into() }),
            ["mounted", module, kind, at] => {
                let (at, kind) = ((*at).into(), (*kind).into());
                self.use_of(
                    module,
                    Use::Mount { at, kind, source: b"/dev/x".into(), within: None },
                );
            }
            ["opened", module, major, minor, device] => {
                let (major, minor) = (major.parse().unwrap(), minor.parse().unwrap());
                let node = Node { is_block: false, major, minor };
                let (command, device) = (b"cat".into(), (*device).into());
                self.use_of(module, Use::Process { pid: 7, command, device, node });
            }
            ["rule", module, family] => {
                let family = if *family == "ip6" { "ip6" } else { "ip" };
                let (table, chain) = (b"t".into(), b"c".into());
                self.use_of(module, Use::Rule { family, table, chain, handle: 1 });
            }
            ["socket", module, protocol] => {
                self.use_of(module, Use::Sockets { protocol: (*protocol).into(), count: 1 });
            }
            _ => match self.files.last_mut() {
                Some(file) => file.bytes.extend(format!("{line}\n").bytes()),
                None => return false,
            },
        }
        true
    }

    fn want(&mut self, request: &str, sign: Sign) {
        self.wants.push(Want { request: request.into(), sign });
    }

    fn use_of(&mut self, module: &str, found: Use) {
        self.uses.push((ModuleName::new(module), found));
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
    fn uses(&self, module: &ModuleName) -> Vec<Use> {
        let own = self.uses.iter().filter(|(owner, _)| owner == module);
        own.map(|(_, found)| found.clone()).collect()
    }
    fn wants(&self) -> Vec<Want> {
        self.wants.clone()
    }
}
