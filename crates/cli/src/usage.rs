//! Arguments that are not understood, for programs that asked for JSON: what clap says of them in
//! words is taken apart, and told as every other refusal is.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong with the arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) cause: String,
    pub(crate) fixes: Vec<String>,
}

/// Whether JSON is asked for; what was not understood has to be looked through as it is.
pub(crate) fn asks_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let mut options = arguments.into_iter().skip(1).take_while(|word| word != "--");
    options.any(|word| word == "--json" || word.as_encoded_bytes().starts_with(b"-J"))
}

/// Takes commands that the help does not list out of those that may be meant.
pub(crate) fn without_hidden(mut told: clap::Error) -> clap::Error {
    let names = match told.remove(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(name)) => vec![name],
        Some(ContextValue::Strings(names)) => names,
        _ => return told,
    };
    let shown: Vec<String> = names.into_iter().filter(|name| !name.starts_with("__")).collect();
    match shown.is_empty() {
        // Without a name, clap would leave room for one.
        true => drop(told.remove(ContextKind::Suggested)),
        false => {
            told.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(shown));
        }
    }
    told
}

impl Refusal {
    pub(crate) fn of(told: &clap::Error) -> Self {
        let text = told.to_string();
        let cause = match told.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                "a command is missing".to_owned()
            }
            _ => first_paragraph(&text),
        };
        let starting = |start| text.lines().filter_map(move |line| line.strip_prefix(start));
        let usage = starting("Usage: ").map(|line| format!("usage: {line}"));
        let fixes = starting("  tip: ").map(str::to_owned).chain(usage).collect();
        Self { cause, fixes }
    }
}

/// The first paragraph as one line, without the word before it.
fn first_paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().take_while(|line| !line.is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_asked_for_by_an_option_only() {
        let table: [(&[&str], bool); 6] = [
            (&["blok", "-J"], true),
            (&["--json", "blok"], true),
            (&["blok", "-Jk"], true),
            (&["blok"], false),
            (&["why", "--", "-J"], false),
            (&["why", "json", "J", "--jso"], false),
        ];
        for (words, expected) in table {
            let words = ["kmodctl"].iter().chain(words).map(OsString::from);
            assert_eq!(asks_json(words), expected);
        }
    }
}
