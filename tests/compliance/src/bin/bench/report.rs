//! The measurements as lines and as `docs/performance.md`. What is written between the marks of that
//! page is kept.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::Outcome;
use crate::roots::{INSTALLED, OURS, OURS_FAST, THEIRS};
use crate::run::Sample;
use crate::sizes::Size;

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// The median of one thing that was measured.
pub(crate) fn median(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> Option<f64> {
    middle(samples.iter().map(of).collect())
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Outcome {
    /// A program's time by kmod 34.2's, round by round; the median of that.
    pub(crate) fn ratio(&self, program: usize) -> Option<f64> {
        let [ours, theirs] = [self.samples.get(program)?, self.samples.get(THEIRS)?];
        middle(ours.iter().zip(theirs).map(|(ours, theirs)| ours.wall / theirs.wall).collect())
    }
}

/// One line for who watches: ratios by the clock, and in brackets by processor time.
pub(crate) fn line(outcome: &Outcome) -> String {
    let cpu = |program: usize| median(outcome.samples.get(program)?, |sample| sample.cpu);
    let by_cpu = |program| Some(cpu(program)? / cpu(THEIRS)?);
    let ratio = |program| match (outcome.ratio(program), by_cpu(program)) {
        (Some(wall), Some(cpu)) => format!("{wall:.3} ({cpu:.3})"),
        _ => "-".into(),
    };
    let wall = median(&outcome.samples[THEIRS], |sample| sample.wall).unwrap_or(f64::NAN);
    let (ours, fast, title) = (ratio(OURS), ratio(OURS_FAST), &outcome.case.title);
    format!("{title}: 34.2 {:.2} ms, ours/34.2 {ours}, with C codecs {fast}", wall * 1e3)
}

/// Writes the page anew between its marks.
pub(crate) fn write(path: &Path, outcomes: &[Outcome], sizes: &[Size]) -> io::Result<()> {
    let page = fs::read_to_string(path)?;
    let odd = || io::Error::other(format!("{}: its marks are missing", path.display()));
    let (before, rest) = page.split_once(BEGIN).ok_or_else(odd)?;
    let (_, after) = rest.split_once(END).ok_or_else(odd)?;
    let measured = [machine()?, ratios(outcomes), costs(outcomes), growth(sizes)].join("\n");
    fs::write(path, [before, BEGIN, &measured, END, after].concat())
}

fn machine() -> io::Result<String> {
    let value = |file: &str, key: &str| -> io::Result<String> {
        let text = fs::read_to_string(file)?;
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        Ok(line.split_once(':').map(|(_, value)| value.trim()).unwrap_or("?").to_string())
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let model = value("/proc/cpuinfo", "model name")?;
    let memory = value("/proc/meminfo", "MemTotal")?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    Ok(format!(
        "Measured on {processors} processors ({model}), {memory} of memory, Linux {}; load at the \
         end {load}.\n",
        kernel.trim()
    ))
}

fn ratios(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "## Time, by kmod 34.2's\n\n\
         The median of the rounds' ratios of wall time. In brackets: what it is to be at most.\n\n\
         | case | default build | with C codecs | kmod 30 |\n|---|---|---|---|\n",
    );
    for outcome in outcomes {
        let limit = |build: usize| outcome.case.limits.map(|limits| limits[build]);
        let cell = |program, limit: Option<f64>| match (outcome.ratio(program), limit) {
            (None, _) => "-".into(),
            (Some(ratio), None) => format!("{ratio:.3}"),
            (Some(ratio), Some(limit)) if ratio > limit => {
                format!("**{ratio:.3}** ({limit:.2}: missed)")
            }
            (Some(ratio), Some(limit)) => format!("{ratio:.3} ({limit:.2})"),
        };
        let cells = [cell(OURS, limit(0)), cell(OURS_FAST, limit(1)), cell(INSTALLED, None)];
        let _ = writeln!(text, "| {} | {} |", outcome.case.title, cells.join(" | "));
    }
    text.push_str("\n![ratios](performance/ratios.svg)\n");
    text
}

fn costs(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "## What it takes\n\n\
         Medians: wall time / processor time in milliseconds, and the most memory in MiB.\n\n\
         | case | rounds | kmod 34.2 | default build | with C codecs | kmod 30 |\n\
         |---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        let cell = |program: usize| {
            let samples = outcome.samples.get(program)?;
            let wall = median(samples, |sample| sample.wall)? * 1e3;
            let cpu = median(samples, |sample| sample.cpu)? * 1e3;
            let memory = median(samples, |sample| sample.memory)?;
            Some(format!("{wall:.2} / {cpu:.2}, {memory:.0}"))
        };
        let cells = [THEIRS, OURS, OURS_FAST, INSTALLED]
            .map(|program| cell(program).unwrap_or_else(|| "-".into()));
        let rounds = outcome.samples[THEIRS].len();
        let _ = writeln!(text, "| {} | {rounds} | {} |", outcome.case.title, cells.join(" | "));
    }
    text
}

fn growth(sizes: &[Size]) -> String {
    let mut text = String::from(
        "## As trees grow\n\n\
         depmod -a of plain trees: wall time in seconds, and the most memory in MiB. The last column \
         is our time by n log n, where 1 is that of the smallest tree.\n\n\
         | modules | kmod 34.2 | ours | ours, nothing changed | growth by n log n |\n\
         |---|---|---|---|---|\n",
    );
    let by = |size: &Size| {
        let modules = size.modules as f64;
        size.samples[1].wall / (modules * modules.log2())
    };
    for size in sizes {
        let cell = |sample: &Sample| format!("{:.3}, {:.0}", sample.wall, sample.memory);
        let cells = size.samples.each_ref().map(cell).join(" | ");
        let growth = sizes.first().map_or(1.0, |first| by(size) / by(first));
        let _ = writeln!(text, "| {} | {cells} | {growth:.2} |", size.modules);
    }
    text.push_str("\n![cost by size](performance/sizes.svg)\n");
    text
}
