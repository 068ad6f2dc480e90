//! Compares ours to kmod 34.2 over whole kernels: every name, every alias, every file.
//!
//! `cargo run --release --bin whole-tree [6.1] [6.12] [--theirs-only]`
//!
//! The kernels are those `cargo xtask fetch` keeps in the user's cache. The counts and each
//! difference go into `docs/compatibility.md`; a difference nobody has explained
//! (`explained.rs`) makes it exit with 1. With `--theirs-only` kmod 30 stands in for ours
//! and nothing is written.

mod aliases;
mod explained;
mod kernel;
mod program;
mod question;
mod report;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, thread};

use kmodctl_compliance::program::Program;
use kmodctl_compliance::whole;
use program::Programs;
use question::{Item, Question};
use report::{Difference, Row};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    whole::end("whole-tree", run(&arguments))
}

fn run(arguments: &[String]) -> io::Result<usize> {
    let theirs_only = arguments.iter().any(|argument| argument == "--theirs-only");
    let mut trees: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    if trees.is_empty() {
        trees = report::TREES.to_vec();
    }
    let programs = Programs::find(theirs_only)?;
    let mut unexplained = 0;
    for tree in trees {
        let kernel = kernel::Kernel::find(tree)?;
        let mut rows = Vec::new();
        for question in question::all(&kernel)? {
            let row = compare(&programs, &question)?;
            println!("{tree}: {}", row.summary());
            row.differences.iter().for_each(Difference::print);
            unexplained += row.unexplained();
            rows.push(row);
        }
        if !theirs_only {
            report::write(&kernel, &rows)?;
        }
    }
    Ok(unexplained)
}

/// Puts a question to every program, on every processor.
fn compare(programs: &Programs, question: &Question) -> io::Result<Row> {
    let batches: Vec<&[Item]> = question.items.chunks(question.batch).collect();
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Ok(Row::new(question)));
    let work = || {
        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
            let part = compare_batch(programs, question, batch);
            let Ok(mut total) = total.lock() else { return };
            match (&mut *total, part) {
                (Ok(total), Ok(part)) => total.add(part),
                (_, Err(error)) => *total = Err(error),
                (Err(_), Ok(_)) => {}
            }
        }
    };
    let workers = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut row = total.into_inner().map_err(|_| io::Error::other("a worker panicked"))??;
    row.differences.sort_by(|one, other| one.item.cmp(&other.item));
    Ok(row)
}

/// One call a program; when the answers differ, one call an item.
fn compare_batch(programs: &Programs, question: &Question, batch: &[Item]) -> io::Result<Row> {
    let ask = |program: &Program, items: &[Item]| program::ask(program, question, items);
    let truth = ask(&programs.reference, batch)?;
    let mut row = Row::new(question);
    row.asked = batch.len();
    let mut alike = 0;
    if let Some(installed) = &programs.installed {
        alike = batch.len();
        if ask(installed, batch)? != truth {
            alike = 0;
            for item in batch.chunks(1) {
                let same = ask(installed, item)? == ask(&programs.reference, item)?;
                alike += usize::from(same);
            }
        }
    }
    row.thirty_agrees = alike;
    if ask(&programs.ours, batch)? == truth {
        row.equal = batch.len();
        return Ok(row);
    }
    for item in batch.chunks(1) {
        let (expected, shown) = (ask(&programs.reference, item)?, ask(&programs.ours, item)?);
        if expected == shown {
            row.equal += 1;
        } else {
            row.differences.push(Difference::new(question, &item[0], &expected, &shown));
        }
    }
    if row.differences.is_empty() {
        row.equal = 0;
        let expected = "together they differ, one by one they do not".to_string();
        row.differences.push(Difference::new(question, &batch[0], &expected, ""));
    }
    Ok(row)
}
