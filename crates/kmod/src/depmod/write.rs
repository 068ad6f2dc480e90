//! Where the tables go: to files, or to the standard output.

use std::thread;

use kmodctl::decide::Errno;
use kmodctl::decide::depmod::{Builtin, Graph, Remark, Table, Tables, table};
use kmodctl::format::index::TooLong;
use kmodctl::system::depmod::{Fault, Step, create_directory, publish};

use super::find::kernel_list;
use super::options::Options;
use super::told;
use crate::ended::Ended;
use crate::log::Log;
use crate::output::Output;
use crate::words::errno_text;

/// Shows the text tables, one behind the other.
pub(super) fn show(
    graph: &Graph<'_>,
    options: &Options,
    log: &Log,
    output: &mut Output,
) -> Result<(), Ended> {
    let none = || Ok(Vec::new());
    let builtin = Builtin { list: none(), modinfo: none() };
    for which in Table::ALL.into_iter().filter(|which| which.is_text()) {
        let made = table(&tables(graph, options, &builtin), which);
        let bytes = told(which, made, options, log, output)?;
        output.write(&[&bytes])?;
    }
    Ok(())
}

/// Writes all eleven files.
pub(super) fn files(
    graph: &Graph<'_>,
    options: &Options,
    log: &Log,
    output: &mut Output,
) -> Result<(), Ended> {
    let directory = &options.output_directory;
    if let Err(errno) = create_directory(directory) {
        log.fatal(&[b"could not create directory ", directory, b": ", &errno_text(errno)])?;
        return Err(Ended::Failed);
    }
    let builtin = Builtin {
        list: kernel_list(options, "modules.builtin"),
        modinfo: kernel_list(options, "modules.builtin.modinfo"),
    };
    let mut files = Vec::new();
    for (which, made) in make(&tables(graph, options, &builtin)) {
        files.push((which.file_name(), told(which, made, options, log, output)?));
    }
    publish(directory, &files).map_err(|fault| refused(&fault, directory, log))
}

fn tables<'a>(graph: &'a Graph<'a>, options: &'a Options, builtin: &'a Builtin) -> Tables<'a> {
    let reports_duplicates = options.reports_duplicates;
    Tables { graph, directory: &options.directory, builtin, reports_duplicates }
}

type Made = Result<(Vec<u8>, Vec<Remark>), TooLong>;

/// Makes all tables, in their order, at the same time.
fn make(tables: &Tables<'_>) -> Vec<(Table, Made)> {
    thread::scope(|scope| {
        let start = |which| {
            let work = move || table(tables, which);
            (which, thread::Builder::new().spawn_scoped(scope, work))
        };
        let started: Vec<_> = Table::ALL.into_iter().map(start).collect();
        let finish =
            |(which, started): (Table, std::io::Result<thread::ScopedJoinHandle<'_, Made>>)| {
                let made = started.ok().and_then(|thread| thread.join().ok());
                (which, made.unwrap_or_else(|| table(tables, which)))
            };
        started.into_iter().map(finish).collect()
    })
}

/// Tells what is to be said of a table.
fn told(
    which: Table,
    made: Made,
    options: &Options,
    log: &Log,
    output: &mut Output,
) -> Result<Vec<u8>, Ended> {
    let Ok((bytes, remarks)) = made else {
        let name = which.file_name();
        log.error(&[b"Could not create index '", name.as_bytes(), b"': File too large"]);
        return Err(Ended::Failed);
    };
    told::all(&remarks, &options.directory, log, output)?;
    Ok(bytes)
}

fn refused(fault: &Fault, directory: &[u8], log: &Log) -> Ended {
    const ENOSPC: Errno = Errno(28);
    let (name, errno) = (fault.name.as_bytes(), errno_text(fault.errno));
    match fault.step {
        Step::Write if fault.errno == ENOSPC => {
            log.error(&[b"Could not create index '", name, b"'. Output is truncated: ", &errno]);
        }
        Step::Create | Step::Rename | Step::Write => {
            log.error(&[b"Could not create index '", name, b"': ", &errno]);
        }
        Step::Open => log.error(&[b"could not open directory ", directory, b": ", &errno]),
        Step::SyncDirectory => {
            log.error(&[b"could not sync directory ", directory, b": ", &errno]);
        }
    }
    Ended::Failed
}
