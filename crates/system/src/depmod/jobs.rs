//! How many threads work at once.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many threads there may be; without a bound, what suits the work and the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jobs(pub Option<NonZeroUsize>);

impl Jobs {
    /// For work that computes: one for each processor.
    pub fn computing(self) -> usize {
        self.0.map_or_else(processors, NonZeroUsize::get)
    }

    /// For work that waits for a disk: more than processors, so that the disk has several requests
    /// to choose from.
    pub fn waiting(self) -> usize {
        self.0.map_or_else(|| (4 * processors()).clamp(8, 16), NonZeroUsize::get)
    }
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does the same work for each number below `count`, on some threads; what comes of it is in the
/// order of the numbers. Each thread has a state of its own.
pub fn for_each<S, T: Send + Sync>(
    threads: usize,
    count: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<Option<T>> {
    let order: Vec<usize> = (0..count).collect();
    for_each_of(threads, &order, state, work)
}

/// The same, begun in another order of all the numbers below its length.
pub(super) fn for_each_of<S, T: Send + Sync>(
    threads: usize,
    order: &[usize],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<Option<T>> {
    let done: Vec<OnceLock<T>> = order.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = state();
        while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let _ = done[number].set(work(&mut state, number));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(order.len()) {
            // Fewer threads do the same.
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
    done.into_iter().map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_whatever_the_number_of_threads() {
        for threads in [0, 1, 3, 16, 500] {
            let squares = for_each(threads, 100, || 0, |_, number| number * number);
            let expected: Vec<_> = (0..100).map(|number| Some(number * number)).collect();
            assert_eq!(squares, expected, "{threads}");
        }
    }

    #[test]
    fn a_bound_holds_for_all_work() {
        let one = Jobs(NonZeroUsize::new(1));
        assert_eq!((one.computing(), one.waiting()), (1, 1));
        assert!(Jobs::default().waiting() >= Jobs::default().computing());
    }
}
