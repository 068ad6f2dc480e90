//! A line that is being typed, read along the definitions of the command line: which command it
//! is, what it has so far, and what its last word is to be.

use std::ffi::OsString;

use clap::{Arg, Command};

pub(super) struct Line<'a> {
    /// The command, as far as its name has been typed.
    pub(super) command: &'a Command,
    /// The words that are no options, behind the command.
    pub(super) operands: Vec<String>,
    pub(super) wanted: Wanted<'a>,
    /// Options, each with its value.
    given: Vec<(&'a Arg, String)>,
    ended: bool,
}

/// What the last word is to be; what is typed of it comes last.
pub(super) enum Wanted<'a> {
    Commands(&'a Command, String),
    Nothing,
    Options(&'a Command, String),
    Value {
        argument: &'a Arg,
        /// What stands before the value in the same word: `--kernel=`.
        lead: String,
        typed: String,
    },
}

impl<'a> Line<'a> {
    /// Reads the words behind the program's name; the last one is not finished.
    pub(super) fn read(definitions: &'a Command, words: &[String]) -> Self {
        let mut line = Self {
            command: definitions,
            operands: Vec::new(),
            wanted: Wanted::Nothing,
            given: Vec::new(),
            ended: false,
        };
        let Some((last, before)) = words.split_last() else { return line };
        let mut waiting: Option<&Arg> = None;
        for word in before {
            waiting = match waiting {
                Some(argument) => {
                    line.given.push((argument, word.clone()));
                    None
                }
                None => line.word(word),
            };
        }
        line.wanted = match waiting {
            Some(argument) => Wanted::Value { argument, lead: String::new(), typed: last.clone() },
            None => line.wanted(last),
        };
        line
    }

    /// The value of an option, by its name.
    pub(super) fn value(&self, name: &str) -> Option<OsString> {
        let mut given = self.given.iter().filter(|(argument, _)| argument.get_id() == name);
        given.next_back().map(|(_, value)| value.into())
    }

    pub(super) fn has(&self, argument: &Arg) -> bool {
        self.given.iter().any(|(given, _)| given.get_id() == argument.get_id())
    }

    /// Takes a whole word; the option that waits for its value in the next one, if this is such.
    fn word(&mut self, word: &str) -> Option<&'a Arg> {
        if self.ended || !word.starts_with('-') || word == "-" {
            match self.command.find_subcommand(word) {
                Some(command) if self.operands.is_empty() => self.command = command,
                _ => self.operands.push(word.to_owned()),
            }
            return None;
        }
        if word == "--" {
            self.ended = true;
            return None;
        }
        let (argument, value) = self.options_of(word)?;
        match value {
            None if takes_value(argument) => return Some(argument),
            value => self.given.push((argument, value.unwrap_or_default())),
        }
        None
    }

    /// The last option of a word, with its value when that stands in the same word.
    fn options_of(&mut self, word: &str) -> Option<(&'a Arg, Option<String>)> {
        if let Some(name) = word.strip_prefix("--") {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            return Some((self.long(name)?, value));
        }
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            let argument = self.short(letter)?;
            let rest = letters.as_str();
            if takes_value(argument) || rest.is_empty() {
                return Some((argument, (!rest.is_empty()).then(|| rest.to_owned())));
            }
            self.given.push((argument, String::new()));
        }
        None
    }

    fn wanted(&mut self, typed: &str) -> Wanted<'a> {
        if !self.ended && typed.starts_with('-') {
            let found = if typed.len() > 1 { self.options_of(typed) } else { None };
            return match found {
                Some((argument, Some(value))) if takes_value(argument) => Wanted::Value {
                    argument,
                    lead: typed[..typed.len() - value.len()].to_owned(),
                    typed: value,
                },
                _ => Wanted::Options(self.command, typed.to_owned()),
            };
        }
        if self.command.has_subcommands() {
            return match self.operands.is_empty() {
                true => Wanted::Commands(self.command, typed.to_owned()),
                false => Wanted::Nothing,
            };
        }
        match self.positional() {
            Some(argument) => {
                Wanted::Value { argument, lead: String::new(), typed: typed.to_owned() }
            }
            None => Wanted::Nothing,
        }
    }

    /// The operand whose turn it is; the last one may come again and again.
    fn positional(&self) -> Option<&'a Arg> {
        let all: Vec<&Arg> = self.command.get_positionals().collect();
        let repeats = |argument: &&&Arg| matches!(argument.get_action(), clap::ArgAction::Append);
        let next = all.get(self.operands.len()).copied();
        next.or_else(|| all.last().filter(repeats).copied())
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|argument| argument.get_long() == Some(name))
    }

    fn short(&self, letter: char) -> Option<&'a Arg> {
        self.command.get_arguments().find(|argument| argument.get_short() == Some(letter))
    }
}

fn takes_value(argument: &Arg) -> bool {
    argument.get_action().takes_values()
}
