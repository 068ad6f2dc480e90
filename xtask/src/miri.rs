//! `cargo xtask miri`: the C library's pointers under miri, which sees every use of memory that
//! Rust does not allow. It needs a nightly toolchain, and so it is no stage of `cargo xtask test`,
//! which has valgrind look at the same library instead.

use std::process::Command;

use anyhow::Result;

use crate::{cache, shell};

/// Runs the tests of `libkmod` that open no file; miri and the sources it needs are added to the
/// nightly toolchain if it lacks them.
pub fn check() -> Result<()> {
    let words = ["component", "add", "--toolchain", "nightly", "miri", "rust-src"];
    shell::run(&mut shell::command("rustup", words))?;
    let target = cache::workspace().join("target/miri");
    let mut miri = Command::new("rustup");
    miri.args(["run", "nightly", "cargo", "miri", "test", "--package", "libkmod", "--lib"]);
    miri.arg("--target-dir").arg(target).current_dir(cache::workspace());
    // Cargo tells the programs it runs which toolchain it is.
    for variable in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN"] {
        miri.env_remove(variable);
    }
    shell::run(miri.env("MIRIFLAGS", "-Zmiri-disable-isolation"))
}
