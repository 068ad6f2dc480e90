//! Which modules there are: the configuration, the search, or the files of the command line.

use kmodctl::decide::Errno;
use kmodctl::decide::depmod::{Builtin, Candidates, Preference};
use kmodctl::format::ModuleName;
use kmodctl::format::regular_expression;
use kmodctl::system::Complaint;
use kmodctl::system::depmod::{
    Found, Oddity, Stale, is_up_to_date as newer_than_modules, read_configuration, scan,
};
use kmodctl::system::file::read_to_end;

use super::options::Options;
use crate::ended::Ended;
use crate::log::Log;
use crate::path;
use crate::words::errno_text;

/// Whether nothing is to be done: the tables are younger than the modules. With `-n`, kmod does not
/// even look.
pub(super) fn is_up_to_date(options: &Options, log: &Log) -> bool {
    if options.shows {
        return true;
    }
    match newer_than_modules(&options.directory, options.jobs) {
        Ok(answer) => answer,
        Err(Stale::Directory(errno)) => {
            cannot_open(&options.directory, errno, log);
            false
        }
        Err(Stale::Table(errno)) => {
            let (directory, errno) = (&options.directory, errno_text(errno));
            log.error(&[b"could not fstatat(", directory, b", modules.dep): ", &errno]);
            false
        }
    }
}

/// Reads depmod.d.
pub(super) fn preference(options: &Options, log: &Log) -> Preference {
    let read = read_configuration(&options.configuration);
    read.complaints.iter().for_each(|complaint| complain(complaint, log));
    let is_meant = |kernel: &[u8]| regular_expression::is_found(kernel, &options.release);
    Preference::new(read.directives.iter(), is_meant)
}

fn complain(complaint: &Complaint, log: &Log) {
    match complaint {
        Complaint::BadLine { file, line, first_word } => log.error(&[
            file,
            b":",
            line.to_string().as_bytes(),
            b": ignoring bad line starting with '",
            first_word,
            b"'",
        ]),
        Complaint::CannotList { path, errno } => {
            log.error(&[b"files list ", path, b": ", &errno_text(*errno)]);
        }
        // kmod leaves out the slash.
        Complaint::CannotStat { path } => {
            let slash = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            let (directory, name) = path.split_at(slash);
            let name = name.strip_prefix(b"/").unwrap_or(name);
            log.error(&[b"Cannot stat directory entry: ", directory, name]);
        }
        Complaint::DirectoryInDirectory { path } => {
            log.error(&[b"Directories inside directories are not supported: ", path]);
        }
        Complaint::Unreadable { path, errno } => {
            log.error(&[b"could not open ", path, b": ", &errno_text(*errno)]);
        }
        Complaint::Deprecated { .. } | Complaint::UnmatchedBracket { .. } => {}
    }
}

/// The modules that are examined, one file for each name.
pub(super) fn modules(
    options: &Options,
    preference: &Preference,
    log: &Log,
) -> Result<Vec<(ModuleName, Vec<u8>)>, Ended> {
    if let Some(files) = &options.files {
        return given(files, log);
    }
    let mut candidates = Candidates::new(preference, &options.directory);
    let mut search = |directory: &[u8]| {
        let found = scan(directory, &preference.excluded, options.jobs);
        for found in found.inspect_err(|errno| cannot_open(directory, *errno, log))? {
            match found {
                Found::Module(path) => candidates.offer(path),
                Found::Odd(oddity) => odd(&oddity, log),
            }
        }
        Ok(())
    };
    if let Err(errno) = search(&options.directory) {
        log.fatal(&[b"could not search modules: ", &errno_text(errno)])?;
        return Err(Ended::Failed);
    }
    for external in preference.external.iter().rev() {
        // Others may still be there.
        let _ = search(external);
    }
    Ok(candidates.chosen())
}

fn cannot_open(directory: &[u8], errno: Errno, log: &Log) {
    log.error(&[b"could not open directory ", directory, b": ", &errno_text(errno)]);
}

fn odd(oddity: &Oddity, log: &Log) {
    match oddity {
        // The number is that of kmod's file descriptor: it holds one open for each directory.
        Oddity::CannotStat { depth, name, errno } => {
            let descriptor = (depth + 3).to_string();
            let errno = errno_text(*errno);
            log.error(&[b"fstatat(", descriptor.as_bytes(), b", ", name, b"): ", &errno]);
        }
        Oddity::DirectoryUnreadable { path, errno } => cannot_open(path, *errno, log),
        Oddity::UnsupportedType { path, kind } => {
            log.error(&[b"unsupported file type ", path, b": ", format!("{kind:o}").as_bytes()]);
        }
    }
}

/// The files of the command line; two of one name end it.
fn given(files: &[Vec<u8>], log: &Log) -> Result<Vec<(ModuleName, Vec<u8>)>, Ended> {
    let mut modules: Vec<(ModuleName, Vec<u8>)> = Vec::new();
    for file in files {
        if !file.starts_with(b"/") {
            log.fatal(&[file, b": not absolute path."])?;
        }
        if let Err(errno) = path::existing(file) {
            log.fatal(&[b"could not create module ", file, b": ", &errno_text(errno)])?;
        }
        let name = ModuleName::of_path(file);
        if let Some((_, other)) = modules.iter().find(|(other, _)| *other == name) {
            taken(&name, file, other, log)?;
        }
        modules.push((name, file.clone()));
    }
    Ok(modules)
}

fn taken(name: &ModuleName, file: &[u8], other: &[u8], log: &Log) -> Result<(), Ended> {
    let name = name.as_bytes();
    if file == other {
        log.error(&[b"hash_add_unique ", name, b": File exists"]);
        log.fatal(&[b"could not add module ", file, b": File exists"])?;
        return Err(Ended::Failed);
    }
    let paths = [b"new-path='", file, b"' old-path='", other, b"'"].concat();
    log.error(&[b"kmod_module '", name, b"' already exists with different path: ", &paths]);
    log.fatal(&[b"could not create module ", file, b": File exists"])?;
    Err(Ended::Failed)
}

/// The list that orders modules; without it they stand in the order of kmod's hash table.
pub(super) fn modules_order(options: &Options, log: &Log) -> Vec<u8> {
    match kernel_list(options, "modules.order") {
        Ok(list) => list,
        Err(errno) => {
            unopened("modules.order", errno, &options.directory, log);
            Vec::new()
        }
    }
}

/// Says that a file of the module directory is not there.
pub(super) fn unopened(name: &str, errno: Errno, directory: &[u8], log: &Log) {
    let (name, errno) = (name.as_bytes(), errno_text(errno));
    log.warning(&[b"could not open ", name, b" at ", directory, b": ", &errno]);
}

/// Reads what is built in. What is only shown needs none of it.
pub(super) fn builtin(options: &Options) -> Builtin {
    let list = |name| if options.shows { Ok(Vec::new()) } else { kernel_list(options, name) };
    Builtin { list: list("modules.builtin"), modinfo: list("modules.builtin.modinfo") }
}

/// Reads what a kernel's build left in the module directory. A directory of that name is empty.
fn kernel_list(options: &Options, name: &str) -> Result<Vec<u8>, Errno> {
    const LIMIT: usize = 256 << 20;
    const EISDIR: Errno = Errno(21);
    let path = [&options.directory, &b"/"[..], name.as_bytes()].concat();
    match read_to_end(&path, LIMIT) {
        Err(EISDIR) => Ok(Vec::new()),
        read => read,
    }
}
