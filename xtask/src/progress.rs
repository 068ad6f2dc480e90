//! What a person sees while a command works: one line as each piece of work starts, and the
//! error at the end. The only file that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::Write;

use anyhow::Error;

/// Says what is being done now, with the time since the last word left to the reader.
pub fn doing(what: &str) {
    line(&format!("==> {what}"));
}

/// Prints one line at once, even into a pipe. A reader that went away is not an error.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints an error with all its causes.
pub fn failure(error: &Error) {
    eprintln!("xtask: {error:#}");
}
