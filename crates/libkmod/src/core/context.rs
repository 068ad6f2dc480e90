//! A context: one machine as it was when the context was made, its log, and the modules that are
//! known in it. The same name, or name and alias, is the same module as long as anyone has it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_void};
use std::rc::{Rc, Weak};

use kmodctl::decide::resolve::Match;
use kmodctl::decide::{Errno, Problem, World};
use kmodctl::format::elf::ModuleFile;
use kmodctl::system::place::absolute;
use kmodctl::system::{IndexFile, Machine, ModuleBytes, Place};

use crate::core::list::{Item, List};
use crate::core::log::{Log, Show};
use crate::core::module::{Identity, Module, terminated};
use crate::core::words;

/// A context of the library.
pub struct Context {
    /// The machine, with the configuration that was in force when the context was made.
    pub machine: Machine,
    /// Where messages go.
    pub log: Log,
    /// What the caller keeps with it.
    pub user_data: Cell<*const c_void>,
    /// The module file that was opened last.
    pub(crate) opened: RefCell<Option<(CString, Rc<ModuleFile<ModuleBytes>>)>>,
    directory: CString,
    modules: RefCell<HashMap<Identity, Weak<Module>>>,
    /// Whether indexes stay open between calls.
    is_loaded: Cell<bool>,
}

/// What [`Context::new`] is made of.
pub struct Origin<'a> {
    /// The directory of modules; the running kernel's when there is none.
    pub directory: Option<&'a [u8]>,
    /// Directories and files of configuration; the usual ones when there is no list.
    pub configuration: Option<Vec<Vec<u8>>>,
    /// The least urgent priority that is shown.
    pub level: i32,
    /// What shows messages.
    pub show: Show,
}

impl Context {
    /// Makes a context and reads the configuration, of which the odd lines are told.
    pub fn new(origin: Origin<'_>) -> Result<Rc<Self>, Errno> {
        let mut place = match origin.directory {
            Some(directory) => Place::of_directory(absolute(directory.to_vec())?),
            None => Place::running(),
        };
        if let Some(configuration) = origin.configuration {
            place.configuration = configuration;
        }
        let context = Self::of_machine(Machine::new(place), Log::new(origin.level, origin.show));
        for complaint in context.machine.complaints() {
            words::complain(&context.log, complaint);
        }
        context.log.info(c"kmod_new", &[b"ctx ", context.address().as_bytes(), b" created"]);
        Ok(context)
    }

    /// Makes a context of a machine; nothing is read yet.
    pub fn of_machine(machine: Machine, log: Log) -> Rc<Self> {
        Rc::new(Self {
            directory: terminated(&machine.place().module_directory),
            machine,
            log,
            user_data: Cell::new(std::ptr::null()),
            opened: RefCell::new(None),
            modules: RefCell::default(),
            is_loaded: Cell::new(false),
        })
    }

    /// Its address, by which messages tell contexts apart.
    fn address(&self) -> String {
        format!("{:p}", std::ptr::from_ref(self))
    }

    /// The directory of modules.
    pub fn directory(&self) -> &CStr {
        &self.directory
    }

    /// The machine for one call: unless indexes were loaded, each call sees the files of its time.
    pub fn world(&self) -> &Machine {
        if !self.is_loaded.get() {
            self.machine.close_indexes();
        }
        &self.machine
    }

    /// The module of a match: the one that is known already, or a new one.
    pub fn module(self: &Rc<Self>, found: Match) -> Rc<Module> {
        let identity = (found.module.clone(), found.alias.clone());
        if let Some(known) = self.known(&identity) {
            known.learn(&found);
            return known;
        }
        let module = Rc::new(Module::new(Rc::clone(self), found));
        self.modules.borrow_mut().insert(identity, Rc::downgrade(&module));
        module
    }

    /// The module of that identity, if anyone has it.
    pub fn known(&self, identity: &Identity) -> Option<Rc<Module>> {
        self.modules.borrow().get(identity).and_then(Weak::upgrade)
    }

    /// Forgets a module that nobody has any more.
    pub(crate) fn forget(&self, identity: &Identity) {
        let mut modules = self.modules.borrow_mut();
        if modules.get(identity).is_some_and(|module| module.strong_count() == 0) {
            modules.remove(identity);
        }
    }

    /// A list of the modules of matches.
    pub fn list(self: &Rc<Self>, found: Vec<Match>) -> Option<Rc<List>> {
        List::of(found.into_iter().map(|found| Item::Module(self.module(found))).collect())
    }

    /// Opens the indexes, which answer from then on whatever happens to their files. Without the
    /// one of built-in aliases, which old kernels lack, the others do.
    pub fn load_resources(&self) -> Result<(), Problem> {
        const NEEDED: [IndexFile; 4] =
            [IndexFile::Dependencies, IndexFile::Alias, IndexFile::Symbols, IndexFile::Builtin];
        if !self.is_loaded.get() {
            self.machine.close_indexes();
        }
        for index in NEEDED {
            if let Err(problem) = self.machine.open_index(index) {
                self.unload_resources();
                return Err(problem);
            }
        }
        let _ = self.machine.open_index(IndexFile::BuiltinAlias);
        self.is_loaded.set(true);
        Ok(())
    }

    /// Closes the indexes.
    pub fn unload_resources(&self) {
        self.is_loaded.set(false);
        self.machine.close_indexes();
    }

    /// Whether what was read is still what the files say.
    pub fn validity(&self) -> Validity {
        if self.machine.is_configuration_stale() {
            Validity::Recreate
        } else if self.is_loaded.get() && self.machine.are_indexes_stale() {
            Validity::Reload
        } else {
            Validity::Fresh
        }
    }

    /// All modules of the kernel, newest first.
    pub fn loaded(self: &Rc<Self>) -> Result<Option<Rc<List>>, Errno> {
        let loaded = self.machine.loaded()?;
        Ok(self.list(loaded.into_iter().map(|loaded| Match::of_name(loaded.name)).collect()))
    }

    /// Whether a module stays in a list that is filtered.
    pub fn passes(&self, module: &Module, filter: Filter) -> bool {
        let world = self.world();
        let name = module.name();
        let is_listed = || filter.blacklist && world.configuration().blacklisting(name).is_some();
        !(is_listed() || filter.builtin && module.is_builtin())
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.log.info(c"kmod_unref", &[b"context ", self.address().as_bytes(), b" released"]);
    }
}

/// What is to be done about a context, `enum kmod_resources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Nothing.
    Fresh = 0,
    /// The indexes are to be loaded anew.
    Reload = 1,
    /// The context is to be made anew.
    Recreate = 2,
}

/// Which modules are taken out of a list, `enum kmod_filter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that a blacklist line names.
    pub blacklist: bool,
    /// Those that are part of the kernel image.
    pub builtin: bool,
}
