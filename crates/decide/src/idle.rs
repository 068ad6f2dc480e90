//! Lines that somebody wrote into the configuration and that do nothing: about a module that no installed
//! kernel has or that is part of the kernel, about a parameter that the module does not have, behind a
//! line that counts before them, or in a file that nobody reads. What vendors ship is written for many
//! kernels and is not judged here; nor is what kmodctl itself has written, but for lines of an
//! allow-list that others come before.

mod about;
mod installs;

use alloc::collections::BTreeSet;
use alloc::rc::Rc;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{Directive, parse};
use kmodctl_format::module_parameters::split;

use crate::block::{self, only};
use crate::configuration::{Entry, Origin, refuses};
use crate::inventory::{Inventory, TextFile};
use crate::named;
use crate::parameters::{Parameters, Survey, is_part_of_kernel};
use crate::problem::Problem;
use crate::resolve::resolve;
pub use about::idle_lines_about;
use installs::Installs;

/// A line that does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleLine {
    /// Where it stands; of a file that is not read, the first line that says something.
    pub origin: Origin,
    /// Why it does nothing.
    pub why: Idleness,
}

/// Why a line does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idleness {
    /// It gives options to a module that is part of the kernel, which reads its command line only.
    BuiltIn {
        /// The module.
        module: ModuleName,
        /// The parameters with their values, as the line has them.
        parameters: Vec<Vec<u8>>,
    },
    /// What follows a `#` in the middle of a line is no comment: the module is given it as parameters.
    Comment(ModuleName),
    /// Its first word is no directive.
    NoDirective {
        /// The word.
        word: Vec<u8>,
        /// The directive that it may have meant.
        near: Option<Vec<u8>>,
    },
    /// No installed kernel has a module of this name.
    NoModule {
        /// The name.
        name: Vec<u8>,
        /// What it may have meant, the nearest first.
        near: Vec<ModuleName>,
    },
    /// The module has no such parameter.
    NoParameter {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
        /// What it may have meant, the nearest first.
        near: Vec<Vec<u8>>,
    },
    /// Another install line of the module comes before it, with another command.
    Second(Origin),
    /// The name of its file does not end in `.conf`.
    Unread,
}

/// Endings by which a file is put out of use on purpose.
const PUT_AWAY: [&[u8]; 10] = [
    b"~",
    b".bak",
    b".dpkg-dist",
    b".dpkg-new",
    b".dpkg-old",
    b".disabled",
    b".old",
    b".orig",
    b".rpmnew",
    b".rpmsave",
];

/// Tells whether a name that no kernel has a module of is a part of one that cannot be a module.
pub type IsInImage<'a> = dyn Fn(&ModuleName) -> bool + 'a;

/// The idle lines of a configuration, first those in force and then those of files that are not read.
/// The first of the installed kernels is the one that is meant.
pub fn idle_lines<W: Inventory + Parameters>(
    kernels: &[&W],
    is_in_image: &IsInImage<'_>,
) -> Result<Vec<IdleLine>, Problem> {
    let Some(first) = kernels.first() else { return Ok(Vec::new()) };
    let configuration = first.configuration();
    let installs = Installs::of(configuration);
    let mut lines = Vec::new();
    for entry in &configuration.entries {
        let judge = Judge { kernels, is_in_image, installs: &installs, entry };
        lines.extend(match writer(entry) {
            Writer::Administrator => judge.idleness()?,
            Writer::AllowList => judge.late(),
            Writer::Another => Vec::new(),
        });
    }
    let mut told = BTreeSet::new();
    lines.retain(|line| match &line.why {
        Idleness::NoModule { name, .. } => {
            told.insert((line.origin.place().map(|(file, _)| file), name.clone()))
        }
        _ => true,
    });
    lines.extend(first.configuration_files().iter().filter_map(unread));
    Ok(lines)
}

/// Who has written a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Administrator,
    /// kmodctl, into the file of the allow-list.
    AllowList,
    /// A vendor, kmodctl elsewhere, or the boot loader.
    Another,
}

