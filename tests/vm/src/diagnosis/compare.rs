//! Whether cases go as they are recorded, and recording them anew.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use xtask::holders;
use xtask::kernels::{self, Series};

use super::guests::{self, Told};
use super::{Case, KERNELS, cases, file};

const SERIES: [Series; 2] = [kernels::V6_1, kernels::V6_12];

/// Runs all cases on both kernels, and compares. With `KMODCTL_DIAGNOSIS=write` the answers are
/// recorded instead; `KMODCTL_CASES` names the only cases to be run.
pub fn check() -> Result<()> {
    let chosen = std::env::var("KMODCTL_CASES").unwrap_or_default();
    let mut cases = cases()?;
    cases.retain(|case| chosen.is_empty() || chosen.split(',').any(|name| name == case.name));
    // Once, and not by both guests at the same time.
    holders::fetch()?;
    let told = std::thread::scope(|scope| {
        let cases = &cases;
        let runs = SERIES.map(|series| scope.spawn(move || on(series, cases)));
        runs.map(|run| run.join().map_err(|_| anyhow::anyhow!("a guest panicked"))?)
    });
    let mut complaints = String::new();
    for (kernel, told) in KERNELS.iter().zip(told) {
        complaints += &compare(&mut cases, kernel, &told?)?;
    }
    ensure!(complaints.is_empty(), "{complaints}");
    Ok(())
}

fn on(series: Series, cases: &[Case]) -> Result<BTreeMap<String, Told>> {
    let kernel = kernels::fetch(series)?;
    let cases: Vec<_> = cases.iter().filter(|case| case.is_for(series.name)).collect();
    guests::run(series.name, &kernel, &cases)
}

/// What went otherwise than recorded on a kernel.
fn compare(cases: &mut [Case], kernel: &str, told: &BTreeMap<String, Told>) -> Result<String> {
    let writes = std::env::var("KMODCTL_DIAGNOSIS").as_deref() == Ok("write");
    let mut complaints = String::new();
    for case in cases.iter_mut().filter(|case| case.is_for(kernel)) {
        let told = told.get(&case.name).with_context(|| format!("{} is untold", case.name))?;
        if writes {
            for part in ["stock", "kmodctl", "fix"] {
                case.record(part, kernel, told.get(part).map_or("", String::as_str));
            }
            fs::write(file(case), case.text())?;
        }
        let found = complaints_of(case, kernel, told);
        if !found.is_empty() {
            complaints += &format!("==== {} on {kernel}\n{found}", case.name);
        }
    }
    Ok(complaints)
}

fn complaints_of(case: &Case, kernel: &str, told: &Told) -> String {
    let mut complaints = told.get("trouble").cloned().unwrap_or_default();
    for part in ["stock", "kmodctl", "fix"] {
        let recorded = case.recorded(part, kernel);
        let expected = if part == "fix" { &recorded.words } else { &recorded.lines };
        let found = told.get(part).map_or("", String::as_str);
        if expected != found {
            complaints += &format!("---- {part}, recorded:\n{expected}---- found:\n{found}");
        }
    }
    if told.get("fix").is_none_or(String::is_empty) {
        complaints += "no cure was named\n";
    }
    complaints
}
