//! Builds `kmodctl` so that it runs in a guest, which has no loader and no libraries.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{cache, shell};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The bytes of a static `kmodctl`, built now where it is not up to date.
pub fn binary() -> Result<Vec<u8>> {
    let target = cache::workspace().join("target/static");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--package", "kmodctl-cli", "--profile", "small", "--target", TARGET]);
    build.arg("--target-dir").arg(&target).current_dir(cache::workspace());
    build.env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static");
    shell::run(build.env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    let built = target.join(TARGET).join("small/kmodctl");
    fs::read(&built).with_context(|| built.display().to_string())
}
