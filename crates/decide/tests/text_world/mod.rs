//! A machine as a text, a plan as a text: what the plan tests are written in.
//!
//! One statement a line: `module M: D D` (dependencies as in modules.dep), `builtin M`, `alias P M`,
//! `builtin-alias P M`, `symbol S M`, `loaded M [uses=N] [by=A,B]` (-1 uses: no count), `coming M`,
//! `parm M NAME TYPE`, what `sight` knows, `live M NAME VALUE [ro]`, and any other line is a line of
//! /etc/modprobe.d/t.conf.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

mod sight;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

use kmodctl_decide::configuration::Entry;
use kmodctl_decide::plan::Note;
use kmodctl_decide::{
    Action, Configuration, Errno, Forecast, InitState, ModuleFile, Origin, Plan, Problem, Reason,
    Step, When, World,
};
use kmodctl_format::{ModuleName, configuration, pattern};

#[derive(Clone, Default)]
pub struct TextWorld {
    configuration: Configuration,
    pub files: BTreeMap<Vec<u8>, ModuleFile>,
    pub builtin: Vec<ModuleName>,
    pub aliases: Vec<(Vec<u8>, ModuleName)>,
    builtin_aliases: Vec<(Vec<u8>, ModuleName)>,
    pub symbols: Vec<(Vec<u8>, ModuleName)>,
    /// The `.modinfo` strings of modules.
    pub modinfo: BTreeMap<ModuleName, Vec<u8>>,
    /// Parameters of sysfs: module, name, value, and whether they can be written.
    pub live: Vec<(ModuleName, String, String, bool)>,
    /// What is seen after a refusal.
    pub sight: sight::Sight,
    /// Shared with the kernel that acts in the tests of runs.
    pub kernel: Rc<RefCell<BTreeMap<ModuleName, InKernel>>>,
}

#[derive(Clone)]
pub struct InKernel {
    pub state: InitState,
    pub uses: i32,
    pub by: Vec<ModuleName>,
}

impl TextWorld {
    pub fn new(text: &str) -> Self {
        let mut world = Self::default();
        let mut lines = String::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !world.takes(line) {
                let _ = writeln!(lines, "{line}");
            }
        }
        world.configure(lines.as_bytes());
        world
    }

    fn takes(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["module", name, dependencies @ ..] => {
                let name = name.trim_end_matches(':');
                let dependencies = dependencies.iter().map(|dependency| path(dependency)).collect();
                self.files.insert(name.into(), ModuleFile { path: path(name), dependencies });
            }
            ["builtin", name] => self.builtin.push(ModuleName::new(name)),
            ["index-alias", alias, name] => self.aliases.push(pair(alias, name)),
            ["builtin-alias", alias, name] => self.builtin_aliases.push(pair(alias, name)),
            ["symbol", symbol, name] => self.symbols.push(pair(symbol, name)),
            ["coming", name] => self.put(name, InitState::Coming, &[]),
            ["loaded", name, rest @ ..] => self.put(name, InitState::Live, rest),
            ["parm", module, name, kind @ ..] => {
                let string = format!("parmtype={name}:{}\0", kind.join(" "));
                self.modinfo.entry(ModuleName::new(module)).or_default().extend(string.bytes());
            }
            ["live", module, name, value, rest @ ..] => {
                let (name, value) = ((*name).to_owned(), (*value).to_owned());
                self.live.push((ModuleName::new(module), name, value, rest.is_empty()));
            }
            _ => return self.sight.takes(&words),
        }
        true
    }

    fn put(&mut self, name: &str, state: InitState, rest: &[&str]) {
        let value = |key: &str| rest.iter().find_map(|word| word.strip_prefix(key));
        let by: Vec<ModuleName> =
            value("by=").map_or(Vec::new(), |by| by.split(',').map(ModuleName::new).collect());
        let uses = value("uses=").map_or(by.len() as i32, |uses| uses.parse().unwrap());
        self.kernel.borrow_mut().insert(ModuleName::new(name), InKernel { state, uses, by });
    }

    fn configure(&mut self, lines: &[u8]) {
        let file = configuration::parse(lines);
        assert!(file.complaints.is_empty(), "{:?}", file.complaints);
        let path: Rc<[u8]> = Rc::from(&b"/etc/modprobe.d/t.conf"[..]);
        let lines = file.lines.into_iter();
        self.configuration.entries = lines.map(|line| Entry::of_file(&path, line)).collect();
    }
}

