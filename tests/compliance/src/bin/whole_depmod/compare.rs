//! Runs a case on every program and compares what each wrote and printed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kmodctl_compliance::program::Program;
use kmodctl_compliance::{index, transcript};

use crate::Programs;
use crate::cases::{self, Case};
use crate::tree::Tree;

/// What depmod writes, in its order.
const FILES: [&str; 11] = [
    "modules.dep",
    "modules.dep.bin",
    "modules.alias",
    "modules.alias.bin",
    "modules.softdep",
    "modules.weakdep",
    "modules.symbols",
    "modules.symbols.bin",
    "modules.builtin.bin",
    "modules.builtin.alias.bin",
    "modules.devname",
];

/// What kmod 30 does not write.
const NEW: &str = "modules.weakdep";

/// The outcome of a case.
pub(crate) struct Outcome {
    /// How many modules 34.2 found.
    pub(crate) modules: usize,
    /// How many of 34.2's files ours has to the byte, and how many there are.
    pub(crate) equal: (usize, usize),
    /// Whether ours printed the same and ended the same.
    pub(crate) printed: bool,
    /// How many of the files kmod 30 has by what they say, and how many it can have.
    pub(crate) thirty: Option<(usize, usize)>,
    /// What differs between ours and 34.2, one line each; explained or not.
    pub(crate) differences: Vec<String>,
}

impl Outcome {
    /// How many differences nobody has explained: none is, so far.
    pub(crate) fn unexplained(&self) -> usize {
        self.differences.len()
    }

    /// The outcome in one line.
    pub(crate) fn summary(&self) -> String {
        let thirty = match self.thirty {
            Some((equal, all)) => format!("{equal} of {all}"),
            None => "-".into(),
        };
        let ((equal, all), modules) = (self.equal, self.modules);
        format!("{modules} modules, {equal} of {all} files equal, kmod 30 {thirty}")
    }
}

/// The files and the words of one run.
struct Run {
    files: BTreeMap<&'static str, Vec<u8>>,
    words: String,
}

/// Runs the case in `directory`, which is removed by the caller.
pub(crate) fn compare(programs: &Programs, case: &Case, directory: &Path) -> io::Result<Outcome> {
    let base = directory.join("root");
    let tree = Tree::copy(case.tree, case.change, base.clone(), true)?;
    prepare(case, &tree)?;
    let mut truth = run(&programs.reference, case, &tree)?;
    let modules = truth.files.get("modules.dep").map_or(0, |dep| lines(dep));
    let mut thirty = None;
    if let Some(program) = programs.installed.as_ref().filter(|_| case.thirty) {
        thirty = Some(agreement(&truth, &run(program, case, &tree)?));
    }
    let mut outcome =
        Outcome { modules, equal: (0, 0), printed: true, thirty, differences: vec![] };
    let Some(ours) = &programs.ours else { return Ok(outcome) };
    let mut own = tree;
    if !own.renamed.is_empty() {
        truth.files.values_mut().for_each(|file| rename(file, &own.renamed));
        fs::remove_dir_all(&base)?;
        own = Tree::copy(case.tree, case.change, base, false)?;
        prepare(case, &own)?;
    }
    judge(&truth, &run(ours, case, &own)?, &mut outcome);
    Ok(outcome)
}

/// Puts the configuration and the symbol files beside the tree.
fn prepare(case: &Case, tree: &Tree) -> io::Result<()> {
    let configuration = case.configuration.replace('@', &tree.base.to_string_lossy());
    fs::write(tree.base.join("depmod.conf"), configuration)?;
    cases::write_symbol_files(&tree.base, case.tree)
}

