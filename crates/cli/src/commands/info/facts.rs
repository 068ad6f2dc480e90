//! What is known of one module, gathered from its file, the indexes, sysfs and the configuration.

use std::collections::BTreeMap;

use kmodctl::decide::configured::{Configured, Presence, Question, configured};
use kmodctl::decide::inventory::Device;
use kmodctl::decide::kinship::lines_about;
use kmodctl::decide::parameters::{Kept, Parameters, kept, kept_of};
use kmodctl::decide::{Inventory, Kinship, Origin, Problem, World, resolve};
use kmodctl::format::modinfo::{self, parameters};
use kmodctl::format::proc_modules::LoadedModule;
use kmodctl::format::{ModuleName, signature};
use kmodctl::system::{Machine, kernel_configuration, open_module};

use crate::session::Session;

pub(super) struct Facts {
    pub(super) module: ModuleName,
    pub(super) release: Vec<u8>,
    pub(super) file: Option<Vec<u8>>,
    pub(super) is_builtin: bool,
    pub(super) loaded: Option<LoadedModule>,
    /// The strings of `.modinfo` that are neither parameters nor aliases.
    pub(super) metadata: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) signer: Option<Vec<u8>>,
    pub(super) aliases: Vec<Vec<u8>>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) needs: Vec<ModuleName>,
    pub(super) needed_by: Vec<ModuleName>,
    pub(super) softdep: SoftWords,
    /// The lines that are about the module, as they are read.
    pub(super) lines: Vec<(Origin, Vec<u8>)>,
    /// The devices that it drives, or would.
    pub(super) devices: Vec<Device>,
    /// Every installed kernel with what the module is there.
    pub(super) kernels: Vec<InKernel>,
}

/// The words of a softdep line.
#[derive(Default)]
pub(super) struct SoftWords {
    pub(super) pre: Vec<Vec<u8>>,
    pub(super) post: Vec<Vec<u8>>,
}

pub(super) struct Parameter {
    pub(super) name: Vec<u8>,
    pub(super) kind: Option<Vec<u8>>,
    pub(super) text: Option<Vec<u8>>,
    pub(super) live: Option<Vec<u8>>,
    /// All values that the configuration has for it; the last one counts.
    pub(super) kept: Vec<Kept>,
}

/// What a module is in one kernel.
pub(super) struct InKernel {
    pub(super) release: Vec<u8>,
    pub(super) presence: Presence,
    /// The kernel's configuration, where it is installed.
    pub(super) configuration: Option<Vec<u8>>,
    /// The symbol of it that the module rests on.
    pub(super) configured: Configured,
}

impl Facts {
    pub(super) fn gather(session: &Session, module: ModuleName) -> Result<Self, Problem> {
        let machine = &session.machine;
        let file = machine.module_file(module.as_bytes())?.map(|file| file.path);
        let is_builtin = machine.is_builtin(module.as_bytes())?;
        let said = Said::read(session, &module, file.as_deref())?;
        let kinship = Kinship::around(machine, &module)?;
        let configuration = machine.configuration();
        let softdep = configuration.softdep(&module);
        Ok(Self {
            release: session.release.clone(),
            is_builtin,
            loaded: loaded(machine, &module),
            parameters: said.parameters(machine, &module, &kept(configuration, &module)),
            metadata: said.metadata(),
            aliases: said.values(b"alias"),
            signer: said.signer,
            needs: kinship.needs_directly(&module).into_iter().cloned().collect(),
            needed_by: kinship.needed_directly_by(&module).into_iter().cloned().collect(),
            softdep: softdep
                .map(|line| SoftWords { pre: line.pre.to_vec(), post: line.post.to_vec() })
                .unwrap_or_default(),
            lines: lines(machine, &module),
            devices: devices(machine, &module),
            kernels: kernels(session, &module),
            file,
            module,
        })
    }
}

/// What a module says of itself.
struct Said {
    modinfo: Vec<u8>,
    signer: Option<Vec<u8>>,
}

impl Said {
    fn read(session: &Session, module: &ModuleName, file: Option<&[u8]>) -> Result<Self, Problem> {
        let signature = match file {
            Some(path) => signature::read(&open_module(path)?.bytes).ok().flatten(),
            None => None,
        };
        Ok(Self {
            modinfo: session.machine.modinfo(module)?,
            signer: signature.map(|signature| signature.signer),
        })
    }

