//! The configuration in force, and what it says about one module. Files are read in `system` and
//! their bytes in `format`; here lines of all files stand in one list, in kmod's order.

use alloc::rc::Rc;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{Directive, Line};
use kmodctl_format::pattern;

use crate::plan::CommandKind;

/// All lines in force, in the order in which they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The lines.
    pub entries: Vec<Entry>,
}

/// One line in force, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the line says.
    pub directive: Directive,
    /// Where it stands.
    pub origin: Origin,
}

/// Where a line of the configuration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of a file.
    File {
        /// The file.
        path: Rc<[u8]>,
        /// The number of its first physical line, from 1.
        first: usize,
        /// The line's number, from 1; of a continued line, the last.
        line: usize,
    },
    /// The kernel command line.
    KernelCommandLine,
}

impl Entry {
    /// A line of a file.
    pub fn of_file(path: &Rc<[u8]>, line: Line) -> Self {
        let origin = Origin::File { path: Rc::clone(path), first: line.first, line: line.number };
        Self { directive: line.directive, origin }
    }
}

impl Origin {
    /// The file and the line's number; `None` for the kernel command line.
    pub fn place(&self) -> Option<(Vec<u8>, usize)> {
        match self {
            Self::File { path, line, .. } => Some((path.to_vec(), *line)),
            Self::KernelCommandLine => None,
        }
    }

    /// The name of the file, by which files count one after the other; `None` for the kernel command
    /// line, which counts after all of them.
    pub fn file_name(&self) -> Option<&[u8]> {
        match self {
            Self::File { path, .. } => Some(file_name(path)),
            Self::KernelCommandLine => None,
        }
    }
}

/// The last component of a path.
pub(crate) fn file_name(path: &[u8]) -> &[u8] {
    &path[path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1)..]
}

impl Configuration {
    /// The patterns that match a folded query, and the modules they stand for.
    pub fn aliases_of<'a>(
        &'a self,
        query: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a ModuleName)> {
        self.entries.iter().filter_map(move |entry| match &entry.directive {
            Directive::Alias { pattern, module } if pattern::matches(pattern, query) => {
                Some((pattern.as_slice(), module))
            }
            _ => None,
        })
    }

    /// The line that blacklists a module, by its exact name.
    pub fn blacklisting(&self, module: &ModuleName) -> Option<&Origin> {
        self.entries.iter().find_map(|entry| match &entry.directive {
            Directive::Blacklist { module: listed } if listed == module => Some(&entry.origin),
            _ => None,
        })
    }

    /// The first command of a kind whose pattern matches a module.
    pub fn command(&self, kind: CommandKind, module: &ModuleName) -> Option<&[u8]> {
        self.commands(kind)
            .find(|(pattern, _)| pattern::matches(pattern, module.as_bytes()))
            .map(|(_, command)| command)
    }

    /// The first install command, else remove command, whose pattern is exactly the query.
    pub fn command_of_exactly(&self, query: &[u8]) -> Option<(CommandKind, &[u8])> {
        [CommandKind::Install, CommandKind::Remove].into_iter().find_map(|kind| {
            let exact = self.commands(kind).find(|(pattern, _)| *pattern == query);
            exact.map(|(_, command)| (kind, command))
        })
    }

    /// The options of a module: every entry of its name, or of the alias that led to it, and a
    /// space behind each.
    pub fn options(&self, module: &ModuleName, alias: Option<&[u8]>) -> Vec<u8> {
        let mut joined = Vec::new();
        for entry in &self.entries {
            match &entry.directive {
                Directive::Options { name, text }
                    if !text.is_empty() && (name == module || Some(name.as_bytes()) == alias) =>
                {
                    joined.extend_from_slice(text);
                    joined.push(b' ');
                }
                _ => {}
            }
        }
        joined
    }

    /// The soft dependencies of a module: `pre` and `post` of the first line that matches it.
    pub fn softdep(&self, module: &ModuleName) -> Option<Softdep<'_>> {
        self.entries.iter().find_map(|entry| match &entry.directive {
            Directive::Softdep { pattern, pre, post }
                if pattern::matches(pattern, module.as_bytes()) =>
            {
                Some(Softdep { pre, post })
            }
            _ => None,
        })
    }

    /// The modules that a module may ask for by itself: those of the first line that matches it.
    /// They are no part of a load.
    pub fn weakdep(&self, module: &ModuleName) -> &[Vec<u8>] {
        let found = self.entries.iter().find_map(|entry| match &entry.directive {
            Directive::Weakdep { pattern, modules }
                if pattern::matches(pattern, module.as_bytes()) =>
            {
                Some(modules.as_slice())
            }
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// The line that gives a module its install command: the first whose pattern matches.
    pub fn install_line(&self, module: &ModuleName) -> Option<&Entry> {
        self.entries.iter().find(|entry| match &entry.directive {
            Directive::Install { pattern, .. } => pattern::matches(pattern, module.as_bytes()),
            _ => false,
        })
    }

    /// The line that gives a module its soft dependencies: the first whose pattern matches.
    pub fn softdep_line(&self, module: &ModuleName) -> Option<&Entry> {
        self.entries.iter().find(|entry| match &entry.directive {
            Directive::Softdep { pattern, .. } => pattern::matches(pattern, module.as_bytes()),
            _ => false,
        })
    }

    fn commands(&self, kind: CommandKind) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().filter_map(move |entry| match (&entry.directive, kind) {
            (Directive::Install { pattern, command }, CommandKind::Install)
            | (Directive::Remove { pattern, command }, CommandKind::Remove) => {
                Some((pattern.as_slice(), command.as_slice()))
            }
            _ => None,
        })
    }
}

/// What a softdep line asks for; each word is an alias that is still to be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softdep<'a> {
    /// What is loaded before the module.
    pub pre: &'a [Vec<u8>],
    /// What is loaded after it.
    pub post: &'a [Vec<u8>],
}

/// Whether a command does nothing but refuse: `/bin/false` or `/bin/true` in one of their spellings.
///
/// Administrators write `install M /bin/false` to block a module, so such a line is obeyed even
/// where kmod would let a softdep switch it off.
pub fn refuses(command: &[u8]) -> bool {
    let mut words =
        command.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let program = match words.next() {
        Some(b"/bin/busybox" | b"/usr/bin/busybox" | b"busybox") => words.next(),
        program => program,
    };
    const PROGRAMS: [&[u8]; 6] =
        [b"/bin/false", b"/bin/true", b"/usr/bin/false", b"/usr/bin/true", b"false", b"true"];
    let shell_goes_on = |byte: &u8| b";&|`$()<>\n".contains(byte);
    program.is_some_and(|program| PROGRAMS.contains(&program))
        && !words.flatten().any(shell_goes_on)
}
