//! What a name of the boot list comes to in every installed kernel, in words.

use kmodctl::decide::Problem;
use kmodctl::decide::boot_list::check::{Standing, renamed, standing};
use kmodctl::format::ModuleName;
use kmodctl::system::Machine;
use serde_json::{Value, json};

use crate::answer::Remark;
use crate::session::Session;
use crate::show::{self, joined, names, text};

/// The kernels that are installed, the one that is meant among them.
pub(super) struct Kernels(Vec<(Vec<u8>, Machine)>);

impl Kernels {
    pub(super) fn of(session: &Session) -> Self {
        let mut kernels = session.kernels();
        if !kernels.iter().any(|(release, _)| *release == session.release) {
            kernels.push((session.release.clone(), session.host.machine(&session.release)));
        }
        Self(kernels)
    }

    /// What a name comes to in each of them.
    pub(super) fn standings(&self, name: &[u8]) -> Result<Standings<'_>, Problem> {
        let each = self.0.iter().map(|(release, machine)| {
            Ok(In { release, machine, standing: standing(machine, name)? })
        });
        Ok(Standings(each.collect::<Result<_, _>>()?))
    }
}

/// What a name comes to in one kernel.
struct In<'a> {
    release: &'a [u8],
    machine: &'a Machine,
    standing: Standing,
}

/// What a name comes to in each kernel.
pub(super) struct Standings<'a>(Vec<In<'a>>);

impl Standings<'_> {
    /// Whether the list does not do what it says in some kernel.
    pub(super) fn is_broken(&self) -> bool {
        self.0.iter().any(|one| one.standing.is_broken())
    }

    fn is_builtin_everywhere(&self) -> bool {
        self.0.iter().all(|one| one.standing == Standing::BuiltIn)
    }

    /// One word where all kernels agree, else a word for each.
    pub(super) fn words(&self) -> String {
        let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
        for one in &self.0 {
            let word = word(&one.standing);
            match groups.iter_mut().find(|(known, _)| *known == word) {
                Some((_, releases)) => releases.push(text(one.release)),
                None => groups.push((word, vec![text(one.release)])),
            }
        }
        match groups.as_slice() {
            [(word, _)] => (*word).to_owned(),
            groups => {
                let shown: Vec<_> = groups
                    .iter()
                    .map(|(word, releases)| format!("{word} in {}", releases.join(" and ")))
                    .collect();
                shown.join(", ")
            }
        }
    }

    pub(super) fn value(&self) -> Vec<Value> {
        let value = |one: &In<'_>| {
            let mut value =
                json!({ "release": text(one.release), "standing": code(&one.standing) });
            match &one.standing {
                Standing::Modules(modules) => value["modules"] = names(modules).into(),
                Standing::Blocked(_, hold) => value["by"] = show::block::hold(hold).into(),
                _ => {}
            }
            value
        };
        self.0.iter().map(value).collect()
    }

    /// What is to be said of a name, with a cure for each; kernels that agree are told once.
    pub(super) fn remarks(&self, name: &[u8], at: &str) -> Vec<Remark> {
        if self.is_builtin_everywhere() {
            return vec![Remark {
                code: "built-in",
                told: format!("`{}` ({at}) is part of every kernel here", text(name)),
                fix: Some("drop the line: there is nothing to load".into()),
            }];
        }
        let mut remarks: Vec<Remark> = Vec::new();
        for one in &self.0 {
            let new = remark(&one.standing, name, at);
            remarks.extend(new.filter(|new| !remarks.contains(new)));
        }
        remarks.extend(self.missing(name, at));
        remarks
    }

    /// A remark for each cure, with the kernels that it is for.
    fn missing(&self, name: &[u8], at: &str) -> Vec<Remark> {
        let mut cures: Vec<(String, Vec<String>)> = Vec::new();
        for one in &self.0 {
            let Standing::Missing { meant } = &one.standing else { continue };
            let cure = self.cure(one, name, meant);
            match cures.iter_mut().find(|(known, _)| *known == cure) {
                Some((_, releases)) => releases.push(text(one.release)),
                None => cures.push((cure, vec![text(one.release)])),
            }
        }
        let remark = |(cure, releases): (String, Vec<String>)| Remark {
            code: "missing",
            told: format!("`{}` ({at}) is no module of {}", text(name), releases.join(" and ")),
            fix: Some(cure),
        };
        cures.into_iter().map(remark).collect()
    }

    /// What to do about a name that a kernel does not have.
    fn cure(&self, lacking: &In<'_>, name: &[u8], meant: &[ModuleName]) -> String {
        let has_it = |one: &&In<'_>| matches!(one.standing, Standing::Modules(_));
        let other = self.0.iter().rfind(has_it);
        let heir = other.and_then(|other| {
            renamed(other.machine, lacking.machine, &ModuleName::new(name)).ok().flatten()
        });
        match (heir, other, meant.is_empty()) {
            (Some(heir), ..) => format!("`{heir}` has its aliases there: use that name"),
            (None, Some(other), _) => {
                format!("{} has it: install its package for this kernel too", text(other.release))
            }
            (None, None, false) => format!("did you mean {}?", quoted(meant)),
            (None, None, true) => "install the package that has it, or drop the line".into(),
        }
    }
}

fn remark(standing: &Standing, name: &[u8], at: &str) -> Option<Remark> {
    let shown = text(name);
    match standing {
        Standing::BuiltIn | Standing::Missing { .. } | Standing::Modules(_) => None,
        Standing::Malformed => Some(Remark {
            code: "malformed-line",
            told: format!("`{shown}` ({at}) is no name of a module"),
            fix: Some("write one name a line, and comments on lines of their own".into()),
        }),
        Standing::Blocked(module, hold) => Some(Remark {
            code: "blocked",
            told: format!(
                "`{shown}` ({at}) does not get in: `{module}` is {}",
                show::block::hold(hold)
            ),
            fix: Some(format!("kmodctl unblock {module}, or drop the line")),
        }),
    }
}

fn quoted(modules: &[ModuleName]) -> String {
    joined(modules).split(", ").map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Blocked(..) => "blocked",
        Standing::BuiltIn => "built-in",
        Standing::Malformed => "no name",
        Standing::Missing { .. } => "missing",
        Standing::Modules(_) => "module",
    }
}

fn code(standing: &Standing) -> &'static str {
    match standing {
        Standing::Malformed => "malformed",
        other => word(other),
    }
}
