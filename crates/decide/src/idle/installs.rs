//! The install lines of a configuration, ready to be asked by name: one of our own files has
//! thousands of them, and each is asked about.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use kmodctl_format::configuration::Directive;
use kmodctl_format::pattern;

use crate::configuration::{Configuration, Origin};

/// An install line.
#[derive(Clone, Copy)]
pub(super) struct Install<'a> {
    pub(super) command: &'a [u8],
    pub(super) origin: &'a Origin,
    /// Its place among all lines.
    place: usize,
}

pub(super) struct Installs<'a> {
    /// The first line of each name.
    named: BTreeMap<&'a [u8], Install<'a>>,
    /// Lines of many names, which are few.
    patterns: Vec<(&'a [u8], Install<'a>)>,
}

impl<'a> Installs<'a> {
    pub(super) fn of(configuration: &'a Configuration) -> Self {
        let mut installs = Self { named: BTreeMap::new(), patterns: Vec::new() };
        for (place, entry) in configuration.entries.iter().enumerate() {
            let Directive::Install { pattern, command } = &entry.directive else { continue };
            let install = Install { command, origin: &entry.origin, place };
            match pattern.iter().any(|byte| b"*?[\\".contains(byte)) {
                true => installs.patterns.push((pattern, install)),
                false => {
                    installs.named.entry(pattern).or_insert(install);
                }
            }
        }
        installs
    }

    /// The line that counts for a name: the first that matches it.
    pub(super) fn first(&self, name: &[u8]) -> Option<Install<'a>> {
        let matching = |(pattern, _): &&(&[u8], Install<'a>)| pattern::matches(pattern, name);
        let pattern = self.patterns.iter().find(matching).map(|(_, install)| *install);
        let named = self.named.get(name).copied();
        named.into_iter().chain(pattern).min_by_key(|install| install.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Entry;
    use kmodctl_format::ModuleName;
    use kmodctl_format::configuration::parse;

    /// Asked by name, the lines say what a walk through all of them says.
    #[test]
    fn the_first_line_is_that_of_a_walk() {
        let text = b"install b* one\ninstall a two\ninstall a three\ninstall abc four\n\
            blacklist abc\ninstall b five\ninstall ?bc six\ninstall [c-d] seven\ninstall d eight\n";
        let path = b"/f"[..].into();
        let lines = parse(text).lines.into_iter();
        let entries = lines.map(|line| Entry::of_file(&path, line)).collect();
        let configuration = Configuration { entries };
        let installs = Installs::of(&configuration);
        let mut found = 0;
        for name in ["a", "abc", "b", "bc", "c", "d", "xbc", "e", ""] {
            let walked = configuration.install_line(&ModuleName::new(name));
            let walked = walked.map(|entry| &entry.origin);
            let first = installs.first(name.as_bytes()).map(|install| install.origin);
            assert_eq!(first, walked, "{name}");
            found += usize::from(first.is_some());
        }
        assert_eq!(found, 7);
    }
}
