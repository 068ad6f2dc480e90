//! Where the tables go: to files, or to the standard output.

use std::thread::{self, Scope, ScopedJoinHandle};

use kmodctl::decide::Errno;
use kmodctl::decide::depmod::{Builtin, Graph, Module, Remark, Table, Tables, table};
use kmodctl::format::index::TooLong;
use kmodctl::system::depmod::cache::digest;
use kmodctl::system::depmod::{Fault, Jobs, Step, create_directory, for_each, publish};

use super::keep::{Before, Keeping, WrittenDown};
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

/// What a run that writes files has at hand.
pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) builtin: &'a Builtin,
    pub(super) keeping: Option<&'a Keeping<'a>>,
    pub(super) before: &'a Before,
}

/// What is kept of the modules, in the making.
pub(super) type Kept<'scope, 'm> = Option<ScopedJoinHandle<'scope, WrittenDown<'m>>>;

impl Run<'_> {
    /// Has what the next run is to know written down by another thread, where there may be one and
    /// where it will be needed.
    pub(super) fn kept<'scope, 'm>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        modules: &'m [Module],
    ) -> Kept<'scope, 'm>
    where
        'm: 'scope,
    {
        let keeping = self.keeping?;
        let is_wanted =
            self.options.jobs.computing() > 1 && !self.options.shows && !self.before.is_current();
        let write = || keeping.written_down(modules, &self.before.stamps);
        is_wanted.then(|| thread::Builder::new().spawn_scoped(scope, write).ok())?
    }

    /// Writes all eleven files, unless they are there and nothing changed.
    pub(super) fn files(
        &self,
        graph: &Graph<'_>,
        kept: Kept<'_, '_>,
        was_silent: bool,
        log: &Log,
        output: &mut Output,
    ) -> Result<(), Ended> {
        let directory = &self.options.output_directory;
        if let Err(errno) = create_directory(directory) {
            log.fatal(&[b"could not create directory ", directory, b": ", &errno_text(errno)])?;
            return Err(Ended::Failed);
        }
        let made = make(&tables(graph, self.options, self.builtin), self.options.jobs);
        let mut was_silent = was_silent;
        let mut files = Vec::new();
        for (which, made) in made {
            was_silent &= made.as_ref().is_ok_and(|(_, remarks)| remarks.is_empty());
            files.push((which.file_name(), told(which, made, self.options, log, output)?));
        }
        self.publish(graph, kept, &files, was_silent)
            .map_err(|fault| refused(&fault, directory, log))
    }

    fn publish(
        &self,
        graph: &Graph<'_>,
        kept: Kept<'_, '_>,
        files: &[(&'static str, Vec<u8>)],
        was_silent: bool,
    ) -> Result<(), Fault> {
        let Options { output_directory: directory, jobs, .. } = self.options;
        let Some(keeping) = self.keeping else { return publish(directory, files, *jobs) };
        let digests: Vec<_> = files.iter().map(|(_, bytes)| digest(bytes)).collect();
        let is_same = self.before.is_same(&digests, self.options);
        if is_same && self.before.is_current() {
            return Ok(());
        }
        let written = kept.and_then(|kept| kept.join().ok());
        let written =
            written.unwrap_or_else(|| keeping.written_down(graph.modules, &self.before.stamps));
        let keep = || keeping.keep(written, digests, was_silent);
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

fn tables<'a>(graph: &'a Graph<'a>, options: &'a Options, builtin: &'a Builtin) -> Tables<'a> {
    let reports_duplicates = options.reports_duplicates;
    Tables { graph, directory: &options.directory, builtin, reports_duplicates }
}

type Made = Result<(Vec<u8>, Vec<Remark>), TooLong>;

/// Makes all tables, in their order, several at the same time.
fn make(tables: &Tables<'_>, jobs: Jobs) -> Vec<(Table, Made)> {
    let mut order = Table::ALL;
    order.sort_by_key(|which| !takes_long(*which));
    let work = |_: &mut (), number: usize| table(tables, order[number]);
    let made = for_each(jobs.computing(), order.len(), || (), work);
    let mut made: Vec<_> = order.into_iter().zip(made).collect();
    made.sort_by_key(|(which, _)| Table::ALL.iter().position(|other| other == which));
    let or_made = |(which, made): (Table, Option<Made>)| {
        (which, made.unwrap_or_else(|| table(tables, which)))
    };
    made.into_iter().map(or_made).collect()
}

/// Whether a table is begun first, so that no thread is at it while the others have nothing to do.
fn takes_long(which: Table) -> bool {
    matches!(which, Table::AliasIndex | Table::SymbolIndex)
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
