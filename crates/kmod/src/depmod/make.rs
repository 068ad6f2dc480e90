//! Making the tables on all processors: those that tell nothing of who gives what are begun while one
//! thread alone can link.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use kmodctl::decide::depmod::{Graph, Made, Table, Tables, table, table_without_links};

/// What is made; each table by the thread that takes it first.
pub(super) struct Making<'a> {
    tables: Tables<'a>,
    graph: OnceLock<Graph<'a>>,
    tables_made: [OnceLock<Made>; Table::ALL.len()],
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// What nobody has taken, the last one to be taken first.
    waiting: Vec<Waiting>,
    /// Whether modules are being linked.
    is_linking: bool,
}

/// A table, and its place among all.
type Waiting = (usize, Table);

impl<'a> Making<'a> {
    /// Has nothing made yet.
    pub(super) fn new(tables: Tables<'a>) -> Self {
        let mut waiting: Vec<_> = (0..).zip(Table::ALL).collect();
        waiting.sort_by_key(|(_, which)| takes_long(*which));
        Self {
            tables,
            graph: OnceLock::new(),
            tables_made: [const { OnceLock::new() }; Table::ALL.len()],
            state: Mutex::new(State { waiting, is_linking: true }),
            changed: Condvar::new(),
        }
    }

    /// Has modules linked by this thread, and all else made by so many threads. Where linking ends
    /// the run, so does this.
    pub(super) fn run<E>(
        &self,
        threads: usize,
        link: impl FnOnce() -> Result<Graph<'a>, E>,
    ) -> Result<(), E> {
        thread::scope(|scope| {
            for _ in 1..threads {
                // Fewer threads do the same.
                let _ = thread::Builder::new().spawn_scoped(scope, || self.work());
            }
            let linking = IsLinking(&self.state, &self.changed);
            let linked = link().map(|graph| drop(self.graph.set(graph)));
            drop(linking);
            linked.map(|()| self.work())
        })
    }

    /// Makes one table after the other, until there is none that can be made.
    fn work(&self) {
        while let Some((number, which)) = self.next() {
            if let Some(made) = self.table(which) {
                let _ = self.tables_made[number].set(made);
            }
        }
    }

    /// Takes a table, if need be when modules are linked.
    fn next(&self) -> Option<Waiting> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let is_linked = self.graph.get().is_some();
            let can_be_made = |(_, which): &Waiting| is_linked || !which.is_of_links();
            if let Some(place) = state.waiting.iter().rposition(can_be_made) {
                return Some(state.waiting.remove(place));
            }
            if !state.is_linking || state.waiting.is_empty() {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn table(&self, which: Table) -> Option<Made> {
        table_without_links(&self.tables, which)
            .or_else(|| Some(table(&self.tables, self.graph.get()?, which)))
    }

    /// All tables in their order; without linked modules those that need none.
    pub(super) fn made(mut self) -> Vec<(Table, Made)> {
        let made = std::mem::take(&mut self.tables_made).map(OnceLock::into_inner);
        let one = |(which, made): (Table, Option<Made>)| {
            Some((which, made.or_else(|| self.table(which))?))
        };
        Table::ALL.into_iter().zip(made).filter_map(one).collect()
    }
}

/// Whether a table is begun first, so that no thread is at it while the others have nothing to do.
fn takes_long(which: Table) -> bool {
    matches!(which, Table::AliasIndex | Table::SymbolIndex)
}

/// Lets nobody wait any longer when it is dropped.
struct IsLinking<'m>(&'m Mutex<State>, &'m Condvar);

impl Drop for IsLinking<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_linking = false;
        self.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmodctl::decide::depmod::{Builtin, Linking, link};

    static BUILTIN: Builtin = Builtin { list: Ok(Vec::new()), modinfo: Ok(Vec::new()) };

    fn tables(builtin: &Builtin) -> Tables<'_> {
        Tables { modules: &[], directory: b"/m", builtin, reports_duplicates: false }
    }

    #[test]
    fn all_is_made_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 3, 16] {
            let making = Making::new(tables(&BUILTIN));
            let linked = || link(&[], &Linking::default()).1;
            assert!(making.run(threads, linked).is_ok());
            let made = making.made();
            assert!(made.iter().map(|(which, _)| *which).eq(Table::ALL), "{threads}");
            assert!(made.iter().all(|(_, made)| made.is_ok()), "{threads}");
        }
    }

    #[test]
    fn nobody_waits_for_modules_that_cannot_be_linked() {
        for threads in [1, 2, 16] {
            let making = Making::new(tables(&BUILTIN));
            assert_eq!(making.run(threads, || Err("cycles")), Err("cycles"));
            assert!(making.made().iter().all(|(which, _)| !which.is_of_links()), "{threads}");
        }
    }
}
