//! Counts and differences as a part of `docs/compatibility.md`, after what whole-tree writes.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::cases::Case;
use crate::compare::Outcome;

const HEADING: &str = "\n# depmod over whole trees\n";

const PREAMBLE: &str = "
What our depmod writes for whole module trees of Debian (6.1 of bookworm, plain; 6.12 of trixie,
compressed with xz; amd64 where no architecture is named), compared with kmod 34.2's: all files
to the byte, and standard output, standard error and exit code. The column \"kmod 30\" counts in
how many files kmod 30 says the same, its binary indexes read, not compared by their bytes; it
has no modules.weakdep, no `-o` and another `-m`. Debian builds kmod without gzip: for a tree
with gzip kmod 34.2 was given the same modules uncompressed, and their names put right in what
it wrote. This part of the page is written by

    cargo run --release --manifest-path tests/compliance/Cargo.toml --bin whole-depmod

which fails when a difference is not explained.

| tree | case | modules | files equal to 34.2 | kmod 30 | printed the same | unexplained |
|---|---|---|---|---|---|---|
";

/// Writes the part anew, keeps the rest of the page.
pub(crate) fn write(cases: &[Case], outcomes: &[Outcome]) -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    let mut text = page.split(HEADING).next().unwrap_or_default().to_string();
    text.push_str(HEADING);
    text.push_str(PREAMBLE);
    for (case, outcome) in cases.iter().zip(outcomes) {
        text.push_str(&row(case, outcome));
    }
    for (case, outcome) in cases.iter().zip(outcomes) {
        if !outcome.differences.is_empty() {
            let _ = writeln!(text, "\n## Differences: {}, {}\n", case.tree, case.title);
            for difference in &outcome.differences {
                let _ = writeln!(text, "- {difference}");
            }
        }
    }
    fs::write(path, text)
}

fn row(case: &Case, outcome: &Outcome) -> String {
    let (equal, all) = outcome.equal;
    // Without files (`-n`) everything is in what is printed.
    let equal = if all == 0 { "-".into() } else { format!("{equal} of {all}") };
    let thirty = match outcome.thirty {
        Some((_, 0)) | None => "-".into(),
        Some((equal, all)) => format!("{equal} of {all}"),
    };
    let printed = if outcome.printed { "yes" } else { "no" };
    let (tree, title, modules) = (case.tree, case.title, outcome.modules);
    let modules = if modules == 0 { "-".into() } else { modules.to_string() };
    let unexplained = outcome.unexplained();
    format!("| {tree} | {title} | {modules} | {equal} | {thirty} | {printed} | {unexplained} |\n")
}
