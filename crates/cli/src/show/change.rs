//! Changes of files, as text and JSON.

use kmodctl::decide::FileChange;
use serde_json::{Value, json};

use super::{Paint, text};

/// The file, and the lines that go and come; comments are not shown.
pub(crate) fn change_text(change: &FileChange, paint: Paint) -> String {
    let (before, after) = (lines(change.before.as_ref()), lines(change.after.as_ref()));
    let mut shown = paint.bold(&text(&change.path)) + "\n";
    for line in before.iter().filter(|line| !after.contains(line)) {
        shown += &format!("{}\n", paint.red(&format!("- {line}")));
    }
    for line in after.iter().filter(|line| !before.contains(line)) {
        shown += &format!("{}\n", paint.green(&format!("+ {line}")));
    }
    shown
}

fn lines(file: Option<&Vec<u8>>) -> Vec<String> {
    let bytes = file.map(Vec::as_slice).unwrap_or_default();
    let lines = bytes.split(|&byte| byte == b'\n');
    lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).map(text).collect()
}

/// The file with what it was and what it becomes.
pub(crate) fn change_value(change: &FileChange) -> Value {
    json!({
        "path": text(&change.path),
        "before": change.before.as_ref().map(|bytes| String::from_utf8_lossy(bytes)),
        "after": change.after.as_ref().map(|bytes| String::from_utf8_lossy(bytes)),
    })
}
