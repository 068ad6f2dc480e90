//! Runs a theme: every scenario of one file on every implementation, and reports all that
//! differs from what is expected, scenario by scenario.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::RELEASE;
use crate::boot_list;
use crate::implementation::Implementation;
use crate::kernel::Kernel;
use crate::machine::{self, Machine};
use crate::module_file::Module;
use crate::scenario::{self, Entry, Scenario};
use crate::{spawn, transcript};

/// The module tree scenarios begin with.
const STANDARD: &str = include_str!("../scenarios/standard.txt");

/// Runs the theme `name`, whose scenarios are in `text`, and panics with all faults.
///
/// `COMPLIANCE_ONLY` restricts it to scenarios whose name contains it and prints their
/// transcripts; `COMPLIANCE_WITHOUT_OURS` compares only the two kmods.
pub fn check(name: &str, text: &str) {
    check_with(name, text, Programs::of_kmod());
}

/// The same for a theme of boot lists: systemd 257, systemd 252 and ours.
pub fn check_boot_lists(name: &str, text: &str) {
    check_with(name, text, Programs::of_boot_lists());
}

fn check_with(name: &str, text: &str, programs: io::Result<Programs>) {
    let faults = programs.and_then(|programs| run(name, text, programs));
    let faults = faults.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(faults.is_empty(), "{name}: {} faults\n\n{}", faults.len(), faults.join("\n"));
}

fn run(name: &str, text: &str, programs: Programs) -> io::Result<Vec<String>> {
    let scenarios = scenario::parse(text).map_err(io::Error::other)?;
    let only = std::env::var("COMPLIANCE_ONLY").ok();
    let mut session = Session::open(name, programs)?;
    let mut faults = Vec::new();
    for scenario in &scenarios {
        if only.as_ref().is_none_or(|only| scenario.name.contains(only.as_str())) {
            let found = session.judge(scenario, only.is_some())?;
            faults.extend(found.into_iter().map(|fault| format!("== {}: {fault}", scenario.name)));
        }
    }
    Ok(faults)
}

/// What is compared, and what of it is looked at.
struct Programs {
    reference: Implementation,
    installed: Option<Implementation>,
    ours: Option<Implementation>,
    compared: fn(&str) -> String,
}

impl Programs {
    fn of_kmod() -> io::Result<Self> {
        Ok(Self {
            reference: Implementation::reference()?,
            installed: Implementation::installed()?,
            ours: unless_left_out(Implementation::ours)?,
            compared: str::to_owned,
        })
    }

    fn of_boot_lists() -> io::Result<Self> {
        Ok(Self {
            reference: boot_list::reference()?,
            installed: Some(boot_list::older()?),
            ours: unless_left_out(boot_list::ours)?,
            compared: boot_list::compared,
        })
    }
}

fn unless_left_out(ours: fn() -> io::Result<Implementation>) -> io::Result<Option<Implementation>> {
    let left_out = std::env::var_os("COMPLIANCE_WITHOUT_OURS").is_some();
    (!left_out).then(ours).transpose()
}

/// The implementations laid out, and the index of each module tree met so far.
struct Session {
    work: PathBuf,
    programs: Programs,
    standard: Vec<Module>,
    indexes: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    machines: usize,
}

impl Session {
    fn open(name: &str, programs: Programs) -> io::Result<Self> {
        let shared = Path::new("/dev/shm");
        let parent = if shared.is_dir() { shared.into() } else { std::env::temp_dir() };
        let work = parent.join(format!("kmodctl-{name}-{}", std::process::id()));
        let standard = scenario::parse(STANDARD).map_err(io::Error::other)?;
        let session = Self {
            programs,
            standard: standard.into_iter().flat_map(|scenario| scenario.modules).collect(),
            indexes: BTreeMap::new(),
            machines: 0,
            work,
        };
        for implementation in session.implementations() {
            implementation.lay_out(&session.work.join(implementation.label))?;
        }
        Ok(session)
    }