/// Runs depmod and takes the files away, so that the next program begins with the same tree.
fn run(program: &Program, case: &Case, tree: &Tree) -> io::Result<Run> {
    let base = tree.base.to_string_lossy();
    let mut command = program.command("depmod");
    command.arg("-b").arg(&tree.base).arg("-C").arg(tree.base.join("depmod.conf"));
    command.args(case.options.iter().map(|option| option.replace('@', &base))).arg(&tree.release);
    let output = command.output()?;
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    let words = format!("{out}\n{}{}", transcript::of_thirty(&error), output.status);
    let mut files = BTreeMap::new();
    let place = written(case, tree);
    for name in FILES {
        let path = place.join(name);
        if path.exists() {
            files.insert(name, fs::read(&path)?);
            fs::remove_file(path)?;
        }
    }
    let left: Vec<String> = fs::read_dir(&place)
        .map(|entries| entries.flatten().map(|entry| text(entry.file_name().as_encoded_bytes())))?
        .filter(|name| name.starts_with("modules.") && name.matches('.').count() > 2)
        .collect();
    Ok(Run { files, words: format!("{words}\nleft behind: {left:?}\n") })
}

/// Where the files are written.
fn written(case: &Case, tree: &Tree) -> PathBuf {
    match case.options.contains(&"-o") {
        true => tree.base.join("out/lib/modules").join(&tree.release),
        false => tree.modules.clone(),
    }
}

fn judge(truth: &Run, shown: &Run, outcome: &mut Outcome) {
    outcome.equal.1 = truth.files.len();
    for name in FILES {
        match (truth.files.get(name), shown.files.get(name)) {
            (None, None) => {}
            (Some(expected), Some(file)) if expected == file => outcome.equal.0 += 1,
            (Some(expected), Some(file)) => outcome.differences.push(first(name, expected, file)),
            (Some(_), None) => outcome.differences.push(format!("{name}: missing")),
            (None, Some(_)) => outcome.differences.push(format!("{name}: too much")),
        }
    }
    if truth.words != shown.words {
        outcome.printed = false;
        let difference = first("printed", truth.words.as_bytes(), shown.words.as_bytes());
        outcome.differences.push(difference);
    }
}

/// The first line that differs.
fn first(name: &str, expected: &[u8], shown: &[u8]) -> String {
    let says = |bytes: &[u8]| index::dump(bytes).unwrap_or_else(|_| text(bytes));
    let (expected, shown) = (says(expected), says(shown));
    let mut pairs = expected.lines().zip(shown.lines()).enumerate();
    let numbers = (expected.lines().count(), shown.lines().count());
    match pairs.find(|(_, (one, other))| one != other) {
        Some((at, (one, other))) => format!("{name}: line {}: `{one}`, ours `{other}`", at + 1),
        None if numbers.0 == numbers.1 => format!("{name}: the same in another order of nodes"),
        None => format!("{name}: {} lines, ours {}", numbers.0, numbers.1),
    }
}

/// In how many files kmod 30 says the same.
fn agreement(truth: &Run, thirty: &Run) -> (usize, usize) {
    let says = |file: &Vec<u8>| index::dump(file).map_or_else(|_| file.clone(), String::into_bytes);
    let known = || truth.files.iter().filter(|(name, _)| **name != NEW);
    let same = known().filter(|(name, file)| thirty.files.get(*name).map(says) == Some(says(file)));
    (same.count(), known().count())
}

/// Gives the modules that were renamed for theirs their own names. A name is as long as before.
fn rename(file: &mut [u8], renamed: &BTreeMap<String, String>) {
    const SUFFIX: &[u8] = b".ko.xz";
    let mut at = 0;
    while let Some(found) = file[at..].windows(SUFFIX.len()).position(|window| window == SUFFIX) {
        let end = at + found + SUFFIX.len();
        // A priority's bytes may stand right before the name: what follows decides.
        let begins = |byte: &u8| matches!(byte, b' ' | b'\n' | 0);
        let word = file[..end].iter().rposition(begins).map_or(0, |before| before + 1);
        let name = |start: &usize| renamed.get(&text(&file[*start..end]));
        if let Some(start) = (word..end).find(|start| name(start).is_some()) {
            let own = name(&start).cloned().unwrap_or_default();
            file[start..end].copy_from_slice(own.as_bytes());
        }
        at = end;
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
