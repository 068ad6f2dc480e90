//! The allow-list of `kmodctl block --only`, as `kmodctl status` tells of it: that there is one, and
//! what has come since it was made.

use std::collections::BTreeMap;

use kmodctl::decide::Problem;
use kmodctl::decide::block::only::{self, Because, Standing, standing};
use kmodctl::format::ModuleName;
use kmodctl::system::{Machine, file_change};
use serde_json::{Value, json};

use super::block::several;
use crate::answer::Remark;
use crate::session::Session;
use crate::show::{joined, text};

/// What the host has of an allow-list.
pub(super) enum AllowList {
    Absent,
    /// Its file is not as kmodctl writes it, or cannot be read.
    Unknown(Problem),
    Found(Standing),
}

impl AllowList {
    /// Of a kernel without modules nothing is asked.
    pub(super) fn read(session: &Session, others: &[(Vec<u8>, Machine)]) -> Self {
        let path = session.host.path(only::FILE);
        let mut kernels = session.inventories(others);
        if session.missing_tree().is_some() {
            kernels.remove(0);
        }
        match file_change::current(&path) {
            Ok(None) => Self::Absent,
            Ok(Some(file)) => {
                standing(&kernels, &path, &file).map_or_else(Self::Unknown, Self::Found)
            }
            Err(problem) => Self::Unknown(problem),
        }
    }

    pub(super) fn words(&self) -> String {
        let list = match self {
            Self::Absent => return "none".into(),
            Self::Unknown(_) => return "unknown".into(),
            Self::Found(list) => list,
        };
        let words = match list.is_trial {
            true => format!("on trial: {} modules would be kept out", list.kept_out),
            false => format!("in force: {} modules are kept out", list.kept_out),
        };
        if list.is_out_of_date() { words + "; out of date" } else { words }
    }

    pub(super) fn value(&self) -> Value {
        match self {
            Self::Absent | Self::Unknown(_) => Value::Null,
            Self::Found(list) => json!({
                "trial": list.is_trial,
                "kept_out": list.kept_out,
                "out_of_date": list.is_out_of_date(),
            }),
        }
    }

    pub(super) fn remarks(&self, session: &Session) -> Vec<Remark> {
        let list = match self {
            Self::Absent => return Vec::new(),
            Self::Unknown(problem) => return vec![Remark::of(problem)],
            Self::Found(list) => list,
        };
        let file = text(session.host.path(only::FILE));
        let unjudged = list.unjudged.iter().map(|(release, modules)| {
            let told = format!(
                "{file} neither keeps out nor lets in what came to {} since: {}",
                text(release),
                several(&joined(modules), modules.len())
            );
            Remark { code: "allow-list-incomplete", told, fix: Some(anew(list)) }
        });
        let needed = needed(list).into_iter().map(|(why, modules)| {
            let count = modules.len();
            let keeps = if list.is_trial { "would keep out" } else { "keeps out" };
            let told = format!("{file} {keeps} {}, {why}", several(&joined(modules), count));
            Remark { code: "allow-list-hinders", told, fix: Some(anew(list)) }
        });
        unjudged.chain(needed).collect()
    }
}

fn anew(list: &Standing) -> String {
    let trial = if list.is_trial { " --trial" } else { "" };
    format!("kmodctl block --only FILE{trial}, with the list that it was made from")
}

/// The modules by the words of what needs them.
fn needed(list: &Standing) -> BTreeMap<String, Vec<&ModuleName>> {
    let mut groups: BTreeMap<String, Vec<&ModuleName>> = BTreeMap::new();
    for (module, (release, because)) in &list.needed {
        let why = match because {
            Because::Needed(user) => {
                format!("which `{}` of {} may need", text(user.as_bytes()), text(release))
            }
            Because::Boot(_) => "which the boot list has".into(),
            Because::Device(_) | Because::Listed(_) | Because::Loaded | Because::TookOver(_) => {
                "which is loaded now".into()
            }
        };
        groups.entry(why).or_default().push(module);
    }
    groups
}
