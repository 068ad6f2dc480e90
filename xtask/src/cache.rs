//! Where things are: the workspace, and the user's cache directory that holds every download.
//! Makes directories whole or not at all; fetches nothing itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root directory of the workspace.
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The project's directory in the user's cache: `${XDG_CACHE_HOME:-$HOME/.cache}/kmodctl`.
pub fn directory() -> Result<PathBuf> {
    let base = match absolute("XDG_CACHE_HOME") {
        Some(base) => base,
        None => absolute("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?.join(".cache"),
    };
    Ok(base.join("kmodctl"))
}

/// Holds every other `cargo xtask` that fetches back until the returned file is dropped.
pub fn locked() -> Result<File> {
    let directory = directory()?;
    fs::create_dir_all(&directory)?;
    let file = File::create(directory.join("lock"))?;
    file.lock().context("cannot lock the cache directory")?;
    Ok(file)
}

/// Makes the directory `name` of the cache by `make`, which fills an empty directory that
/// takes its name only when all is there. What is there already is left as it is.
pub fn once(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let done = directory()?.join(name);
    if done.exists() {
        return Ok(done);
    }
    crate::progress::doing(&format!("{name}: fetching into {}", done.display()));
    let partial = done.with_file_name(format!(
        "{}.partial",
        done.file_name().unwrap_or_default().to_string_lossy()
    ));
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial)?;
    make(&partial).with_context(|| format!("cannot make {}", done.display()))?;
    fs::rename(&partial, &done)?;
    Ok(done)
}

fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