    fn implementations(&self) -> impl Iterator<Item = &Implementation> {
        let Programs { reference, installed, ours, .. } = &self.programs;
        [Some(reference), installed.as_ref(), ours.as_ref()].into_iter().flatten()
    }

    /// Runs the scenario everywhere; returns what is not as it should be.
    fn judge(&mut self, scenario: &Scenario, print: bool) -> io::Result<Vec<String>> {
        let mut faults = Vec::new();
        let whole = self.transcript(&self.programs.reference.clone(), scenario)?;
        let compared = self.programs.compared;
        let truth = compared(&whole);
        if print {
            println!("== {}\n{whole}", scenario.name);
        }
        if let Some(installed) = self.programs.installed.clone() {
            let text = transcript::of_thirty(&self.transcript(&installed, scenario)?);
            let text = compared(&text);
            let truth = transcript::without_what_thirty_lacks(&truth);
            let text = transcript::without_what_thirty_lacks(&text);
            faults.extend(judge_thirty(scenario, &truth, &text));
        }
        if let Some(ours) = self.programs.ours.clone() {
            let whole = self.transcript(&ours, scenario)?;
            let text = compared(&whole);
            if print && text != truth {
                println!("-- ours\n{whole}");
            }
            faults.extend(judge_ours(scenario, &truth, &text));
        }
        Ok(faults)
    }

    /// Everything one implementation shows in the scenario.
    fn transcript(&mut self, who: &Implementation, scenario: &Scenario) -> io::Result<String> {
        let modules = self.modules(scenario);
        let index = match scenario {
            Scenario { lists_only: true, .. } => builtin_lists(),
            Scenario { without_index: true, .. } => Vec::new(),
            _ => self.index(scenario)?,
        };
        let machine = self.machine(who, scenario, &modules, &index)?;
        let needs = machine::needs(&modules);
        let mut kernel = Kernel::new(&machine.root, needs, &scenario.answers);
        let mut text = String::new();
        for words in &scenario.commands {
            let shown = spawn::run(&machine.root, scenario, words, &mut kernel)?;
            text.push_str(&transcript::of_command(words, &shown));
        }
        text.push_str(&transcript::of_files(&machine.written()?));
        Ok(text)
    }

    fn machine(
        &mut self,
        who: &Implementation,
        scenario: &Scenario,
        modules: &[Module],
        index: &[(String, Vec<u8>)],
    ) -> io::Result<Machine> {
        self.machines += 1;
        let root = self.work.join(format!("machine{}", self.machines));
        Machine::prepare(&self.work.join(who.label), root, scenario, modules, index)
    }

    fn modules(&self, scenario: &Scenario) -> Vec<Module> {
        let standard = if scenario.only { &[][..] } else { &self.standard[..] };
        let replaced =
            |module: &&Module| !scenario.modules.iter().any(|new| new.path == module.path);
        standard.iter().filter(replaced).chain(&scenario.modules).cloned().collect()
    }

    /// What kmod 34.2's depmod makes of the scenario's module tree.
    fn index(&mut self, scenario: &Scenario) -> io::Result<Vec<(String, Vec<u8>)>> {
        let modules = self.modules(scenario);
        let directory = format!("/lib/modules/{RELEASE}");
        let listed = |path: &str| {
            let name = path.strip_prefix(&format!("{directory}/")).unwrap_or_default();
            builtin_lists().iter().any(|(list, _)| list == name)
        };
        let given =
            |(path, entry): &&(String, Entry)| matches!(entry, Entry::File(_)) && listed(path);
        let mut bare = Scenario { name: "depmod".into(), ..Scenario::default() };
        bare.entries.extend(scenario.entries.iter().filter(given).cloned());
        let key = format!("{:?}{:?}", modules, bare.entries);
        if let Some(index) = self.indexes.get(&key) {
            return Ok(index.clone());
        }
        let machine =
            self.machine(&self.programs.reference.clone(), &bare, &modules, &builtin_lists())?;
        let words = [b"depmod".to_vec(), RELEASE.into()];
        let mut kernel = Kernel::new(&machine.root, BTreeMap::new(), &[]);
        spawn::run(&machine.root, &bare, &words, &mut kernel)?;
        let mut index = Vec::new();
        for entry in fs::read_dir(machine.root.join(directory.trim_start_matches('/')))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("modules.") {
                index.push((name, fs::read(entry.path())?));
            }
        }
        self.indexes.insert(key, index.clone());
        Ok(index)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Nothing can be done about a directory that cannot be removed.
        let _ = fs::remove_dir_all(&self.work);
    }
}

