//! The lines of the configuration, kind by kind, as C goes through them.

use std::cell::{Cell, OnceCell};
use std::ffi::{CStr, CString};
use std::rc::Rc;

use kmodctl::decide::World;
use kmodctl::format::configuration::{Directive, written_softdep};

use crate::core::context::Context;
use crate::core::module::terminated;

/// Which lines are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `alias`.
    Alias,
    /// `blacklist`.
    Blacklist,
    /// `install`.
    Install,
    /// `options`.
    Options,
    /// `remove`.
    Remove,
    /// `softdep`.
    Softdep,
    /// `weakdep`.
    Weakdep,
}

/// A way through the lines of one kind. Behind the last it begins anew.
pub struct Directives {
    /// Lines are read from the context once, and stay where C has pointers to them.
    lines: Vec<Line>,
    place: Cell<Option<usize>>,
    _context: Rc<Context>,
}

struct Line {
    key: CString,
    value: OnceCell<Option<CString>>,
    text: Option<Vec<u8>>,
}

impl Directives {
    /// The lines of a kind, before the first.
    pub fn new(context: &Rc<Context>, kind: Kind) -> Self {
        let entries = &context.machine.configuration().entries;
        Self {
            lines: entries.iter().filter_map(|entry| line(&entry.directive, kind)).collect(),
            place: Cell::new(None),
            _context: Rc::clone(context),
        }
    }

    /// Goes to the next line; whether there is one.
    pub fn advance(&self) -> bool {
        let next = self.place.get().map_or(0, |place| place + 1);
        let place = (next < self.lines.len()).then_some(next);
        self.place.set(place);
        place.is_some()
    }

    /// What the line is about.
    pub fn key(&self) -> Option<&CStr> {
        self.line().map(|line| line.key.as_c_str())
    }

    /// What it says of that; nothing of a blacklist line.
    pub fn value(&self) -> Option<&CStr> {
        let line = self.line()?;
        line.value.get_or_init(|| line.text.as_deref().map(terminated)).as_deref()
    }

    fn line(&self) -> Option<&Line> {
        self.lines.get(self.place.get()?)
    }
}

fn line(directive: &Directive, kind: Kind) -> Option<Line> {
    let (key, text): (&[u8], _) = match (directive, kind) {
        (Directive::Alias { pattern, module }, Kind::Alias) => {
            (pattern, Some(module.as_bytes().to_vec()))
        }
        (Directive::Blacklist { module }, Kind::Blacklist) => (module.as_bytes(), None),
        (Directive::Install { pattern, command }, Kind::Install)
        | (Directive::Remove { pattern, command }, Kind::Remove) => {
            (pattern, Some(command.clone()))
        }
        (Directive::Options { name, text }, Kind::Options) => (name.as_bytes(), Some(text.clone())),
        (Directive::Softdep { pattern, pre, post }, Kind::Softdep) => {
            (pattern, Some(written_softdep(pre, post)))
        }
        (Directive::Weakdep { pattern, modules }, Kind::Weakdep) => {
            (pattern, Some(modules.join(&b' ')))
        }
        _ => return None,
    };
    Some(Line { key: terminated(key), value: OnceCell::new(), text })
}
