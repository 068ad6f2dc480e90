//! How many instructions it takes to start the tools and to answer a small question: counted by
//! valgrind, so that the machine's mood does not matter, and compared with what they took before.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::{apt, binary, cache, kernels, progress, shell};

/// Counts may differ so much: compilers and kernels' lists of modules change.
const TOLERANCE: f64 = 0.10;
const UPDATE: &str = "KMODCTL_UPDATE_INSTRUCTIONS";

/// What is counted. `ROOT`, `RELEASE` and `FILE` stand for a kernel's.
const CASES: [&str; 12] = [
    "modprobe -V",
    "modprobe -d ROOT -S RELEASE -C ROOT/none -D e1000e",
    "modprobe -d ROOT -S RELEASE -C ROOT/none -R pci:v00008086d000010D3sv00008086sd0000A01Fbc02sc00i00",
    "modprobe -d ROOT -S RELEASE -C ROOT/none -q nosuch_module",
    "modprobe -d ROOT -S RELEASE -C ROOT/none -c",
    "modinfo FILE",
    "depmod -n -C ROOT/none -b ROOT RELEASE FILE",
    "kmodctl --version",
    "kmodctl --root ROOT -k RELEASE info e1000e",
    "kmodctl --root ROOT -k RELEASE list --all",
    "kmodctl --root ROOT -k RELEASE load e1000e -n",
    "kmodctl __complete -- --root ROOT block e1",
];

/// Counts and compares; with `KMODCTL_UPDATE_INSTRUCTIONS` set the counts are kept instead.
pub fn check() -> Result<()> {
    apt::install(&["valgrind"])?;
    let kernel = kernels::fetch(kernels::V6_1)?;
    let root = kernel.directory.to_string_lossy().into_owned();
    let module = "kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko";
    let file = kernel.modules().join(module).to_string_lossy().into_owned();
    let mut counted = Vec::new();
    for case in CASES {
        let words = case.replace("ROOT", &root).replace("RELEASE", &kernel.release);
        let words = words.replace("FILE", &file);
        counted.push((case, count(&words)?));
    }
    if std::env::var_os(UPDATE).is_some() {
        return Ok(fs::write(golden(), text(&counted))?);
    }
    let kept = fs::read_to_string(golden()).with_context(|| golden().display().to_string())?;
    let odd: Vec<String> =
        counted.iter().filter_map(|(case, count)| odd(&kept, case, *count)).collect();
    progress::line(text(&counted).trim_end());
    ensure!(odd.is_empty(), "{}\nIf that is meant, set {UPDATE}=1 once.", odd.join("\n"));
    Ok(())
}

fn golden() -> PathBuf {
    cache::workspace().join("xtask/instructions.txt")
}

fn text(counted: &[(&str, u64)]) -> String {
    let mut text = String::new();
    for (case, count) in counted {
        let _ = writeln!(text, "{count:>10}  {case}");
    }
    text
}

/// What is wrong with a count, if anything is.
fn odd(kept: &str, case: &str, count: u64) -> Option<String> {
    let line =
        kept.lines().find_map(|line| line.trim().split_once("  ").filter(|line| line.1 == case));
    let Some(before) = line.and_then(|(before, _)| before.parse::<u64>().ok()) else {
        return Some(format!("{case}: {count} instructions, and none are kept"));
    };
    let change = count as f64 / before as f64 - 1.0;
    let percent = change * 100.0;
    (change.abs() > TOLERANCE)
        .then(|| format!("{case}: {count} instructions, {percent:+.1} % of {before} before"))
}

/// The instructions of a command; how it ends does not matter.
fn count(words: &str) -> Result<u64> {
    let mut words = words.split(' ');
    let tool = binary::directory().join(words.next().unwrap_or_default());
    let valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let mut command = shell::command("valgrind", valgrind);
    command.arg(&tool).args(words).env_clear().env("PATH", "/usr/bin:/bin");
    let output = command.output().context("cannot run valgrind")?;
    collected(&String::from_utf8_lossy(&output.stderr), &tool)
}

fn collected(said: &str, tool: &Path) -> Result<u64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    match line.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) => Ok(count),
        None => bail!("valgrind counted nothing for {}:\n{said}", tool.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_the_tolerance_are_told() {
        let kept = "      1000  modprobe -V\n";
        assert_eq!(odd(kept, "modprobe -V", 1_090), None);
        assert_eq!(odd(kept, "modprobe -V", 910), None);
        for (count, percent) in [(1_200, "+20.0"), (700, "-30.0")] {
            let expected = format!("modprobe -V: {count} instructions, {percent} % of 1000 before");
            assert_eq!(odd(kept, "modprobe -V", count), Some(expected));
        }
        assert!(odd(kept, "modprobe", 1).is_some());
    }

    #[test]
    fn valgrinds_count_is_found() {
        let said = "==9== Events    : Ir\n==9== Collected : 4711\n==9==\n";
        assert_eq!(collected(said, Path::new("kmod")).ok(), Some(4_711));
        assert!(collected("==9== no such tool", Path::new("kmod")).is_err());
    }
}
