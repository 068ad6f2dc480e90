//! What the comparisons over whole kernels share: the files of a tree, and how a comparison ends.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Finds the module files below a directory, in no order.
pub fn module_files(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            module_files(&entry.path(), files)?;
        } else if entry.file_name().to_string_lossy().contains(".ko") {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Ends a comparison: in failure when a difference is not explained, or when it could not be made.
pub fn end(comparison: &str, unexplained: io::Result<usize>) -> ExitCode {
    match unexplained {
        Ok(0) => return ExitCode::SUCCESS,
        Ok(unexplained) => eprintln!("{comparison}: {unexplained} unexplained differences"),
        Err(error) => eprintln!("{comparison}: {error}"),
    }
    ExitCode::FAILURE
}
