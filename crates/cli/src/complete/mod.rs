//! `kmodctl __complete -- WORDS`: what a shell may offer for the last word of a line; `dist/completions`
//! has what the shells run. Options and commands come from the definitions of the command line,
//! names from the machine: nothing here is a second list of them.
//!
//! A line of the output is a word, a tab and what it is; `:files` and `:directories` leave the rest
//! to the shell.

mod line;
mod names;
mod sources;
mod spelling;

use std::ffi::OsString;

use clap::{Args, Command, CommandFactory};

use crate::answer::Answer;
use crate::arguments::{self, Common};
use crate::session::Session;
use crate::show::text;
use line::{Line, Wanted};
use sources::Source;

/// Print what may stand in the place of the last word
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The words behind `kmodctl`, up to the cursor.
    #[arg(last = true)]
    words: Vec<OsString>,
}

/// Something to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    word: String,
    told: String,
}

impl Offer {
    fn new(word: impl Into<String>, told: impl Into<String>) -> Self {
        Self { word: word.into(), told: told.into() }
    }
}

/// What is offered; a machine that cannot be read offers nothing.
pub(crate) fn answer(asked: &Arguments) -> Answer {
    Answer { text: lines(asked), ..Answer::default() }
}

fn lines(asked: &Arguments) -> String {
    let mut definitions = arguments::Arguments::command();
    definitions.build();
    let words: Vec<_> =
        asked.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let line = Line::read(&definitions, &words);
    let offers = match &line.wanted {
        Wanted::Commands(command, typed) => starting(commands(command), typed),
        Wanted::Nothing => Vec::new(),
        Wanted::Options(command, typed) => starting(options(command, &line), typed),
        Wanted::Value { argument, lead, typed } => {
            match sources::source(line.command.get_name(), argument) {
                Source::Directories => return ":directories\n".into(),
                Source::Files => return ":files\n".into(),
                source => values(source, &line, lead, typed),
            }
        }
    };
    offers.iter().map(|offer| format!("{}\t{}\n", offer.word, one_line(&offer.told))).collect()
}

fn values(source: Source, line: &Line<'_>, lead: &str, typed: &str) -> Vec<Offer> {
    let common = Common { json: false, root: line.value("root"), kernel: line.value("kernel") };
    let Ok(session) = Session::open(&common) else { return Vec::new() };
    let offers = names::offers(&session, source, &line.operands, typed);
    offers
        .into_iter()
        .map(|offer| Offer { word: format!("{lead}{}", offer.word), ..offer })
        .collect()
}

fn commands(command: &Command) -> Vec<Offer> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let about = |command: &Command| command.get_about().map(ToString::to_string);
    shown
        .map(|command| Offer::new(command.get_name(), about(command).unwrap_or_default()))
        .collect()
}

/// The options that are not on the line yet.
fn options(command: &Command, line: &Line<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for argument in command.get_arguments().filter(|argument| !argument.is_positional()) {
        if argument.is_hide_set() || line.has(argument) {
            continue;
        }
        let told = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let short = argument.get_short().map(|letter| format!("-{letter}"));
        let long = argument.get_long().map(|name| format!("--{name}"));
        offers.extend([short, long].into_iter().flatten().map(|word| Offer::new(word, &told)));
    }
    offers
}

fn starting(mut offers: Vec<Offer>, typed: &str) -> Vec<Offer> {
    offers.retain(|offer| offer.word.starts_with(typed));
    offers
}

/// What is told, as far as its first line goes.
fn one_line(told: &str) -> String {
    text(told.lines().next().unwrap_or_default().replace('\t', " "))
}
