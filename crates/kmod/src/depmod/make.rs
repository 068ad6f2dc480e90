//! Making the tables on all processors: those that tell nothing of who gives what, and what is kept
//! for the next run, are begun while one thread alone can link.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use kmodctl::decide::depmod::{Graph, Made, Table, Tables, table, table_without_links};

use super::keep::WrittenDown;

/// What is made; each piece by the thread that takes it first.
pub(super) struct Making<'a, W> {
    tables: Tables<'a>,
    write_down: Option<W>,
    graph: OnceLock<Graph<'a>>,
    tables_made: [OnceLock<Made>; Table::ALL.len()],
    written_down: OnceLock<WrittenDown<'a>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// What nobody has taken, the last one to be taken first.
    waiting: Vec<Piece>,
    /// Whether modules are being linked.
    is_linking: bool,
}

#[derive(Clone, Copy)]
enum Piece {
    Table { number: usize, which: Table },
    WrittenDown,
}

impl<'a, W: Fn() -> WrittenDown<'a> + Sync> Making<'a, W> {
    /// Has nothing made yet. `write_down` is done where it is wanted.
    pub(super) fn new(tables: Tables<'a>, write_down: Option<W>) -> Self {
        let mut waiting: Vec<_> = (0..)
            .zip(Table::ALL)
            .map(|(number, which)| Piece::Table { number, which })
            .chain(write_down.as_ref().map(|_| Piece::WrittenDown))
            .collect();
        waiting.sort_by_key(Piece::takes_long);
        Self {
            tables,
            write_down,
            graph: OnceLock::new(),
            tables_made: [const { OnceLock::new() }; Table::ALL.len()],
            written_down: OnceLock::new(),
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

    /// Makes one piece after the other, until there is none that can be made.
    fn work(&self) {
        while let Some(piece) = self.next() {
            match piece {
                Piece::Table { number, which } => {
                    if let Some(made) = self.table(which) {
                        let _ = self.tables_made[number].set(made);
                    }
                }
                Piece::WrittenDown => {
                    if let Some(write_down) = &self.write_down {
                        let _ = self.written_down.set(write_down());
                    }
                }
            }
        }
    }

    /// Takes a piece, if need be when modules are linked.
    fn next(&self) -> Option<Piece> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let can_be_made = |piece: &Piece| self.graph.get().is_some() || !piece.is_of_links();
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

    /// All tables in their order, and what was written down. Without linked modules there are none.
    pub(super) fn made(mut self) -> (Vec<(Table, Made)>, Option<WrittenDown<'a>>) {
        let made = std::mem::take(&mut self.tables_made).map(OnceLock::into_inner);
        let one = |(which, made): (Table, Option<Made>)| {
            Some((which, made.or_else(|| self.table(which))?))
        };
        let tables = Table::ALL.into_iter().zip(made).filter_map(one).collect();
        (tables, self.written_down.into_inner())
    }
}

impl Piece {
    /// Whether a piece is begun first, so that no thread is at it while the others have nothing to
    /// do.
    fn takes_long(&self) -> bool {
        match self {
            Self::Table { which, .. } => matches!(which, Table::AliasIndex | Table::SymbolIndex),
            Self::WrittenDown => false,
        }
    }

    fn is_of_links(&self) -> bool {
        match self {
            Self::Table { which, .. } => which.is_of_links(),
            Self::WrittenDown => false,
        }
    }
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
            let making = Making::new(tables(&BUILTIN), Some(WrittenDown::default));
            let linked = || link(&[], &Linking::default()).1;
            assert!(making.run(threads, linked).is_ok());
            let (made, written_down) = making.made();
            assert!(made.iter().map(|(which, _)| *which).eq(Table::ALL), "{threads}");
            assert!(made.iter().all(|(_, made)| made.is_ok()), "{threads}");
            assert!(written_down.is_some(), "{threads}");
        }
    }

    #[test]
    fn nobody_waits_for_modules_that_cannot_be_linked() {
        for threads in [1, 2, 16] {
            let making = Making::new(tables(&BUILTIN), Some(WrittenDown::default));
            assert_eq!(making.run(threads, || Err("cycles")), Err("cycles"));
            assert!(making.made().0.iter().all(|(which, _)| !which.is_of_links()), "{threads}");
        }
    }
}
