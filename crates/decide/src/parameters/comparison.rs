//! What is wanted of parameters, what the configuration as a whole makes of that, and what is live:
//! side by side, with a verdict for each.

use alloc::vec::Vec;

use super::{Kept, Live, Parameter, Presence, Survey};
use crate::configuration::Origin;
use crate::parameters::kind::Kind;

/// One parameter that something is kept for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Its name.
    pub name: Vec<u8>,
    /// What the file of our own keeps.
    pub wanted: Option<Kept>,
    /// What counts of all that is kept.
    pub persistent: Option<Kept>,
    /// What is live.
    pub live: Option<Vec<u8>>,
    /// What that comes to.
    pub verdict: Verdict,
}

/// How a kept value and the live one stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The kernel will not take the value.
    BadValue,
    /// The live value cannot be read or compared.
    CannotTell,
    /// The live value is another one.
    Differs,
    /// The kept value is live.
    InForce,
    /// The module is part of the kernel image, which does not read modprobe.d.
    NoEffect,
    /// The module is not in the kernel; the value counts when it is loaded.
    NotLoaded,
    /// Another line comes after the file of our own.
    Overruled,
    /// The module has no such parameter; the kernel passes over it.
    UnknownParameter,
}

impl Verdict {
    /// Whether something is not as it is wanted.
    pub fn is_difference(self) -> bool {
        match self {
            Self::CannotTell | Self::InForce | Self::NotLoaded => false,
            Self::BadValue
            | Self::Differs
            | Self::NoEffect
            | Self::Overruled
            | Self::UnknownParameter => true,
        }
    }

    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadValue => "bad-value",
            Self::CannotTell => "cannot-tell",
            Self::Differs => "differs",
            Self::InForce => "in-force",
            Self::NoEffect => "no-effect",
            Self::NotLoaded => "not-loaded",
            Self::Overruled => "overruled",
            Self::UnknownParameter => "unknown-parameter",
        }
    }
}

/// Compares the parameters of a module that something is kept for; `path` is the file of our own.
pub fn compare(survey: &Survey, path: &[u8]) -> Vec<Comparison> {
    let kept = survey.parameters.iter().filter(|parameter| !parameter.kept.is_empty());
    let mut all: Vec<_> = kept.map(|parameter| known(survey.presence, parameter, path)).collect();
    all.extend(survey.strays.iter().map(|kept| stray(kept, path)));
    all
}

fn known(presence: Presence, parameter: &Parameter, path: &[u8]) -> Comparison {
    let persistent = parameter.persistent(presence).cloned();
    let wanted = parameter.kept.iter().rfind(|kept| is_in(kept, path)).cloned();
    Comparison {
        verdict: verdict(presence, parameter, wanted.as_ref(), persistent.as_ref()),
        name: parameter.name.clone(),
        live: parameter.live_value().map(<[u8]>::to_vec),
        wanted,
        persistent,
    }
}

fn stray(kept: &Kept, path: &[u8]) -> Comparison {
    Comparison {
        name: kept.name.clone(),
        wanted: is_in(kept, path).then(|| kept.clone()),
        persistent: Some(kept.clone()),
        live: None,
        verdict: Verdict::UnknownParameter,
    }
}

fn verdict(
    presence: Presence,
    parameter: &Parameter,
    wanted: Option<&Kept>,
    persistent: Option<&Kept>,
) -> Verdict {
    let Some(persistent) = persistent else { return Verdict::NoEffect };
    let kind = parameter.kind();
    let value = match (&persistent.value, &kind) {
        (Some(value), _) => value.as_slice(),
        // A parameter without a value is switched on; others than these need one.
        (None, Kind::Bool | Kind::Own) => b"1",
        (None, _) => return Verdict::BadValue,
    };
    if !kind.takes(value) {
        return Verdict::BadValue;
    }
    if wanted.is_some_and(|wanted| wanted.value.as_deref() != Some(value)) {
        return Verdict::Overruled;
    }
    match (presence, &parameter.live) {
        (Presence::NotLoaded, _) => Verdict::NotLoaded,
        (_, Some(Live { value: Some(live), .. })) => match kind.is_same(value, live) {
            Some(true) => Verdict::InForce,
            Some(false) => Verdict::Differs,
            None => Verdict::CannotTell,
        },
        _ => Verdict::CannotTell,
    }
}

/// Whether a value stands in a file.
pub(super) fn is_in(kept: &Kept, path: &[u8]) -> bool {
    matches!(&kept.origin, Origin::File { path: file, .. } if **file == *path)
}