    fn values(&self, key: &[u8]) -> Vec<Vec<u8>> {
        let entries = modinfo::entries(&self.modinfo).filter(|entry| entry.key == key);
        entries.map(|entry| entry.value.to_vec()).collect()
    }

    fn metadata(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        const ELSEWHERE: [&[u8]; 6] =
            [b"alias", b"depends", b"name", b"parm", b"parmtype", b"softdep"];
        let entries = modinfo::entries(&self.modinfo);
        let shown = entries.filter(|entry| !ELSEWHERE.contains(&entry.key));
        shown.map(|entry| (entry.key.to_vec(), entry.value.to_vec())).collect()
    }

    fn parameters(&self, machine: &Machine, module: &ModuleName, kept: &[Kept]) -> Vec<Parameter> {
        let declared = parameters(modinfo::entries(&self.modinfo)).declared;
        let mut all: BTreeMap<Vec<u8>, Parameter> = BTreeMap::new();
        for parameter in declared {
            all.insert(
                parameter.name.to_vec(),
                Parameter {
                    name: parameter.name.to_vec(),
                    kind: parameter.kind.map(<[u8]>::to_vec),
                    text: parameter.text.map(<[u8]>::to_vec),
                    live: machine.parameter(module, parameter.name).ok(),
                    kept: kept_of(kept, parameter.name).cloned().collect(),
                },
            );
        }
        all.into_values().collect()
    }
}

fn loaded(machine: &Machine, module: &ModuleName) -> Option<LoadedModule> {
    let loaded = machine.loaded_modules().unwrap_or_default();
    loaded.into_iter().find(|loaded| loaded.name == *module)
}

fn lines(machine: &Machine, module: &ModuleName) -> Vec<(Origin, Vec<u8>)> {
    let shown = |entry: &kmodctl::decide::configuration::Entry| {
        let mut line = Vec::new();
        kmodctl::format::configuration::write_entry(&entry.directive, &mut line);
        line.pop();
        (entry.origin.clone(), line)
    };
    lines_about(machine.configuration(), module).map(shown).collect()
}

fn devices(machine: &Machine, module: &ModuleName) -> Vec<Device> {
    let calls_for = |device: &Device| {
        device.module.as_ref() == Some(module)
            || resolve(machine, &device.modalias)
                .is_ok_and(|found| found.iter().any(|found| found.module == *module))
    };
    machine.devices().into_iter().filter(calls_for).collect()
}

fn kernels(session: &Session, module: &ModuleName) -> Vec<InKernel> {
    let kernels = session.kernels();
    // A kernel that lacks the module tells nothing of where it would be: another one does.
    let elsewhere = kernels.iter().find_map(|one| directory(session, one, module));
    let each = kernels.iter().map(|one| {
        let directory = directory(session, one, module).or_else(|| elsewhere.clone());
        in_kernel(session, one, module, directory.as_deref())
    });
    each.collect()
}

/// Where the kernel's sources have a module.
fn directory(
    session: &Session,
    (release, machine): &(Vec<u8>, Machine),
    module: &ModuleName,
) -> Option<Vec<u8>> {
    match machine.module_file(module.as_bytes()).ok().flatten() {
        Some(file) => kernel_configuration::directory_of(&file.path),
        None => kernel_configuration::directory_of_builtin(&session.host, release, module),
    }
}

fn in_kernel(
    session: &Session,
    (release, machine): &(Vec<u8>, Machine),
    module: &ModuleName,
    directory: Option<&[u8]>,
) -> InKernel {
    let presence = presence(machine, module);
    let configuration = kernel_configuration::read(&session.host, release);
    let makefiles = directory
        .map(|directory| kernel_configuration::makefiles(&session.host, release, directory));
    let configured = configured(&Question {
        module,
        presence,
        directory,
        configuration: configuration.as_ref().map(|file| file.bytes.as_slice()),
        makefiles: &makefiles.unwrap_or_default(),
    });
    let configuration = configuration.map(|file| file.path);
    InKernel { release: release.clone(), presence, configuration, configured }
}

fn presence(machine: &Machine, module: &ModuleName) -> Presence {
    let name = module.as_bytes();
    if machine.module_file(name).is_ok_and(|file| file.is_some()) {
        Presence::Module
    } else if machine.is_builtin(name) == Ok(true) {
        Presence::BuiltIn
    } else {
        Presence::Absent
    }
}
