//! What a module declares of its parameters, and whether words of the command line agree with it.

use kmodctl::decide::parameters::{Declared, check_value, find};
use kmodctl::decide::suggestion::nearest;
use kmodctl::decide::{Problem, World};
use kmodctl::format::ModuleName;
use kmodctl::format::elf::ModuleFile;
use kmodctl::format::modinfo;
use kmodctl::format::module_parameters;
use kmodctl::system::open_module;

use crate::answer::Failure;
use crate::session::Session;
use crate::show::text;

/// The `.modinfo` strings of a module, of its file or of the kernel image.
pub(crate) fn modinfo_of(session: &Session, module: &ModuleName) -> Result<Vec<u8>, Problem> {
    let machine = &session.machine;
    let Some(file) = machine.module_file(module.as_bytes())? else {
        let records = machine.builtin_modinfo()?.unwrap_or_default();
        let mut strings = Vec::new();
        for entry in modinfo::builtin_entries_of(&records, module.as_bytes()).flatten() {
            strings.extend_from_slice(&[entry.key, b"=", entry.value, b"\0"].concat());
        }
        return Ok(strings);
    };
    let damaged = |damage| Problem::ModuleDamaged { file: file.path.clone(), damage };
    let bytes = open_module(&file.path)?.bytes;
    let section = ModuleFile::read(bytes).and_then(|file| file.section(modinfo::SECTION));
    Ok(section.map_err(damaged)?.unwrap_or_default())
}

/// The parameters that a module declares.
pub(super) fn declared(session: &Session, module: &ModuleName) -> Result<Vec<Declared>, Problem> {
    let strings = modinfo_of(session, module)?;
    let parameters = modinfo::parameters(modinfo::entries(&strings)).declared;
    Ok(parameters.iter().map(Declared::of).collect())
}

/// Checks words `PARAMETER=VALUE` against what the module declares.
pub(super) fn check(
    session: &Session,
    module: &ModuleName,
    words: &[Vec<u8>],
) -> Result<(), Failure> {
    if words.is_empty() {
        return Ok(());
    }
    let declared = declared(session, module).map_err(|problem| Failure::new("", problem))?;
    for word in words {
        for assignment in module_parameters::split(word) {
            check_one(module, &declared, assignment.name, assignment.value)?;
        }
    }
    Ok(())
}

/// Checks one parameter and its value.
pub(super) fn check_one(
    module: &ModuleName,
    declared: &[Declared],
    name: &[u8],
    value: Option<&[u8]>,
) -> Result<(), Failure> {
    let Some(found) = find(declared, name) else {
        let problem =
            Problem::ParameterUnknown { module: module.clone(), parameter: name.to_vec() };
        let mut failure = Failure::new("", problem);
        failure.fixes.extend(did_you_mean(declared, name));
        return Err(failure);
    };
    check_value(module, found, value).map_err(|problem| Failure::new("", problem))
}

/// The parameters that a misspelt one may have meant.
pub(super) fn meant(session: &Session, module: &ModuleName, name: &[u8]) -> Option<String> {
    did_you_mean(&declared(session, module).ok()?, name)
}

fn did_you_mean(declared: &[Declared], name: &[u8]) -> Option<String> {
    let near = nearest(name, declared.iter().map(|parameter| parameter.name.as_slice()));
    let names: Vec<_> = near.iter().map(|name| format!("`{}`", text(name))).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}
