//! A module of a context, and what can be asked about it. Answers that are texts are kept with it,
//! since C holds pointers to them.

use std::cell::OnceCell;
use std::ffi::{CStr, CString};
use std::rc::Rc;

use kmodctl::decide::load::{dependencies, softdeps, weakdeps};
use kmodctl::decide::plan::CommandKind;
use kmodctl::decide::resolve::{Match, Source};
use kmodctl::decide::{Errno, Problem, World};
use kmodctl::format::ModuleName;
use kmodctl::system::Machine;

use crate::core::context::Context;
use crate::core::list::List;

/// What tells modules of a context apart: the same name through another alias is another one.
pub type Identity = (ModuleName, Option<Vec<u8>>);

/// A module. It keeps its context.
pub struct Module {
    context: Rc<Context>,
    found: Match,
    name: CString,
    path: OnceCell<CString>,
    install: OnceCell<Option<CString>>,
    remove: OnceCell<Option<CString>>,
    options: OnceCell<Option<CString>>,
}

impl Module {
    pub(crate) fn new(context: Rc<Context>, found: Match) -> Self {
        let module = Self {
            context,
            name: terminated(found.module.as_bytes()),
            path: OnceCell::new(),
            install: OnceCell::new(),
            remove: OnceCell::new(),
            options: OnceCell::new(),
            found: Match { path: None, command: None, ..found.clone() },
        };
        module.learn(&found);
        module
    }

    /// Takes over what a new look-up found out and was not known yet.
    pub(crate) fn learn(&self, found: &Match) {
        if let Some(path) = &found.path {
            let _ = self.path.set(terminated(path));
        }
        if let Some((kind, command)) = &found.command {
            let _ = self.slot(*kind).set(Some(terminated(command)));
        }
    }

    /// The context it is in.
    pub fn context(&self) -> &Rc<Context> {
        &self.context
    }

    /// Its name.
    pub fn name(&self) -> &ModuleName {
        &self.found.module
    }

    /// Its name for C.
    pub fn c_name(&self) -> &CStr {
        &self.name
    }

    /// It as planners know it.
    pub fn as_match(&self) -> Match {
        let known = |kind| {
            let command = self.slot(kind).get()?.as_ref()?;
            Some((kind, command.to_bytes().to_vec()))
        };
        Match {
            path: self.path.get().map(|path| path.to_bytes().to_vec()),
            command: match self.found.source {
                Source::ConfigurationCommand => {
                    known(CommandKind::Install).or_else(|| known(CommandKind::Remove))
                }
                _ => None,
            },
            ..self.found.clone()
        }
    }

    /// Its file, if that was found out already.
    pub fn known_path(&self) -> Option<&CStr> {
        self.path.get().map(CString::as_c_str)
    }

    /// Its file: the one it was made of, else the one of modules.dep.
    pub fn path(&self) -> Option<&CStr> {
        if self.path.get().is_none() {
            let file = self.world().module_file(self.name().as_bytes()).ok().flatten()?;
            let _ = self.path.set(terminated(&file.path));
        }
        self.known_path()
    }

    /// Its options in the configuration, joined by spaces.
    pub fn options(&self) -> Option<&CStr> {
        let options = self.options.get_or_init(|| {
            let configuration = self.context.machine.configuration();
            let joined = configuration.options(self.name(), self.found.alias.as_deref());
            let joined = joined.strip_suffix(b" ").unwrap_or(&joined);
            (!joined.is_empty()).then(|| terminated(joined))
        });
        options.as_deref()
    }

    /// Its command of a kind in the configuration.
    pub fn command(&self, kind: CommandKind) -> Option<&CStr> {
        let command = self.slot(kind).get_or_init(|| {
            let configuration = self.context.machine.configuration();
            configuration.command(kind, self.name()).map(terminated)
        });
        command.as_deref()
    }

    /// Whether it is part of the kernel image; one that has a file is not.
    pub fn is_builtin(&self) -> bool {
        self.path.get().is_none()
            && self.world().is_builtin(self.name().as_bytes()).unwrap_or(false)
    }

    /// What it needs, deepest first.
    pub fn dependencies(&self) -> Result<Option<Rc<List>>, Problem> {
        Ok(self.context.list(dependencies(self.world(), &self.found)?))
    }

    /// What its softdep asks for before it, and after it.
    pub fn softdeps(&self) -> Result<[Option<Rc<List>>; 2], Problem> {
        let (pre, post) = softdeps(self.world(), &self.found)?;
        Ok([self.context.list(pre), self.context.list(post)])
    }

    /// What its weakdep names.
    pub fn weakdeps(&self) -> Result<Option<Rc<List>>, Problem> {
        Ok(self.context.list(weakdeps(self.world(), &self.found)?))
    }

    /// The modules that use it.
    pub fn holders(&self) -> Result<Option<Rc<List>>, Errno> {
        let holders = self.context.machine.holders(self.name())?;
        Ok(self.context.list(holders.into_iter().map(Match::of_name).collect()))
    }

    /// The machine, to be asked about it.
    pub fn world(&self) -> &Machine {
        self.context.world()
    }

    fn slot(&self, kind: CommandKind) -> &OnceCell<Option<CString>> {
        match kind {
            CommandKind::Install => &self.install,
            CommandKind::Remove => &self.remove,
        }
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.context.forget(&(self.found.module.clone(), self.found.alias.clone()));
    }
}

/// Bytes as C has them, up to their first NUL.
pub fn terminated(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}
