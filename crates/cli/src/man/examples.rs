//! The examples of a command, as they stand below its help.

use clap::Command;

pub(super) struct Example {
    pub(super) command: String,
    pub(super) told: String,
}

/// Reads `Examples:`, each two spaces and the command, and below it what it does.
pub(super) fn of(command: &Command) -> Vec<Example> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let Some(lines) = text.strip_prefix("Examples:\n") else { return Vec::new() };
    let mut examples: Vec<Example> = Vec::new();
    for line in lines.lines() {
        match (line.strip_prefix("      "), examples.last_mut()) {
            (Some(told), Some(example)) => example.told = told.to_owned(),
            _ => examples.push(Example { command: line.trim().to_owned(), told: String::new() }),
        }
    }
    examples
}
