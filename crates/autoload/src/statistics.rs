//! The file of what was counted: whoever reads it finds it whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::record::Record;

/// Puts one line in the place of the file.
pub(crate) fn write(path: &Path, record: &Record, json: bool) -> io::Result<()> {
    let text = if json { record.json() } else { record.words() };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(format!("{text}\n").as_bytes())?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&new, path));
    if placed.is_err() {
        let _ = fs::remove_file(&new);
    }
    placed
}