fn path(name: &str) -> Vec<u8> {
    format!("/m/{name}.ko").into()
}

fn pair(pattern: &str, name: &str) -> (Vec<u8>, ModuleName) {
    (pattern.into(), ModuleName::new(name))
}

fn owners(table: &[(Vec<u8>, ModuleName)], query: &[u8]) -> Vec<ModuleName> {
    let matching = table.iter().filter(|(key, _)| pattern::matches(key, query));
    matching.map(|(_, owner)| owner.clone()).collect()
}

impl World for TextWorld {
    fn configuration(&self) -> &Configuration {
        &self.configuration
    }
    fn module_directory(&self) -> &[u8] {
        b"/m"
    }
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        Ok(self.files.get(key).cloned())
    }
    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(owners(&self.aliases, query))
    }
    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(owners(&self.symbols, query))
    }
    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        Ok(self.builtin.iter().any(|name| name.as_bytes() == key))
    }
    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(owners(&self.builtin_aliases, query))
    }
    fn state(&self, module: &ModuleName) -> Option<InitState> {
        self.kernel.borrow().get(module).map(|known| known.state)
    }
    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        let kernel = self.kernel.borrow();
        let uses = kernel.get(module).map(|known| known.uses);
        uses.filter(|uses| *uses >= 0).ok_or(Errno::ENOENT)
    }
    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        self.kernel.borrow().get(module).map(|known| known.by.clone()).ok_or(Errno::ENOENT)
    }
}

/// A plan, one step a line: `insert a [options]: why, when, required, forecast`.
pub fn told(plan: &Plan) -> String {
    plan.steps.iter().map(|step| format!("{}\n", told_step(step))).collect()
}

fn told_step(step: &Step) -> String {
    let mut line = told_action(step);
    line.push_str(": ");
    line.push_str(&told_reason(&step.reason));
    match step.when {
        When::Always | When::IfAbsent => {}
        When::IfUnused => line.push_str(", if unused"),
        When::MustBeUnused { ends_run } => {
            line.push_str(if ends_run { ", must be unused" } else { ", should be unused" });
        }
    }
    if step.required {
        line.push_str(", required");
    }
    match &step.forecast {
        Forecast::Applies => {}
        Forecast::Refused(problem) => {
            let _ = write!(line, " -> {}", problem.code());
        }
        Forecast::Skipped => line.push_str(" -> skipped"),
    }
    line
}

fn told_action(step: &Step) -> String {
    let subject = &step.subject;
    match &step.action {
        Action::Command(command) => {
            format!("command {subject} `{}`", command.filled_in().escape_ascii())
        }
        Action::Insert(insertion) => {
            let options = &insertion.options;
            let file = if insertion.path.is_some() { "" } else { " without a file" };
            let mut told = format!("insert {subject}{file}");
            if !options.is_empty() {
                let _ = write!(told, " [{}]", options.escape_ascii());
            }
            told
        }
        Action::Note(note) => match note {
            Note::AlreadyLoaded => format!("loaded {subject}"),
            Note::Blacklisted(Origin::File { line, .. }) => {
                format!("blacklisted {subject} by line {line}")
            }
            Note::Blacklisted(Origin::KernelCommandLine) => format!("blacklisted {subject}"),
            Note::BuiltIn => format!("built in {subject}"),
            Note::NotLoaded => format!("absent {subject}"),
        },
        Action::Remove(_) => format!("remove {subject}"),
    }
}

fn told_reason(reason: &Reason) -> String {
    match reason {
        Reason::Asked => "asked".into(),
        Reason::Holds(module) => format!("holds {module}"),
        Reason::LeftOver(module) => format!("left over by {module}"),
        Reason::NeededBy(module) => format!("needed by {module}"),
        Reason::Softdep(module) => format!("softdep of {module}"),
    }
}