fn writer(entry: &Entry) -> Writer {
    match &entry.origin {
        Origin::File { path, .. } if path.ends_with(only::FILE.as_bytes()) => Writer::AllowList,
        Origin::File { path, .. } if is_own(path) && !is_of_blocks(path) => Writer::Administrator,
        Origin::File { .. } | Origin::KernelCommandLine => Writer::Another,
    }
}

fn is_of_blocks(path: &[u8]) -> bool {
    path.ends_with(block::FILE.as_bytes())
}

fn is_own(path: &[u8]) -> bool {
    let directory = path.rsplitn(2, |&byte| byte == b'/').nth(1).unwrap_or_default();
    let is_of_vendor = |name: &[u8]| {
        directory
            .strip_suffix(name)
            .is_some_and(|parent| parent.ends_with(b"/lib") && !parent.ends_with(b"/local/lib"))
    };
    let names: [&[u8]; 2] = [b"/modprobe.d", b"/modules-load.d"];
    names.iter().any(|name| directory.ends_with(name) && !is_of_vendor(name))
}

fn is_put_away(path: &[u8]) -> bool {
    PUT_AWAY.iter().any(|ending| path.ends_with(ending))
}

/// A file that says something and that nobody reads.
fn unread(file: &TextFile) -> Option<IdleLine> {
    if !is_own(&file.path) || file.path.ends_with(b".conf") || is_put_away(&file.path) {
        return None;
    }
    let line = first_line(file)?;
    let origin = Origin::File { path: Rc::from(&file.path[..]), first: line, line };
    Some(IdleLine { origin, why: Idleness::Unread })
}

/// The first line that says something: a directive, or in modules-load.d a name.
fn first_line(file: &TextFile) -> Option<usize> {
    let directory = file.path.rsplit(|&byte| byte == b'/').nth(1).unwrap_or_default();
    if directory != b"modules-load.d" {
        return Some(parse(&file.bytes).lines.first()?.number);
    }
    let mut lines = file.bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let says_something = |line: &[u8]| !line.is_empty() && !b"#;".contains(&line[0]);
    lines.position(says_something).map(|before| before + 1)
}

/// What judges one line.
struct Judge<'a, W> {
    kernels: &'a [&'a W],
    is_in_image: &'a IsInImage<'a>,
    installs: &'a Installs<'a>,
    entry: &'a Entry,
}

