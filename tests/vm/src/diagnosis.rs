//! Refused and failed loads and unloads, each built in real guests: what breaks it, what stock kmod
//! and `kmodctl` say, the cure that `kmodctl` names, and that it works once the cure was run.
//!
//! A case is a text in `diagnosis/`: a title, then headings with what belongs to them behind the
//! colon or on indented lines. Commands are typed as a person would; answers are recorded as sessions
//! have them (`! ` before what goes to the standard error, `= N` for an exit code).
//!
//! * `only`: the one kernel it is for; else it is for both.
//! * `command line`, `cured command line`: words of the kernel command line, broken and cured.
//! * `stage`: 0 if the kernel is as before when it is cured; else, how late it is to come.
//! * `broken`: commands that break something.
//! * `stock`, `kmodctl`: a command and the recorded answer; `... on 6.12` where it differs there.
//! * `fix`: recorded, the first cure that `kmodctl` names. It is run as it stands, but for words in
//!   brackets at its end.
//! * `by hand`: commands that do what the fix says, where it is no command; `restart` is one.
//! * `works`: commands that fail before the cure, and must succeed after it.

mod compare;
mod files;
mod guests;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

pub use compare::check;
pub use files::hold;
pub use page::page;

/// The kernels that cases are run on; the answers of the first stand for both where they agree.
const KERNELS: [&str; 2] = ["6.1", "6.12"];

const HEADINGS: [&str; 13] = [
    "only",
    "command line",
    "cured command line",
    "stage",
    "broken",
    "stock",
    "stock on 6.12",
    "kmodctl",
    "kmodctl on 6.12",
    "fix",
    "fix on 6.12",
    "by hand",
    "works",
];

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its file's name without the ending.
    name: String,
    /// What is wrong, for people.
    title: String,
    /// What stands at each heading.
    entries: BTreeMap<&'static str, Entry>,
}

/// What stands at a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// Behind the colon.
    words: String,
    /// On the lines below it, without their indent.
    lines: String,
}

impl Case {
    fn parse(name: &str, text: &str) -> Result<Case> {
        let (title, rest) = text.split_once('\n').context("no title")?;
        let mut entries: BTreeMap<&'static str, Entry> = BTreeMap::new();
        let mut at = None;
        for line in rest.lines().filter(|line| !line.is_empty()) {
            if let (Some(line), Some(heading)) = (line.strip_prefix("    "), at) {
                let entry = entries.entry(heading).or_default();
                entry.lines += &format!("{line}\n");
                continue;
            }
            let (heading, words) = line.split_once(':').context("a line without a colon")?;
            let known = HEADINGS.iter().find(|known| **known == heading);
            let known = known.with_context(|| format!("no such heading: {heading}"))?;
            let entry = Entry { words: words.trim().to_owned(), lines: String::new() };
            ensure!(entries.insert(known, entry).is_none(), "{heading} stands there twice");
            at = Some(*known);
        }
        let case = Case { name: name.to_owned(), title: title.to_owned(), entries };
        for heading in ["stock", "kmodctl", "works"] {
            ensure!(case.entries.contains_key(heading), "{name} lacks `{heading}:`");
        }
        Ok(case)
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for heading in HEADINGS {
            let Some(entry) = self.entries.get(heading) else { continue };
            let is_note = entry.lines.is_empty() && heading != "fix";
            let gap = if is_note { "" } else { "\n" };
            text += &format!("{gap}{}\n", format!("{heading}: {}", entry.words).trim_end());
            text.extend(entry.lines.lines().map(|line| format!("    {line}\n")));
        }
        text
    }

    /// The words behind a heading; nothing where there is none.
    fn words(&self, heading: &str) -> &str {
        self.entries.get(heading).map(|entry| entry.words.as_str()).unwrap_or_default()
    }

    /// The lines below a heading.
    fn lines(&self, heading: &str) -> &str {
        self.entries.get(heading).map(|entry| entry.lines.as_str()).unwrap_or_default()
    }

    fn is_for(&self, kernel: &str) -> bool {
        let only = self.words("only");
        only.is_empty() || only == kernel
    }

    /// The kernel whose answers are recorded without its name.
    fn first_kernel(&self) -> &str {
        match self.words("only") {
            "" => KERNELS[0],
            only => only,
        }
    }

    /// What is recorded of a part for a kernel.
    fn recorded(&self, part: &str, kernel: &str) -> &Entry {
        static NOTHING: Entry = Entry { words: String::new(), lines: String::new() };
        let own = format!("{part} on {kernel}");
        self.entries.get(&*own).or_else(|| self.entries.get(part)).unwrap_or(&NOTHING)
    }

    /// Records an answer of a kernel; one that is like the first kernel's is left out.
    fn record(&mut self, part: &str, kernel: &str, answer: &str) {
        let is_words = part == "fix";
        if kernel == self.first_kernel() {
            let Some(heading) = HEADINGS.iter().find(|known| **known == part) else { return };
            let entry = self.entries.entry(heading).or_default();
            *(if is_words { &mut entry.words } else { &mut entry.lines }) = answer.to_owned();
            return;
        }
        let own = format!("{part} on {kernel}");
        let Some(heading) = HEADINGS.iter().find(|known| **known == own) else { return };
        self.entries.remove(heading);
        let first = self.recorded(part, kernel);
        if answer != (if is_words { &first.words } else { &first.lines }) {
            let mut entry = Entry::default();
            *(if is_words { &mut entry.words } else { &mut entry.lines }) = answer.to_owned();
            self.entries.insert(heading, entry);
        }
    }

    /// Whether only a restart cures it.
    fn needs_restart(&self) -> bool {
        self.lines("by hand") == "restart\n"
    }
}

/// All cases, those last that leave the kernel changed.
pub fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(directory())? {
        let path = entry?.path();
        let name = path.file_stem().context("no name")?.to_string_lossy().into_owned();
        let text = fs::read_to_string(&path)?;
        cases.push(Case::parse(&name, &text).with_context(|| path.display().to_string())?);
    }
    cases.sort_by_key(|case| (case.words("stage").to_owned(), case.name.clone()));
    Ok(cases)
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("diagnosis")
}

fn file(case: &Case) -> PathBuf {
    directory().join(format!("{}.txt", case.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
A line keeps it out
stage: 1

broken:
    echo 'blacklist m' > /etc/modprobe.d/m.conf

stock: modprobe m
    ! no
    = 1

kmodctl: kmodctl load m
    ! error: no
    = 1

fix: kmodctl unblock m

works:
    loaded m
";

    #[test]
    fn a_case_is_written_as_it_was_read() {
        let mut case = Case::parse("m", TEXT).unwrap();
        assert_eq!(case.text(), TEXT);
        assert_eq!(case.recorded("stock", "6.12").lines, "! no\n= 1\n");
        case.record("stock", "6.12", "! no\n= 1\n");
        assert_eq!(case.text(), TEXT);
        case.record("stock", "6.12", "! never\n= 1\n");
        assert_eq!(case.recorded("stock", "6.12").lines, "! never\n= 1\n");
        assert_eq!(case.recorded("stock", "6.1").lines, "! no\n= 1\n");
        case.record("stock", "6.12", "! no\n= 1\n");
        assert_eq!(case.text(), TEXT);
    }

    #[test]
    fn what_is_no_case_is_refused() {
        for text in ["", "t\nodd\n", "t\nodd: x\n", "t\nstock: x\n", "t\nfix: x\nfix: y\n"] {
            assert!(Case::parse("m", text).is_err(), "{text}");
        }
    }
}
