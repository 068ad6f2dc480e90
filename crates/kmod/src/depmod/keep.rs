//! What one depmod keeps for the next: here it is asked for before modules are read, and handed on
//! after the tables are made. What of it holds is known in `kmodctl::decide`.

use std::sync::OnceLock;

use kmodctl::decide::depmod::{Builtin, Holding, Module, Table, circumstances, holding};
use kmodctl::format::ModuleName;
use kmodctl::format::depmod_cache::{Digest, List, Stamp, Time};
use kmodctl::system::depmod::KeptContents;
use kmodctl::system::depmod::cache::{Cache, Kept, digest, digests, kept_of, now, stamps};

use super::options::Options;

/// The cache of this run, and what besides the modules its tables are made of.
pub(super) struct Keeping<'a> {
    options: &'a Options,
    cache: Cache,
    began: Time,
    circumstances: Vec<u8>,
}

/// What was kept before, compared with the modules that are there now.
#[derive(Default)]
pub(super) struct Before {
    kept: Option<Kept>,
    /// The states of the modules' files.
    stamps: Vec<Option<Stamp>>,
    holding: Holding,
    tables: Vec<Digest>,
    was_silent: bool,
    /// The contents that are kept, read when they are asked for.
    contents: OnceLock<Vec<u8>>,
}

impl<'a> Keeping<'a> {
    /// Nothing is kept where only some files are examined, where checksums are wanted, or where the
    /// command line forbids it.
    pub(super) fn new(options: &'a Options, builtin: &Builtin, checksums: bool) -> Option<Self> {
        if !options.caches || options.files.is_some() || checksums {
            return None;
        }
        let directories = [&options.directory[..], &options.output_directory];
        let root = options.root.as_deref();
        Some(Self {
            options,
            cache: Cache::new(root.unwrap_or_default(), root.is_none(), &options.directory),
            began: now(),
            circumstances: circumstances(directories, options.prefix, builtin, digest),
        })
    }

    /// Looks at what was kept, and at the states of the modules' files.
    pub(super) fn before(&self, modules: &[(ModuleName, Vec<u8>)]) -> Before {
        let kept = self.cache.open();
        let list = kept.as_ref().and_then(Kept::list);
        // Else the states are told as the files are read.
        let Some(list) = list else { return Before::default() };
        let stamps = stamps(modules, self.options.jobs);
        let holding = holding(&list, &self.circumstances, modules, &stamps);
        let (tables, was_silent) = (list.tables, list.was_silent);
        Before { kept, stamps, holding, tables, was_silent, contents: OnceLock::new() }
    }

    /// Hands on to the next run what modules hold, the states in which their files were, and what
    /// was made of it.
    pub(super) fn keep(&self, seen: &SeenModules<'_>, tables: Vec<Digest>, was_silent: bool) {
        let (modules, contents) = kept_of(seen.modules, seen.stamps, self.began);
        let circumstances = &self.circumstances;
        self.cache.keep(&List { circumstances, was_silent, tables, modules }, &contents);
    }
}

/// Modules, and the states in which their files were read.
pub(super) struct SeenModules<'a> {
    pub(super) modules: &'a [Module<'a>],
    pub(super) stamps: &'a [Option<Stamp>],
}

impl Before {
    /// Whether nothing changed, and nothing would be told: then there is nothing to be done.
    pub(super) fn is_all(&self, options: &Options) -> bool {
        let tells = options.verbose || options.reports_duplicates || options.reports_unknown;
        let is_certain = self.holding.is_alike && self.holding.is_certain;
        is_certain && self.was_silent && !tells && !options.shows && self.is_in_place(options)
    }

    /// The states of the files, those that were told while they were read before those of the search.
    pub(super) fn stamps(&self, read: Vec<Option<Stamp>>) -> Vec<Option<Stamp>> {
        let before = self.stamps.iter().copied().chain(std::iter::repeat(None));
        read.into_iter().zip(before).map(|(now, before)| now.or(before)).collect()
    }

    /// Whether these tables are those that are there, made of the same.
    pub(super) fn is_same(&self, tables: &[Digest], options: &Options) -> bool {
        self.holding.is_alike && self.tables == tables && self.is_in_place(options)
    }

    fn is_in_place(&self, options: &Options) -> bool {
        let names = Table::ALL.map(Table::file_name);
        digests(&options.output_directory, &names).as_ref() == Some(&self.tables)
    }

    /// Whether the next run would find no more than this one did.
    pub(super) fn is_current(&self) -> bool {
        self.holding.is_alike && self.holding.is_certain
    }
}

impl KeptContents for Before {
    fn holds(&self, number: usize) -> bool {
        self.holding.contents.get(number).is_some_and(Option::is_some)
    }

    fn bytes(&self, number: usize) -> Option<&[u8]> {
        let range = self.holding.contents.get(number)?.clone()?;
        let read = || self.kept.as_ref().and_then(Kept::contents).unwrap_or_default();
        self.contents.get_or_init(read).get(range)
    }
}
