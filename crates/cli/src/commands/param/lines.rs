//! Lines that speak of one parameter: which ones there are, and which of them counts.

use kmodctl::decide::parameters::owned;
use kmodctl::decide::parameters::{Kept, Parameter, Presence, Survey};
use serde_json::{Value, json};

use crate::answer::Remark;
use crate::show::{origin, text};

/// A kept value and where it stands.
pub(super) fn kept_words(kept: &Kept) -> String {
    format!("{} ({})", value_words(kept), origin(&kept.origin))
}

/// A kept value; a parameter without one is switched on.
pub(super) fn value_words(kept: &Kept) -> String {
    kept.value.as_deref().map_or_else(|| "(set)".to_owned(), text)
}

pub(super) fn kept_value(kept: &Kept) -> Value {
    json!({ "value": kept.value.as_deref().map(text), "at": origin(&kept.origin) })
}

/// What there is to say of a module's lines: those that contradict each other, and those that have no
/// effect.
pub(super) fn remarks(survey: &Survey) -> Vec<Remark> {
    let of_parameters = survey.parameters.iter().filter_map(|parameter| remark(survey, parameter));
    of_parameters.chain(survey.strays.iter().map(|kept| stray(survey, kept))).collect()
}

fn remark(survey: &Survey, parameter: &Parameter) -> Option<Remark> {
    let name = format!("{}.{}", survey.module, text(&parameter.name));
    let last = parameter.kept.last()?;
    if survey.presence == Presence::BuiltIn && parameter.persistent(survey.presence).is_none() {
        return Some(Remark {
            code: "no-effect",
            told: format!(
                "`{name}` is kept by {}, which does not reach a module that is built in",
                origin(&last.origin)
            ),
            fix: Some("put it on the kernel command line; `kmodctl param keep` says where".into()),
        });
    }
    let (before, _) = parameter.kept.split_at(parameter.kept.len() - 1);
    if before.is_empty() {
        return None;
    }
    let others: Vec<_> = before.iter().map(kept_words).collect();
    let differ = before.iter().any(|kept| kept.value != last.value);
    Some(Remark {
        code: if differ { "conflicting-lines" } else { "duplicate-lines" },
        told: format!(
            "`{name}` is kept more than once: {}, then {}; the kernel takes the last one",
            others.join(", "),
            kept_words(last)
        ),
        fix: Some(format!("take it out of {}", rivals(&parameter.kept))),
    })
}

/// The lines that should go: those that are not ours, or all but the last one.
fn rivals(kept: &[Kept]) -> String {
    let is_ours = |kept: &Kept| origin(&kept.origin).contains(owned::FILE);
    let (all_but_last, _) = kept.split_at(kept.len().saturating_sub(1));
    let rivals = if kept.iter().any(is_ours) { kept } else { all_but_last };
    let places: Vec<_> =
        rivals.iter().filter(|kept| !is_ours(kept)).map(|kept| origin(&kept.origin)).collect();
    places.join(" and ")
}

fn stray(survey: &Survey, kept: &Kept) -> Remark {
    let near: Vec<_> =
        survey.meant(&kept.name).iter().map(|name| format!("`{}`", text(name))).collect();
    let comment = kept.name.starts_with(b"#");
    Remark {
        code: "unknown-parameter",
        told: format!(
            "`{}` has no parameter `{}` ({}); the kernel passes over it",
            survey.module,
            text(&kept.name),
            origin(&kept.origin)
        ),
        fix: match (comment, near.is_empty()) {
            (true, _) => Some("put the comment on a line of its own".into()),
            (false, true) => None,
            (false, false) => Some(format!("did you mean {}?", near.join(" or "))),
        },
    }
}
