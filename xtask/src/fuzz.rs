//! The fuzz targets of `fuzz/`, each for half a minute on hostile bytes, on the stable
//! compiler: no panic, no hang, bounded memory. As many at once as there are processors.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{cache, progress, shell};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1 \
    -Cdebug-assertions";
const LIMITS: [&str; 4] =
    ["-max_total_time=30", "-rss_limit_mb=256", "-timeout=10", "-print_final_stats=1"];

/// Builds all targets and runs each; the error names those that failed.
pub fn run() -> Result<()> {
    let directory = cache::workspace().join("fuzz");
    let built = cache::workspace().join("target/fuzz");
    let manifest = directory.join("Cargo.toml");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--release", "--locked", "--bins", "--target", TARGET]);
    build.arg("--target-dir").arg(&built).arg("--manifest-path").arg(&manifest);
    shell::run(build.env("RUSTFLAGS", FLAGS).env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    let queue = Mutex::new(targets(&manifest)?);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(name) = next(&queue) {
                    let program = built.join(TARGET).join("release").join(&name);
                    if let Err(error) = target(&directory, &name, program) {
                        progress::failure(&error);
                        failed.lock().unwrap_or_else(|error| error.into_inner()).push(name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(|error| error.into_inner());
    ensure!(failed.is_empty(), "fuzz targets failed: {}", failed.join(", "));
    Ok(())
}

fn next(queue: &Mutex<Vec<String>>) -> Option<String> {
    queue.lock().unwrap_or_else(|error| error.into_inner()).pop()
}

/// The names of the programs in a manifest.
fn targets(manifest: &Path) -> Result<Vec<String>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"]).arg(manifest);
    let metadata: Value = serde_json::from_str(&shell::output(&mut command)?)?;
    let targets = metadata["packages"][0]["targets"].as_array().context("no targets")?;
    let binaries = targets.iter().filter(|target| target["kind"][0] == "bin");
    Ok(binaries.filter_map(|target| Some(target["name"].as_str()?.to_owned())).collect())
}

/// Runs one target from what earlier runs have found, and from its seeds.
fn target(directory: &Path, name: &str, program: PathBuf) -> Result<()> {
    let corpus = directory.join("corpus").join(name);
    let artifacts = directory.join("artifacts").join(name);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut command = Command::new(&program);
    command.args(LIMITS).arg(format!("-artifact_prefix={}/", artifacts.display())).arg(corpus);
    command.args(Some(directory.join("seeds").join(name)).filter(|seeds| seeds.is_dir()));
    let output = command.output().with_context(|| program.display().to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let end: Vec<&str> = said.lines().rev().take(60).collect();
    let end: Vec<&str> = end.into_iter().rev().collect();
    ensure!(output.status.success(), "fuzz target {name}: {}\n{}", output.status, end.join("\n"));
    progress::line(&format!("fuzz target {name}: {}", runs(&output)));
    Ok(())
}

/// `N runs, M MiB`, from libFuzzer's closing statistics.
fn runs(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let number = |key: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or("?").trim().to_owned()
    };
    let (runs, peak) = (number("stat::number_of_executed_units:"), number("stat::peak_rss_mb:"));
    format!("{runs} runs, at most {peak} MiB")
}
