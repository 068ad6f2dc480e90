//! What a close look at a text world shows: `unprivileged`, `permanent`, `modules-disabled`, `no-index`, `damaged`,
//! `foreign MACHINE`, `other-release FOUND WANTED`, `lies FILE`.

use kmodctl_decide::{Evidence, Problem};
use kmodctl_format::ModuleName;
use kmodctl_format::elf::Damage;

use super::TextWorld;

#[derive(Clone, Default)]
pub struct Sight {
    is_unprivileged: bool,
    are_modules_disabled: bool,
    is_permanent: bool,
    lacks_index: bool,
    is_damaged: bool,
    machine: Option<u16>,
    releases: Option<(Vec<u8>, Vec<u8>)>,
    files: Vec<Vec<u8>>,
}

impl Sight {
    pub fn takes(&mut self, words: &[&str]) -> bool {
        match words {
            ["unprivileged"] => self.is_unprivileged = true,
            ["modules-disabled"] => self.are_modules_disabled = true,
            ["permanent"] => self.is_permanent = true,
            ["no-index"] => self.lacks_index = true,
            ["damaged"] => self.is_damaged = true,
            ["foreign", machine] => self.machine = machine.parse().ok(),
            ["other-release", found, wanted] => {
                self.releases = Some((found.as_bytes().to_vec(), wanted.as_bytes().to_vec()));
            }
            ["lies", file] => self.files.push(file.as_bytes().to_vec()),
            _ => return false,
        }
        true
    }
}

impl Evidence for TextWorld {
    fn may_change_modules(&self) -> bool {
        !self.sight.is_unprivileged
    }
    fn are_modules_disabled(&self) -> bool {
        self.sight.are_modules_disabled
    }
    fn is_permanent(&self, _: &ModuleName) -> bool {
        self.sight.is_permanent
    }
    fn has_index(&self) -> bool {
        !self.sight.lacks_index
    }
    fn foreign_machine(&self, file: &[u8]) -> Result<Option<u16>, Problem> {
        match self.sight.is_damaged {
            true => Err(Problem::ModuleDamaged { file: file.into(), damage: Damage::NotElf }),
            false => Ok(self.sight.machine),
        }
    }
    fn known_aliases(&self) -> Vec<(Vec<u8>, ModuleName)> {
        self.aliases.clone()
    }
    fn other_release(&self, _: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        self.sight.releases.clone()
    }
    fn files_named(&self, module: &ModuleName) -> Vec<Vec<u8>> {
        let named = |file: &&Vec<u8>| ModuleName::of_path(file) == *module;
        self.sight.files.iter().filter(named).cloned().collect()
    }
}
