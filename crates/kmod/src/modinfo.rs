//! modinfo: what modules say of themselves, by file, name or alias. The configuration is not read.

mod rendering;
mod source;

use kmodctl::decide::resolve::Match;
use kmodctl::decide::{Problem, World, resolve, resolve_name};
use kmodctl::system::place::absolute;
use kmodctl::system::{Machine, Place, modinfo};

use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, posixly_correct, valued};
use crate::log::{Log, Priority};
use crate::output::Output;
use crate::words::errno_text;
use crate::{Invocation, problems, version};
use rendering::{Rendering, Separator};

const HELP: &[u8] = include_bytes!("help/modinfo.txt");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    Field,
    Help,
    Name,
    Null,
    Only(&'static str),
    Release,
    Root,
    Version,
}

const TABLE: [Row<Opt>; 12] = [
    flag(b'a', "author", Opt::Only("author")),
    flag(b'd', "description", Opt::Only("description")),
    flag(b'l', "license", Opt::Only("license")),
    flag(b'p', "parameters", Opt::Only("parm")),
    flag(b'n', "filename", Opt::Only("filename")),
    flag(b'0', "null", Opt::Null),
    flag(b'm', "modname", Opt::Name),
    valued(b'F', "field", Opt::Field),
    valued(b'k', "set-version", Opt::Release),
    valued(b'b', "basedir", Opt::Root),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
];

/// What a command line asks for.
#[derive(Default)]
struct Options {
    by_name: bool,
    field: Option<Vec<u8>>,
    operands: Vec<Vec<u8>>,
    release: Option<Vec<u8>>,
    root: Option<Vec<u8>>,
    separator: Separator,
}

/// Runs modinfo.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let log = Log::new("modinfo", Priority::Warning);
    let mut options = Options::default();
    let mut getopt = Getopt::new(&TABLE, invocation.arguments, posixly_correct());
    while let Some(met) = getopt.next() {
        match met {
            Ok((Opt::Field, name)) => options.field = Some(name),
            Ok((Opt::Help, _)) => return output.write(&[HELP]),
            Ok((Opt::Name, _)) => options.by_name = true,
            Ok((Opt::Null, _)) => options.separator = Separator::Null,
            Ok((Opt::Only(field), _)) => options.field = Some(field.into()),
            Ok((Opt::Release, release)) => options.release = Some(release),
            Ok((Opt::Root, root)) => options.root = Some(root),
            Ok((Opt::Version, _)) => return version::show(output),
            Err(complaint) => return Err(complaint.told(&invocation.name)),
        }
    }
    options.operands = getopt.operands();
    tell_all(&options, &log, output)
}

fn tell_all(options: &Options, log: &Log, output: &mut Output) -> Result<(), Ended> {
    if options.operands.is_empty() {
        log.error(&[b"missing module or filename."]);
        return Err(Ended::Failed);
    }
    let place = Place::with_modules(options.root.as_deref(), options.release.as_deref());
    let mut place = place.map_err(|_| {
        log.error(&[b"kmod_new() failed!"]);
        Ended::Failed
    })?;
    place.configuration.clear();
    let machine = Machine::new(place);
    let rendering = Rendering { field: options.field.clone(), separator: options.separator };
    let mut teller = Teller { by_name: options.by_name, rendering, machine, log, output };
    let mut failed = false;
    for operand in &options.operands {
        failed |= !teller.tell(operand)?;
    }
    Ended::if_failed(failed)
}

struct Teller<'a> {
    by_name: bool,
    rendering: Rendering,
    machine: Machine,
    log: &'a Log,
    output: &'a mut Output,
}

impl Teller<'_> {
    /// Tells of all that an operand stands for, up to the first module that cannot be read.
    fn tell(&mut self, operand: &[u8]) -> Result<bool, Ended> {
        let Some(found) = self.found(operand) else { return Ok(false) };
        for module in &found {
            if !self.tell_of(module)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The modules an operand stands for; when there are none that has been told.
    fn found(&self, operand: &[u8]) -> Option<Vec<Match>> {
        let (found, kind): (_, &[u8]) = match self.by_name {
            true => (resolve_name(&self.machine, operand).map(Vec::from_iter), b"Module name "),
            false if source::is_module_file(operand) => (file(operand), b"Module "),
            false => (resolve(&self.machine, operand), b"Module "),
        };
        match found {
            Ok(found) if found.is_empty() => {
                self.log.error(&[kind, operand, b" not found."]);
                None
            }
            Ok(found) => Some(found),
            Err(problem) => {
                problems::tell(self.log, &problem);
                let kind = match problem {
                    Problem::UnmatchedBracket { .. } => b"Module alias ",
                    _ => kind,
                };
                self.log.error(&[kind, operand, b" not found."]);
                None
            }
        }
    }

    fn tell_of(&mut self, found: &Match) -> Result<bool, Ended> {
        let name = found.module.as_bytes();
        let path = match &found.path {
            Some(path) => Some(path.clone()),
            None => self.machine.module_file(name).ok().flatten().map(|file| file.path),
        };
        if self.rendering.head(name, path.as_deref(), self.output)? {
            return Ok(true);
        }
        match modinfo::read(&self.machine, &found.module, path.as_deref()) {
            Ok(source) => {
                self.rendering.entries(&source.entries(), self.log, self.output)?;
                Ok(true)
            }
            Err(problem) => {
                source::tell(&problem);
                let text = errno_text(problem.errno());
                self.log.error(&[b"could not get modinfo from '", name, b"': ", &text]);
                Ok(false)
            }
        }
    }
}

fn file(operand: &[u8]) -> Result<Vec<Match>, Problem> {
    let unreadable = |errno| Problem::FileUnreadable { file: operand.into(), errno };
    Ok(vec![Match::of_path(&absolute(operand.to_vec()).map_err(unreadable)?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("modinfo.8", None, &TABLE);
    }
}
