//! Plans: what would be done, or was, and why; for files, for the kernel, and by programs.

use kmodctl::decide::plan::{Action, CommandKind, Note, Reason, Step};
use kmodctl::decide::{FileChange, Forecast, Plan};
use serde_json::{Value, json};

use super::{Paint, origin, text};

/// The lines of a file's change, removed ones behind `-`, new ones behind `+`.
pub(crate) fn change(change: &FileChange, paint: Paint) -> String {
    let verb = match (&change.before, &change.after) {
        (None, _) => "create",
        (_, None) => "remove",
        _ => "change",
    };
    let mut shown = format!("{verb} {}\n", text(&change.path));
    let (before, after) = (lines(&change.before), lines(&change.after));
    for (kept, line) in difference(&before, &after) {
        shown += &match kept {
            Kept::New => format!("  {}\n", paint.green(format!("+ {line}").trim_end())),
            Kept::Old => format!("  {}\n", paint.red(format!("- {line}").trim_end())),
        };
    }
    shown
}

fn lines(bytes: &Option<Vec<u8>>) -> Vec<String> {
    let bytes = bytes.as_deref().unwrap_or_default();
    match bytes.strip_suffix(b"\n").unwrap_or(bytes) {
        b"" => Vec::new(),
        bytes => bytes.split(|&byte| byte == b'\n').map(text).collect(),
    }
}

/// In which of two files a line stands that is not in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    New,
    Old,
}

/// The lines that are in one file only, in order, old ones first; by the longest common sequence.
fn difference<'a>(before: &'a [String], after: &'a [String]) -> Vec<(Kept, &'a str)> {
    let mut longest = vec![vec![0u32; after.len() + 1]; before.len() + 1];
    for (old, line) in before.iter().enumerate().rev() {
        for (new, other) in after.iter().enumerate().rev() {
            longest[old][new] = match line == other {
                true => longest[old + 1][new + 1] + 1,
                false => longest[old + 1][new].max(longest[old][new + 1]),
            };
        }
    }
    let (mut old, mut new, mut lines) = (0, 0, Vec::new());
    while old < before.len() || new < after.len() {
        if old < before.len() && new < after.len() && before[old] == after[new] {
            (old, new) = (old + 1, new + 1);
        } else if new == after.len()
            || (old < before.len() && longest[old + 1][new] >= longest[old][new + 1])
        {
            lines.push((Kept::Old, before[old].as_str()));
            old += 1;
        } else {
            lines.push((Kept::New, after[new].as_str()));
            new += 1;
        }
    }
    lines
}

pub(crate) fn change_value(change: &FileChange) -> Value {
    json!({
        "path": text(&change.path),
        "before": change.before.as_deref().map(String::from_utf8_lossy),
        "after": change.after.as_deref().map(String::from_utf8_lossy),
    })
}

/// The steps of a plan, one a line: what is done, and why.
pub(crate) fn steps(plan: &Plan) -> String {
    plan.steps.iter().map(|step| format!("{}\n", self::step(step))).collect()
}

/// One step with its reason.
pub(crate) fn step(step: &Step) -> String {
    let forecast = match &step.forecast {
        Forecast::Applies => String::new(),
        Forecast::Refused(problem) => format!(", which will be refused: {}", problem.cause()),
        Forecast::Skipped => ", left out: gone by then, or the run has ended".into(),
    };
    format!("{} ({}){forecast}", action(step), reason(&step.reason))
}

fn action(step: &Step) -> String {
    let subject = text(step.subject.as_bytes());
    match &step.action {
        Action::Command(command) => {
            let kind = match command.kind {
                CommandKind::Install => "install",
                CommandKind::Remove => "remove",
            };
            format!("run the {kind} command of {subject}: {}", text(command.filled_in()))
        }
        Action::Insert(insertion) => {
            let file = insertion.path.as_deref().map(text);
            let file = file.unwrap_or_else(|| "no file".into());
            let line = format!("load {subject} from {file} {}", text(&insertion.options));
            line.trim_end().to_owned()
        }
        Action::Note(Note::AlreadyLoaded) => format!("{subject} is loaded already"),
        Action::Note(Note::Blacklisted(at)) => {
            format!("{subject} is kept out by {}", origin(at))
        }
        Action::Note(Note::BuiltIn) => format!("{subject} is built into the kernel"),
        Action::Note(Note::NotLoaded) => format!("{subject} is not loaded"),
        Action::Remove(_) => format!("unload {subject}"),
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Asked => "asked for".into(),
        Reason::Holds(module) => format!("it uses {module}"),
        Reason::LeftOver(module) => format!("only {module} used it"),
        Reason::NeededBy(module) => format!("{module} needs it"),
        Reason::Softdep(module) => format!("soft dependency of {module}"),
    }
}

pub(crate) fn steps_value(plan: &Plan) -> Value {
    let value = |step: &Step| {
        json!({
            "module": text(step.subject.as_bytes()),
            "action": match &step.action {
                Action::Command(_) => "command",
                Action::Insert(_) => "insert",
                Action::Note(Note::AlreadyLoaded) => "already-loaded",
                Action::Note(Note::Blacklisted(_)) => "blacklisted",
                Action::Note(Note::BuiltIn) => "built-in",
                Action::Note(Note::NotLoaded) => "not-loaded",
                Action::Remove(_) => "remove",
            },
            "message": action(step),
            "reason": reason(&step.reason),
            "required": step.required,
            "expected": match &step.forecast {
                Forecast::Applies => "applies",
                Forecast::Refused(_) => "refused",
                Forecast::Skipped => "skipped",
            },
        })
    };
    plan.steps.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_shown() {
        let change_of = |before: Option<&str>, after: Option<&str>| FileChange {
            path: b"/f".to_vec(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        };
        let table = [
            (None, Some("a\nb\n"), "create /f\n  + a\n  + b\n"),
            (Some("a\n\n"), None, "remove /f\n  - a\n  -\n"),
            (Some("a\nb\nc\n"), Some("a\nx\nc\nd\n"), "change /f\n  - b\n  + x\n  + d\n"),
        ];
        for (before, after, expected) in table {
            let shown = change(&change_of(before, after), Paint::of_stderr());
            assert_eq!(shown, expected);
        }
    }
}