/// What the kernel build leaves beside the modules: two built-in ones.
fn builtin_lists() -> Vec<(String, Vec<u8>)> {
    let info = "inside.alias=pci:v0000BEEFd*\0inside.description=Built in\0inside.file=kernel/inside\0\
                inside.license=GPL\0inside.parm=level:how deep\0inside.parmtype=level:int\0\
                plain_inside.license=GPL v2\0plain_inside.alias=net-pf-99\0";
    vec![
        ("modules.builtin".into(), b"kernel/inside.ko\nkernel/plain-inside.ko\n".to_vec()),
        ("modules.builtin.modinfo".into(), info.into()),
        ("modules.order".into(), b"kernel/lib/gamma.ko\nkernel/lib/beta.ko\n".to_vec()),
    ]
}

fn judge_thirty(scenario: &Scenario, truth: &str, text: &str) -> Option<String> {
    match (&scenario.thirty_differs, truth == text) {
        _ if scenario.thirty_varies => None,
        (None, false) => Some(format!(
            "kmod 30 (+) differs from 34.2 (-) and no `like30 differs` says so\n{}",
            transcript::difference(truth, text)
        )),
        (Some(reason), true) => Some(format!("kmod 30 no longer differs ({reason})\n")),
        _ => None,
    }
}

fn judge_ours(scenario: &Scenario, truth: &str, text: &str) -> Option<String> {
    let (expected, whose) = match &scenario.ours_differs {
        Some((_, expected)) => (expected.as_str(), "what is written for us"),
        None => (truth, "kmod 34.2"),
    };
    match (&scenario.waits_for, expected == text) {
        (None, false) => Some(format!(
            "ours (+) differs from {whose} (-)\n{}",
            transcript::difference(expected, text)
        )),
        (Some(reason), true) => Some(format!("passes, and so no longer waits for {reason}\n")),
        (None, true) if scenario.ours_differs.is_some() && truth == text => {
            Some("ours is like kmod 34.2: `ours differs` can go\n".into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_failure_that_passes_is_a_fault() {
        let scenario = |lines: &str| scenario::parse(&format!("= s\n{lines}")).unwrap().remove(0);
        // What the scenario says, the truth, what ours shows, the fault.
        let table = [
            ("", "a\n", "a\n", None),
            ("", "a\n", "b\n", Some("ours (+) differs from kmod 34.2 (-)\n    - a\n    + b\n\n")),
            ("waits for rain", "a\n", "b\n", None),
            ("waits for rain", "a\n", "a\n", Some("passes, and so no longer waits for rain\n")),
            ("ours differs x\n> b", "a\n", "b\n", None),
            (
                "ours differs x\n> a",
                "a\n",
                "a\n",
                Some("ours is like kmod 34.2: `ours differs` can go\n"),
            ),
        ];
        for (lines, truth, shown, fault) in table {
            let found = judge_ours(&scenario(lines), truth, shown);
            assert_eq!(found.as_deref().map(str::trim_end), fault.map(str::trim_end), "{lines}");
        }
    }

    #[test]
    fn what_is_known_of_kmod_30_is_checked_too() {
        let scenario = |lines: &str| scenario::parse(&format!("= s\n{lines}")).unwrap().remove(0);
        assert!(judge_thirty(&scenario(""), "a", "b").is_some());
        assert!(judge_thirty(&scenario("like30 differs x"), "a", "a").is_some());
        assert_eq!(judge_thirty(&scenario("like30 differs x"), "a", "b"), None);
        assert_eq!(judge_thirty(&scenario("like30 varies x"), "a", "a"), None);
    }
}
