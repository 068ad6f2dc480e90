//! What else bears on an allow-list: lines of others that count before ours, and images with another
//! copy of our file.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{Directive, parse};
use kmodctl_format::pattern;

use crate::configuration::{Configuration, Origin, file_name, refuses};
use crate::image::Contents;
use crate::world::World;

/// Lines of files before ours that let a module in all the same: an install line that does not
/// refuse, or a softdep, which switches ours off.
pub(super) fn rivals(
    configuration: &Configuration,
    path: &[u8],
    blocked: &[ModuleName],
) -> Vec<(ModuleName, Origin)> {
    let mut found = Vec::new();
    for entry in &configuration.entries {
        if entry.origin.file_name().is_none_or(|other| other >= file_name(path)) {
            continue;
        }
        let pattern = match &entry.directive {
            Directive::Install { pattern, command } if !refuses(command) => pattern,
            Directive::Softdep { pattern, pre, post } if !(pre.is_empty() && post.is_empty()) => {
                pattern
            }
            _ => continue,
        };
        let matching = blocked.iter().filter(|name| pattern::matches(pattern, name.as_bytes()));
        found.extend(matching.map(|name| (name.clone(), entry.origin.clone())));
    }
    found
}

/// The modules in an image for which its copy of our file says something else than `after`.
pub fn stale_in(image: &Contents, path: &[u8], after: Option<&[u8]>) -> Vec<ModuleName> {
    let entries = image.configuration().entries.iter();
    let entries = entries.filter(|entry| entry.origin.file_name() == Some(file_name(path)));
    let held: BTreeSet<_> = entries.filter_map(|entry| install(&entry.directive)).collect();
    let lines = parse(after.unwrap_or_default()).lines;
    let wanted: BTreeSet<_> = lines.iter().filter_map(|line| install(&line.directive)).collect();
    let names = held.symmetric_difference(&wanted).map(|(pattern, _)| ModuleName::new(pattern));
    let names: BTreeSet<_> = names.filter(|name| image.modules.contains(name)).collect();
    names.into_iter().collect()
}

fn install(directive: &Directive) -> Option<(&[u8], &[u8])> {
    match directive {
        Directive::Install { pattern, command } => Some((pattern, command)),
        _ => None,
    }
}
