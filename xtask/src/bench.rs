//! `cargo xtask bench`: fetches and builds what is measured, and hands over to the program that
//! measures (`bench` of `tests/compliance`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{apt, binary, cache, fetch, kernels, progress, shell};

/// Measures all cases, or those with one of the words in their title; those are not written down.
pub fn run(words: &[String]) -> Result<()> {
    let unknown = words.iter().find(|word| word.starts_with('-') && *word != "--quick");
    if let Some(option) = unknown {
        bail!(
            "no option `{option}`; usage: cargo xtask bench [--quick] [PART OF A CASE'S TITLE]..."
        );
    }
    fetch::everything()?;
    {
        let _lock = cache::locked()?;
        zstd_tree()?;
    }
    binary::build()?;
    binary::build_fast()?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--locked", "--release", "--bin", "bench"]);
    command.args(["--manifest-path", "tests/compliance/Cargo.toml", "--"]).args(words);
    shell::run(command.current_dir(cache::workspace()))
}

/// The tree of trixie's kernel with its modules packed again by `zstd -19`, as distributions that
/// use zstd have them, in `bench/zstd` of the cache.
fn zstd_tree() -> Result<PathBuf> {
    apt::install(&["xz-utils", "zstd"])?;
    let kernel = kernels::fetch(kernels::V6_12)?;
    cache::once("bench/zstd", |directory| {
        let modules = directory.join("lib/modules");
        fs::create_dir_all(&modules)?;
        shell::run(Command::new("cp").arg("-a").arg(kernel.modules()).arg(&modules))?;
        pack_again(&modules)
    })
}

fn pack_again(modules: &Path) -> Result<()> {
    const SCRIPT: &str = r#"
        for file; do
            xz -d "$file" && zstd -q -19 --rm "${file%.xz}" -o "${file%.xz}.zst" || exit 255
        done"#;
    progress::doing("packing modules with zstd -19: some minutes");
    let processors = std::thread::available_parallelism().map_or(1, usize::from).to_string();
    let files = shell::output(Command::new("find").arg(modules).args(["-name", "*.ko.xz"]))?;
    let mut xargs = Command::new("xargs");
    xargs.args(["-P", &processors, "-n", "50", "sh", "-c", SCRIPT, "sh"]);
    let list = modules.join("list");
    fs::write(&list, &files)?;
    let status = xargs.stdin(fs::File::open(&list)?).status().context("cannot run xargs")?;
    ensure!(status.success() && !files.is_empty(), "packing with zstd failed: {status}");
    Ok(fs::remove_file(list)?)
}