impl<W: Inventory + Parameters> Judge<'_, W> {
    fn idleness(&self) -> Result<Vec<IdleLine>, Problem> {
        let found = match &self.entry.directive {
            Directive::Alias { module, .. } if module.as_bytes() == b"off" => Vec::new(),
            Directive::Alias { module, .. } => self.names([module.as_bytes()])?,
            Directive::Blacklist { module } => self.names([module.as_bytes()])?,
            Directive::Install { pattern, command } => match self.second(pattern, command) {
                Some(second) => alloc::vec![second],
                None if refuses(command) => self.names([&pattern[..]])?,
                None => Vec::new(),
            },
            Directive::Options { name, text } => self.options(name, text)?,
            Directive::Softdep { pattern, pre, post } => {
                let named = pre.iter().chain(post).map(Vec::as_slice);
                self.names(core::iter::once(&pattern[..]).chain(named))?
            }
            Directive::Remove { .. } | Directive::Weakdep { .. } => Vec::new(),
        };
        Ok(found.into_iter().map(|why| self.line(why)).collect())
    }

    /// Of a line of the allow-list: one of somebody else comes before it. A block of the same module
    /// comes before it on purpose.
    fn late(&self) -> Vec<IdleLine> {
        let Directive::Install { pattern, command } = &self.entry.directive else {
            return Vec::new();
        };
        let is_ours = |first: &Origin| first.place().is_some_and(|(file, _)| is_of_blocks(&file));
        let second = self.second(pattern, command);
        let second = second.filter(|why| !matches!(why, Idleness::Second(first) if is_ours(first)));
        second.into_iter().map(|why| self.line(why)).collect()
    }

    fn line(&self, why: Idleness) -> IdleLine {
        IdleLine { origin: self.entry.origin.clone(), why }
    }

    /// Those of the names that lead to no module of any kernel. A pattern may lead anywhere.
    fn names<'n>(
        &self,
        names: impl IntoIterator<Item = &'n [u8]>,
    ) -> Result<Vec<Idleness>, Problem> {
        let mut idle = Vec::new();
        for name in names {
            if name.iter().any(|byte| b"*?[".contains(byte)) || self.leads_somewhere(name)? {
                continue;
            }
            if (self.is_in_image)(&ModuleName::new(name)) {
                continue;
            }
            let near = self.kernels.first().map(|kernel| named::meant(*kernel, name));
            idle.push(Idleness::NoModule { name: name.to_vec(), near: near.unwrap_or_default() });
        }
        Ok(idle)
    }

    fn leads_somewhere(&self, name: &[u8]) -> Result<bool, Problem> {
        for kernel in self.kernels {
            let module = ModuleName::new(name);
            if named::is_known(*kernel, &module)? || is_part_of_kernel(kernel.world(), &module)? {
                return Ok(true);
            }
            for found in resolve(kernel.world(), name)? {
                if named::is_known(*kernel, &found.module)? {
                    return Ok(true);
                }
            }
        }
        let command = self.installs.first(ModuleName::new(name).as_bytes());
        Ok(command.is_some_and(|install| !refuses(install.command)))
    }

    /// The install line that counts in the place of this one, when that runs something else.
    fn second(&self, own: &[u8], command: &[u8]) -> Option<Idleness> {
        let first = self.installs.first(own)?;
        let is_another = *first.origin != self.entry.origin && first.command != command;
        is_another.then(|| Idleness::Second(first.origin.clone()))
    }

    fn options(&self, name: &ModuleName, text: &[u8]) -> Result<Vec<Idleness>, Problem> {
        let mut surveys = Vec::new();
        for kernel in self.kernels {
            if kernel.module_file(name.as_bytes())?.is_some() {
                surveys.push(Survey::of(*kernel, name)?);
            }
        }
        if !surveys.is_empty() {
            return Ok(self.strays(name, &surveys));
        }
        if !self.is_built_in(name)? {
            return self.names([name.as_bytes()]);
        }
        let text = split(text).map(|word| match word.value {
            Some(value) => [word.name, b"=", value].concat(),
            None => word.name.to_vec(),
        });
        let parameters = text.collect();
        Ok(alloc::vec![Idleness::BuiltIn { module: name.clone(), parameters }])
    }

    fn is_built_in(&self, name: &ModuleName) -> Result<bool, Problem> {
        for kernel in self.kernels {
            if is_part_of_kernel(kernel.world(), name)? {
                return Ok(true);
            }
        }
        Ok(!self.leads_somewhere(name.as_bytes())? && (self.is_in_image)(name))
    }

    /// The parameters of this line that the module has in no kernel, up to a comment.
    fn strays(&self, module: &ModuleName, surveys: &[Survey]) -> Vec<Idleness> {
        let Some((first, others)) = surveys.split_first() else { return Vec::new() };
        let mut idle = Vec::new();
        for stray in first.strays.iter().filter(|stray| stray.origin == self.entry.origin) {
            if stray.name.starts_with(b"#") {
                idle.push(Idleness::Comment(module.clone()));
                break;
            }
            if others.iter().all(|other| other.strays.iter().any(|one| one.name == stray.name)) {
                idle.push(Idleness::NoParameter {
                    module: module.clone(),
                    parameter: stray.name.clone(),
                    near: first.meant(&stray.name).into_iter().map(<[u8]>::to_vec).collect(),
                });
            }
        }
        idle
    }
}
