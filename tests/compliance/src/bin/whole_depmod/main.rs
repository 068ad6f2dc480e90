//! Compares our depmod to kmod 34.2's over whole trees of every architecture: all eleven files
//! to the byte, what is printed, and the exit code.
//!
//! `cargo run --release --bin whole-depmod [TREE…] [--theirs-only]`
//!
//! The trees are those `cargo xtask fetch` keeps in the user's cache; every case works on a
//! copy of hard links. kmod 30 is compared in its text files, and in its binary indexes by
//! what they say. The counts and each difference go into `docs/compatibility.md`; a
//! difference nobody has explained (`compare.rs`) makes it exit with 1. With `--theirs-only`
//! ours is left out and nothing is written.

mod cases;
mod compare;
mod report;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io, thread};

use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::program::Program;
use kmodctl_compliance::whole;

use cases::Case;
use compare::Outcome;

/// The programs compared.
pub(crate) struct Programs {
    reference: Program,
    installed: Option<Program>,
    ours: Option<Program>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    whole::end("whole-depmod", run(&arguments))
}

fn run(arguments: &[String]) -> io::Result<usize> {
    let theirs_only = arguments.iter().any(|argument| argument == "--theirs-only");
    let named = |case: &Case| {
        let mut names = arguments.iter().filter(|word| !word.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|name| *name == case.tree)
    };
    let cases: Vec<Case> = cases::all()?.into_iter().filter(named).collect();
    let whole = cases.len() == cases::all()?.len();
    let programs = Programs {
        reference: Program::reference()?,
        installed: Program::installed(),
        ours: if theirs_only { None } else { Some(Program::ours()?) },
    };
    let work = Work::new()?;
    let outcomes = compare_all(&programs, &cases, &work)?;
    if whole && !theirs_only {
        report::write(&cases, &outcomes)?;
    }
    Ok(outcomes.iter().map(Outcome::unexplained).sum())
}

/// The directory of the copies, beside the trees so that files can be hard links.
struct Work(PathBuf);

impl Work {
    fn new() -> io::Result<Self> {
        let directory = cache()?.join(format!("whole-depmod-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        Ok(Self(directory))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // Nothing can be done about a directory that cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the cases on every processor.
fn compare_all(programs: &Programs, cases: &[Case], work: &Work) -> io::Result<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<(usize, io::Result<Outcome>)>> = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return };
            let directory = work.0.join(index.to_string());
            let outcome = compare::compare(programs, case, &directory);
            if let Ok(outcome) = &outcome {
                println!("{}: {}: {}", case.tree, case.title, outcome.summary());
                outcome.differences.iter().for_each(|difference| println!("{difference}"));
            }
            let removed = fs::remove_dir_all(&directory);
            let Ok(mut outcomes) = outcomes.lock() else { return };
            outcomes.push((index, outcome.and_then(|outcome| removed.map(|()| outcome))));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(worker);
        }
    });
    let mut outcomes = outcomes.into_inner().map_err(|_| io::Error::other("a worker panicked"))?;
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
