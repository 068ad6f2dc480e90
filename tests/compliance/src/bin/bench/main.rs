//! Measures our tools beside kmod 34.2 and kmod 30, in turn and in one run, and writes
//! `docs/performance.md` with its plots.
//!
//! `cargo run --release --bin bench` after `cargo xtask bench` has fetched and built everything.
//! Each program runs as itself in a root of its own, with the same trees (hard links of the same
//! files), so that all start alike. It needs a mount namespace of its own.
//!
//! `--quick` makes few rounds and writes nothing.

mod cases;
mod plot;
mod report;
mod roots;
mod run;
mod sizes;

use std::process::ExitCode;
use std::{fs, io};

use cases::Case;
use kmodctl_compliance::whole;
use roots::Roots;
use run::Sample;

/// A case with what each program took, round by round.
pub(crate) struct Outcome {
    pub(crate) case: Case,
    /// For each program the samples of all rounds; none when it took no part.
    pub(crate) samples: Vec<Vec<Sample>>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    whole::end("bench", measure(&words).map(|()| 0))
}

fn measure(words: &[String]) -> io::Result<()> {
    let is_quick = words.iter().any(|word| word == "--quick");
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let roots = Roots::new()?;
    let is_wanted =
        |title: &str| wanted.is_empty() || wanted.iter().any(|word| title.contains(word.as_str()));
    let mut outcomes = Vec::new();
    for case in cases::all(&roots)?.into_iter().filter(|case| is_wanted(&case.title)) {
        let rounds = if is_quick { case.rounds.min(3) } else { case.rounds };
        let samples = run::rounds(&roots, &case, rounds)?;
        let outcome = Outcome { case, samples };
        println!("{}", report::line(&outcome));
        outcomes.push(outcome);
    }
    let sizes = if is_wanted("sizes") { sizes::measure(&roots, is_quick)? } else { Vec::new() };
    if is_quick || !wanted.is_empty() {
        return Ok(());
    }
    let docs = roots::project().join("docs");
    fs::create_dir_all(docs.join("performance"))?;
    fs::write(docs.join("performance/ratios.svg"), plot::ratios(&outcomes))?;
    fs::write(docs.join("performance/sizes.svg"), plot::sizes(&sizes))?;
    report::write(&docs.join("performance.md"), &outcomes, &sizes)
}
