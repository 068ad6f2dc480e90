//! Where the tables go: to files, or to the standard output.

use std::thread::{self, ScopedJoinHandle};

use kmodctl::decide::Errno;
use kmodctl::decide::depmod::{Builtin, Graph, Made, Module, Table, Tables, table};
use kmodctl::system::depmod::cache::digest;
use kmodctl::system::depmod::{Fault, Step, create_directory, publish};

use super::keep::{Before, Keeping, SeenModules};
use super::make::Making;
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
        let made = table(&tables(graph.modules, options, &builtin), graph, which);
        let bytes = told(which, made, options, log, output)?;
        output.write(&[&bytes])?;
    }
    Ok(())
}

/// What a run that writes files has at hand.
pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) builtin: &'a Builtin,
    pub(super) keeping: Option<&'a Keeping<'a>>,
    pub(super) before: &'a Before,
    pub(super) seen: SeenModules<'a>,
}

impl<'a> Run<'a> {
    /// Has modules linked by `link`, which tells whether something was said, and writes all eleven
    /// files, unless they are there and nothing changed.
    pub(super) fn files(
        &self,
        link: impl FnOnce(&mut Output) -> Result<(Graph<'a>, bool), Ended>,
        log: &Log,
        output: &mut Output,
    ) -> Result<(), Ended> {
        let directory = &self.options.output_directory;
        let making = Making::new(tables(self.seen.modules, self.options, self.builtin));
        let mut was_silent = true;
        making.run(self.options.jobs.computing(), || {
            let (graph, is_silent) = link(output)?;
            was_silent = is_silent;
            Ok(graph)
        })?;
        if let Err(errno) = create_directory(directory) {
            log.fatal(&[b"could not create directory ", directory, b": ", &errno_text(errno)])?;
            return Err(Ended::Failed);
        }
        let mut files = Vec::new();
        for (which, made) in making.made() {
            was_silent &= made.as_ref().is_ok_and(|(_, remarks)| remarks.is_empty());
            files.push((which.file_name(), told(which, made, self.options, log, output)?));
        }
        self.publish(&files, was_silent).map_err(|fault| refused(&fault, directory, log))
    }

    fn publish(&self, files: &[(&'static str, Vec<u8>)], was_silent: bool) -> Result<(), Fault> {
        let Options { output_directory: directory, jobs, .. } = self.options;
        let Some(keeping) = self.keeping else { return publish(directory, files, *jobs) };
        let digests: Vec<_> = files.iter().map(|(_, bytes)| digest(bytes)).collect();
        let is_same = self.before.is_same(&digests, self.options);
        if is_same && self.before.is_current() {
            return Ok(());
        }
        let keep = || keeping.keep(&self.seen, digests, was_silent);
        if is_same {
            keep();
            return Ok(());
        }
        // What is kept holds only for these tables, so that it may be there before them.
        thread::scope(|scope| {
            let elsewhere = jobs.computing() > 1;
            let mut keep = Some(keep);
            let kept = keep.take_if(|_| elsewhere);
            let kept = kept.and_then(|keep| thread::Builder::new().spawn_scoped(scope, keep).ok());
            let published = publish(directory, files, *jobs);
            match (kept, keep) {
                (None, Some(keep)) => keep(),
                (kept, _) => drop(kept.map(ScopedJoinHandle::join)),
            }
            published
        })
    }
}

fn tables<'a>(modules: &'a [Module<'a>], options: &'a Options, builtin: &'a Builtin) -> Tables<'a> {
    let reports_duplicates = options.reports_duplicates;
    Tables { modules, directory: &options.directory, builtin, reports_duplicates }
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
