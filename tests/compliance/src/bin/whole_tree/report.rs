//! Counts and differences, on the terminal and in `docs/compatibility.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use kmodctl_compliance::transcript;

use crate::explained::explanation;
use crate::kernel::Kernel;
use crate::question::{Item, Question};

/// The trees of the report, in its order.
pub(crate) const TREES: [&str; 2] = ["6.1", "6.12"];

const DEPMOD: &str = "\n# depmod over whole trees\n";
const PREAMBLE: &str = "\
# Compatibility over whole kernels

What ours prints, compared to the byte (standard output, standard error, exit code) with kmod
34.2 as Debian builds it, over every name of a whole module tree. The column \"kmod 30\" counts
for how many questions kmod 30 gives the same answer as 34.2. This page is written by

    cargo run --release --manifest-path tests/compliance/Cargo.toml --bin whole-tree

which fails when a difference is not explained.
";

/// The outcome of one question.
pub(crate) struct Row {
    title: &'static str,
    /// Operands asked about.
    pub(crate) asked: usize,
    /// Answers equal to 34.2's.
    pub(crate) equal: usize,
    /// Answers of 30 equal to 34.2's.
    pub(crate) thirty_agrees: usize,
    /// The others.
    pub(crate) differences: Vec<Difference>,
}

/// One answer that is not 34.2's.
pub(crate) struct Difference {
    /// The operand.
    pub(crate) item: Item,
    lines: String,
    explanation: Option<&'static str>,
}

impl Row {
    /// A row without counts.
    pub(crate) fn new(question: &Question) -> Self {
        Self {
            title: question.title,
            asked: 0,
            equal: 0,
            thirty_agrees: 0,
            differences: Vec::new(),
        }
    }

    /// Adds a batch's counts.
    pub(crate) fn add(&mut self, part: Self) {
        self.asked += part.asked;
        self.equal += part.equal;
        self.thirty_agrees += part.thirty_agrees;
        self.differences.extend(part.differences);
    }

    /// How many differences nobody has explained.
    pub(crate) fn unexplained(&self) -> usize {
        self.differences.iter().filter(|difference| difference.explanation.is_none()).count()
    }

    /// The row in one line.
    pub(crate) fn summary(&self) -> String {
        let (asked, equal, thirty) = (self.asked, self.equal, self.thirty_agrees);
        format!("{}: {asked} asked, {equal} equal, kmod 30 agrees in {thirty}", self.title)
    }
}

impl Difference {
    /// Notes what differs, line by line.
    pub(crate) fn new(question: &Question, item: &Item, expected: &str, shown: &str) -> Self {
        let explanation = explanation(question.tool, expected, shown);
        let lines = transcript::difference(expected, shown);
        let changed = lines.lines().filter(|line| !line.starts_with("      "));
        let lines = changed.map(|line| format!("{line}\n")).collect();
        Self { item: item.clone(), lines, explanation }
    }

    /// Shows it on the terminal, the first lines only.
    pub(crate) fn print(&self) {
        let why = self.explanation.unwrap_or("not explained");
        println!("  {} ({why})", self.item.escape_ascii());
        self.lines.lines().take(8).for_each(|line| println!("{line}"));
    }
}

/// Replaces the tree's section of the report, keeps the others.
pub(crate) fn write(kernel: &Kernel, rows: &[Row]) -> io::Result<()> {
    let path = path();
    let page = fs::read_to_string(&path).unwrap_or_default();
    // What whole-depmod wrote stays at the end.
    let (before, depmod) = page.split_at(page.find(DEPMOD).unwrap_or(page.len()));
    let mut text = PREAMBLE.to_string();
    for tree in TREES {
        if tree == kernel.label {
            text.push_str(&section(kernel, rows));
        } else if let Some(at) = before.find(&format!("\n## Debian {tree} ")) {
            let rest = &before[at + 1..];
            let end = rest.find("\n## Debian ").map_or(rest.len(), |end| end + 1);
            let _ = write!(text, "\n{}", rest[..end].trim_end_matches('\n'));
            text.push('\n');
        }
    }
    fs::write(path, text + depmod)
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md")
}

fn section(kernel: &Kernel, rows: &[Row]) -> String {
    let mut text = format!("\n## Debian {} ({})\n\n", kernel.label, kernel.release);
    text.push_str("| asked | how many | equal to 34.2 | kmod 30 | explained | unexplained |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for row in rows {
        let explained = row.differences.len() - row.unexplained();
        let (asked, equal, thirty) = (row.asked, row.equal, row.thirty_agrees);
        let (title, open) = (row.title, row.unexplained());
        let _ = writeln!(text, "| {title} | {asked} | {equal} | {thirty} | {explained} | {open} |");
    }
    for row in rows.iter().filter(|row| !row.differences.is_empty()) {
        let _ = writeln!(text, "\n### Differences: {}\n", row.title);
        for difference in &row.differences {
            let why = difference.explanation.unwrap_or("**not explained**");
            let root = kernel.root.to_string_lossy().into_owned() + "/";
            let item = difference.item.escape_ascii().to_string().replace(&root, "");
            let _ = writeln!(text, "- `{item}`: {why}");
        }
    }
    text
}
