//! Which copy of a module counts when there are several of its name, by the lines of depmod.d.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;

use kmodctl_format::depmod_configuration::Directive;
use kmodctl_format::{ModuleName, suffix};

use super::below;

/// What depmod.d says about one release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preference {
    /// Names of directory entries that are passed over.
    pub excluded: Vec<Vec<u8>>,
    /// Directories outside the module directory that are searched too, in the order of their
    /// lines.
    pub external: Vec<Vec<u8>>,
    /// Paths without suffix below the module directory, in the order of their lines.
    overrides: Vec<Vec<u8>>,
    /// Where copies may be, the most preferred first.
    search: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Everywhere that no other place is.
    BuiltIn,
    /// A directory outside the module directory.
    External(Vec<u8>),
    /// A directory below the module directory.
    Below(Vec<u8>),
}

impl Preference {
    /// Puts the lines of all files together. `is_meant` tells whether a line's expression matches
    /// the release; `*` always does.
    pub fn new<'a>(
        directives: impl Iterator<Item = &'a Directive>,
        is_meant: impl Fn(&[u8]) -> bool,
    ) -> Self {
        let mut preference = Self::default();
        let mut words: Vec<&[u8]> = Vec::new();
        let is_meant = |kernel: &[u8]| kernel == b"*" || is_meant(kernel);
        for directive in directives {
            match directive {
                Directive::Exclude { names } => preference.excluded.extend_from_slice(names),
                Directive::External { kernel, directory } if is_meant(kernel) => {
                    preference.external.push(directory.clone());
                }
                Directive::Override { module, kernel, directory } if is_meant(kernel) => {
                    preference.overrides.push([&directory[..], b"/", module].concat());
                }
                Directive::Search { places } => words.extend(places.iter().map(|place| &place[..])),
                Directive::External { .. } | Directive::Override { .. } => {}
            }
        }
        if words.is_empty() {
            words.push(b"updates");
        }
        preference.search = words.into_iter().flat_map(|word| preference.places(word)).collect();
        preference
    }

    fn places(&self, word: &[u8]) -> Vec<Place> {
        match word {
            b"built-in" => [Place::BuiltIn].into(),
            b"external" => self.external.iter().cloned().map(Place::External).collect(),
            below => [Place::Below(below.into())].into(),
        }
    }

    /// Whether a copy that was found later counts instead of an earlier one.
    ///
    /// As in kmod, a place that holds both counts for the later one alone.
    fn prefers(&self, later: &[u8], earlier: &[u8], directory: &[u8]) -> bool {
        for path in self.overrides.iter().rev() {
            for (copy, wins) in [(later, true), (earlier, false)] {
                if below(directory, copy)
                    .and_then(suffix::split)
                    .is_some_and(|(stem, _)| stem == path)
                {
                    return wins;
                }
            }
        }
        let (mut of_later, mut of_earlier) = (None, None);
        let mut of_built_in = None;
        for (rank, place) in (0..).zip(self.search.iter().rev()) {
            if *place == Place::BuiltIn {
                of_built_in = Some(rank);
            } else if place.holds(later, directory) {
                of_later = Some(rank);
            } else if place.holds(earlier, directory) {
                of_earlier = Some(rank);
            }
        }
        let rank = |of_copy: Option<i32>| of_copy.or(of_built_in).unwrap_or(-1);
        rank(of_later) > rank(of_earlier)
    }
}

impl Place {
    fn holds(&self, path: &[u8], directory: &[u8]) -> bool {
        match self {
            Self::BuiltIn => false,
            Self::External(place) => below(place, path).is_some(),
            Self::Below(place) => {
                below(directory, path).is_some_and(|path| below(place, path).is_some())
            }
        }
    }
}

/// Modules as they are found, one file for each name.
#[derive(Clone, Debug)]
pub struct Candidates<'a> {
    preference: &'a Preference,
    directory: &'a [u8],
    chosen: BTreeMap<ModuleName, Vec<u8>>,
}

impl<'a> Candidates<'a> {
    /// Starts without modules.
    pub fn new(preference: &'a Preference, directory: &'a [u8]) -> Self {
        Self { preference, directory, chosen: BTreeMap::new() }
    }

    /// Takes the file of a module, unless one of its name that was found before is preferred.
    pub fn offer(&mut self, path: Vec<u8>) {
        match self.chosen.entry(ModuleName::of_path(&path)) {
            Entry::Vacant(entry) => {
                entry.insert(path);
            }
            Entry::Occupied(mut entry) => {
                if self.preference.prefers(&path, entry.get(), self.directory) {
                    entry.insert(path);
                }
            }
        }
    }

    /// The modules that were chosen, by their names.
    pub fn chosen(self) -> Vec<(ModuleName, Vec<u8>)> {
        self.chosen.into_iter().collect()
    }
}
