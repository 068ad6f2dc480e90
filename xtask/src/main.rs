//! The project's own commands, run as `cargo xtask COMMAND`. Says which there are and hands
//! over to the library; does no work itself.

use std::process::ExitCode;

use xtask::Command;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = Command::from_words(&words).and_then(|command| command.run());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            xtask::progress::failure(&error);
            ExitCode::FAILURE
        }
    }
}
