//! The steps of a plan in kmod's words: `insmod PATH OPTIONS`, `install COMMAND`, `rmmod NAME`; and
//! what kmod's library says of a step that failed.

use kmodctl::decide::plan::{Action, Command, CommandKind, Note, Step};
use kmodctl::decide::{Errno, Outcome, Problem, Watch};

use crate::ended::Ended;
use crate::log::Log;
use crate::output::Output;
use crate::problems;

/// Shows steps as they are carried out, and tells what fails.
pub(super) struct Steps<'a> {
    pub(super) log: Log,
    pub(super) output: &'a mut Output,
    /// Whether steps are shown that go well.
    pub(super) shows: bool,
    /// Whether a module in use is a warning only.
    pub(super) tolerates: bool,
    /// What has ended the tool meanwhile.
    pub(super) ended: Result<(), Ended>,
}

impl Steps<'_> {
    /// Shows a step that would be carried out.
    pub(super) fn show(&mut self, step: &Step) -> Result<(), Ended> {
        if !self.shows {
            return Ok(());
        }
        self.output.write(&[&line(step)])?;
        // kmod shows what it removes at once, and what it inserts when the buffer is full.
        match removes(step) {
            true => self.output.flush(),
            false => Ok(()),
        }
    }

    /// Tells why a step failed.
    pub(super) fn tell(&self, problem: &Problem) -> Result<(), Ended> {
        match problem {
            Problem::InUse { module, .. } => self
                .log
                .fatal_unless(self.tolerates, &[b"Module ", module.as_bytes(), b" is in use."]),
            Problem::CommandFailed { module, kind: CommandKind::Remove, .. }
            | Problem::CommandNotStarted { module, kind: CommandKind::Remove, .. } => {
                self.log.fatal_unless(
                    self.tolerates,
                    &[b"Error running remove command for ", module.as_bytes()],
                )
            }
            Problem::RemoveRefused { module, errno: Errno::EEXIST } => {
                problems::tell(&self.log, problem);
                let text: &[&[u8]] = &[b"Module ", module.as_bytes(), b" is not in kernel."];
                self.log.fatal_unless(self.tolerates, text)
            }
            other => {
                problems::tell(&self.log, other);
                Ok(())
            }
        }
    }
}

impl Watch for Steps<'_> {
    fn begins(&mut self, step: &Step) {
        let shown = self.show(step);
        self.ended = self.ended.and(shown);
    }

    fn ends(&mut self, _step: &Step, outcome: &Result<Outcome, Problem>) {
        if let Err(problem) = outcome {
            let told = self.tell(problem);
            self.ended = self.ended.and(told);
        }
    }
}

fn removes(step: &Step) -> bool {
    match &step.action {
        Action::Command(command) => command.kind == CommandKind::Remove,
        Action::Insert(_) | Action::Note(_) => false,
        Action::Remove(_) => true,
    }
}

/// A step as kmod shows it, with its line end; nothing for steps that it does not show.
fn line(step: &Step) -> Vec<u8> {
    let name = step.subject.as_bytes();
    match &step.action {
        Action::Command(Command { kind: CommandKind::Install, text, options }) => {
            [b"install ", text.as_slice(), b" ", options, b"\n"].concat()
        }
        Action::Command(command) => [b"remove ", command.filled_in().as_slice(), b"\n"].concat(),
        Action::Insert(insertion) => match &insertion.path {
            Some(path) => [b"insmod ", path.as_slice(), b" ", &insertion.options, b"\n"].concat(),
            None => Vec::new(),
        },
        Action::Note(Note::BuiltIn) => [b"builtin ", name, b"\n"].concat(),
        Action::Note(_) => Vec::new(),
        Action::Remove(_) => [b"rmmod ", name, b"\n"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use kmodctl::decide::plan::{Force, Forecast, Insertion, Reason, Removal, When};
    use kmodctl::format::ModuleName;

    use super::*;

    fn shown(action: Action) -> String {
        let subject = ModuleName::new("m");
        let (reason, when, forecast) = (Reason::Asked, When::Always, Forecast::Applies);
        let step = Step { subject, action, reason, when, required: true, forecast };
        String::from_utf8(line(&step)).unwrap()
    }

    fn insertion(path: Option<&str>, options: &str) -> Action {
        Action::Insert(Insertion {
            path: path.map(|path| path.as_bytes().to_vec()),
            options: options.as_bytes().to_vec(),
            force: Force::default(),
            fails_if_loaded: false,
        })
    }

    fn command(kind: CommandKind) -> Action {
        Action::Command(Command {
            kind,
            text: b"echo $CMDLINE_OPTS".to_vec(),
            options: b"a=1 ".to_vec(),
        })
    }

    #[test]
    fn steps_are_shown_in_kmods_words() {
        let table = [
            (insertion(Some("/m.ko"), ""), "insmod /m.ko \n"),
            (insertion(Some("/m.ko"), "a=1 b=2"), "insmod /m.ko a=1 b=2\n"),
            (insertion(None, "a=1"), ""),
            (command(CommandKind::Install), "install echo $CMDLINE_OPTS a=1 \n"),
            (command(CommandKind::Remove), "remove echo a=1 \n"),
            (Action::Note(Note::AlreadyLoaded), ""),
            (Action::Note(Note::BuiltIn), "builtin m\n"),
            (Action::Remove(Removal::default()), "rmmod m\n"),
        ];
        for (action, expected) in table {
            assert_eq!(shown(action), expected);
        }
    }
}
