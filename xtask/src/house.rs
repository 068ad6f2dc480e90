//! `cargo xtask house`: fails when the workspace is not the house of the table in `rooms`: an
//! import edge that is not in it, a crate from elsewhere in a pure room, a file too long, a
//! module that does not say what it is for, `unsafe` outside its room.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::rooms::{MOST_LINES, ROOMS, Room, TABLES, UNSAFE_ROOMS};
use crate::{cache, progress, shell};

/// Checks the workspace; the error lists everything that is out of order.
pub fn check() -> Result<()> {
    let edges = edges()?;
    let mut faults: Vec<String> =
        edges.iter().filter_map(|edge| edge_fault(&ROOMS, edge)).collect();
    let mut files = Vec::new();
    rust_files(&cache::workspace().join("crates"), &mut files)?;
    rust_files(&cache::workspace().join("xtask"), &mut files)?;
    for file in &files {
        let text = fs::read_to_string(file)?;
        let path = file.strip_prefix(cache::workspace())?.to_string_lossy().into_owned();
        faults.extend(file_faults(&path, &text));
    }
    if !faults.is_empty() {
        bail!("the house is out of order:\n  {}", faults.join("\n  "));
    }
    progress::line(&format!("house: {} imports and {} files in order", edges.len(), files.len()));
    Ok(())
}

/// One package of the workspace importing a package.
#[derive(Debug)]
struct Edge {
    from: String,
    to: String,
    /// Whether the imported package is of the workspace too.
    inside: bool,
    /// Whether it is there for the tests only.
    for_tests: bool,
}

/// Every import of every package of the workspace, as Cargo understands the manifests.
fn edges() -> Result<Vec<Edge>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps"]).current_dir(cache::workspace());
    let metadata: Value = serde_json::from_str(&shell::output(&mut command)?)?;
    let packages = metadata["packages"].as_array().context("no packages in the metadata")?;
    let mut edges = Vec::new();
    for package in packages {
        for import in package["dependencies"].as_array().into_iter().flatten() {
            edges.push(Edge {
                from: package["name"].as_str().unwrap_or_default().to_owned(),
                to: import["name"].as_str().unwrap_or_default().to_owned(),
                inside: import["path"].is_string(),
                for_tests: import["kind"].as_str() == Some("dev"),
            });
        }
    }
    Ok(edges)
}

/// What is wrong with an import. Crates from elsewhere are free in tests; rooms never are.
fn edge_fault(rooms: &[Room], edge: &Edge) -> Option<String> {
    let Edge { from, to, inside, for_tests } = edge;
    let Some(room) = rooms.iter().find(|room| room.package == from) else {
        return Some(format!("{from} is no room of the house"));
    };
    if *inside {
        let allowed = room.imports.contains(&to.as_str());
        return (!allowed).then(|| format!("{from} may not import {to}"));
    }
    let listed = room.pure.is_none_or(|crates| crates.contains(&to.as_str()));
    (!listed && !for_tests).then(|| format!("{from} is pure and may not import {to}"))
}

/// What is wrong with a file, given its path in the workspace.
fn file_faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES && !TABLES.contains(&path) {
        faults.push(format!("{path} has {lines} lines, more than {MOST_LINES}"));
    }
    let first = text.lines().find(|line| !line.starts_with("#!") && !line.trim().is_empty());
    if !first.is_some_and(|line| line.starts_with("//!")) {
        faults.push(format!("{path} does not open with //! and what it is for"));
    }
    if !UNSAFE_ROOMS.iter().any(|room| path.starts_with(room)) {
        let uses = text.lines().position(uses_unsafe);
        faults.extend(uses.map(|line| format!("{path}:{} uses unsafe", line + 1)));
    }
    faults
}

/// Whether a line has the keyword in its code; comments and strings may speak of it.
fn uses_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let code: String = code.split('"').step_by(2).collect();
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|word| word == "unsafe")
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str, inside: bool, for_tests: bool) -> Edge {
        Edge { from: from.to_owned(), to: to.to_owned(), inside, for_tests }
    }

    #[test]
    fn edges_outside_the_table_are_faults() {
        let cases = [
            (edge("kmod", "kmodctl", true, false), None),
            (edge("kmodctl-system", "rustix", false, false), None),
            (edge("kmodctl-format", "object", false, true), None),
            (
                edge("kmodctl-format", "kmodctl-decide", true, false),
                Some("kmodctl-format may not import kmodctl-decide"),
            ),
            (
                edge("kmodctl-decide", "kmodctl-system", true, true),
                Some("kmodctl-decide may not import kmodctl-system"),
            ),
            (
                edge("kmod", "kmodctl-system", true, false),
                Some("kmod may not import kmodctl-system"),
            ),
            (
                edge("kmodctl-decide", "rustix", false, false),
                Some("kmodctl-decide is pure and may not import rustix"),
            ),
            (edge("helpers", "anyhow", false, false), Some("helpers is no room of the house")),
        ];
        for (edge, expected) in cases {
            assert_eq!(edge_fault(&ROOMS, &edge).as_deref(), expected, "{edge:?}");
        }
    }

    #[test]
    fn files_are_short_and_say_what_they_are_for() {
        let long = format!("//! Long.\n{}", "\n".repeat(MOST_LINES));
        let cases = [
            ("crates/a/src/lib.rs", "//! Fine.\n// unsafe\nlet a = \"unsafe\";\n", None),
            ("crates/libkmod/src/lib.rs", "//! C.\nunsafe fn f() {}\n", None),
            (
                "crates/a/src/lib.rs",
                "//! A.\nunsafe { f() }\n",
                Some("crates/a/src/lib.rs:2 uses unsafe"),
            ),
            (
                "crates/a/src/lib.rs",
                "fn f() {}\n",
                Some("crates/a/src/lib.rs does not open with //! and what it is for"),
            ),
            (
                "crates/a/src/lib.rs",
                &long,
                Some("crates/a/src/lib.rs has 401 lines, more than 400"),
            ),
        ];
        for (path, text, expected) in cases {
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(file_faults(path, text), expected);
        }
    }
}
