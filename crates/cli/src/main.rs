//! `kmodctl`: what operators do with kernel modules. Each command turns its arguments into a
//! question, has `kmodctl::decide` answer it, and shows the answer as text or JSON; what is to be
//! done is known there, and `kmodctl::system` does it.

mod answer;
mod arguments;
mod commands;
mod complete;
#[cfg(test)]
mod man;
mod session;
mod show;
mod usage;

use std::io::Write;
use std::process::ExitCode;

use answer::{Answer, Failure};
use arguments::Arguments;
use clap::Parser;
use session::Session;

/// The arguments are not understood (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;
/// Whoever read the standard output has gone; the shell sees what it sees after a SIGPIPE.
const BROKEN_PIPE: u8 = 128 + 13;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => return ExitCode::from(misunderstood(usage::without_hidden(told))),
    };
    let json = arguments.common.json;
    let answered = Session::open(&arguments.common).and_then(|session| {
        let asks_tree = arguments.command.asks_tree();
        let answer = arguments.command.run(&session);
        let answer = answer.map_err(|failure| failure.with_suggestions(&session))?;
        Ok(if asks_tree { answer.with_missing_tree(&session) } else { answer })
    });
    ExitCode::from(match answered {
        Ok(answer) => give(&answer, json),
        Err(failure) => fail(&failure, json),
    })
}

/// Tells what is wrong with the arguments, or the help that they ask for.
fn misunderstood(told: clap::Error) -> u8 {
    if told.use_stderr() && usage::asks_json(std::env::args_os()) {
        return write_out(&show::json::usage(&usage::Refusal::of(&told))).unwrap_or(USAGE);
    }
    let _ = told.print();
    if told.use_stderr() { USAGE } else { 0 }
}

/// Writes an answer: what was asked for on the standard output, what is said about it on the
/// standard error.
fn give(answer: &Answer, json: bool) -> u8 {
    let paint = show::Paint::of_stderr();
    for remark in answer.remarks.iter().filter(|_| !json) {
        let _ = write!(std::io::stderr(), "{}", remark.text(paint));
    }
    let text = if json { show::json::answer(answer) } else { answer.text.clone() };
    write_out(&text).unwrap_or(answer.code)
}

fn fail(failure: &Failure, json: bool) -> u8 {
    if json {
        return write_out(&show::json::failure(failure)).unwrap_or(failure.code());
    }
    let text = show::problem::text(failure, show::Paint::of_stderr());
    let _ = std::io::stderr().write_all(text.as_bytes());
    failure.code()
}

/// Writes to the standard output; an exit code when that did not go well.
fn write_out(text: &str) -> Option<u8> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    let refused = written.err()?;
    if refused.kind() == std::io::ErrorKind::BrokenPipe {
        return Some(BROKEN_PIPE);
    }
    let _ = writeln!(std::io::stderr(), "error: the output cannot be written: {refused}");
    Some(1)
}
