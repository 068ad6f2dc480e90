//! Sessions on real kernels: a text of commands with what each prints, run in two guests, one
//! with our tools and one with kmod 34.2, and compared as a whole.
//!
//! In a session, a line `# COMMAND` is typed; then come the lines it wrote to its standard
//! output as they are, those of its standard error after `! `, and `= N` when its exit code
//! is not 0; sizes of modules are nines. Where kmod 34.2 answers otherwise, its answer follows
//! `theirs:`. `RELEASE` stands for the kernel's release and a line `-- WORDS` says what follows.
//!
//! `KMODCTL_SESSIONS=write` writes what happened into the session instead of comparing;
//! `KMODCTL_TOOLS=theirs` puts kmod 34.2 in the place of our tools.

pub mod altered;
pub mod debian;
pub mod devices;
pub mod diagnosis;
pub mod experiments;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use xtask::guest::{self, Guest, Tools};
use xtask::kernels::Kernel;

const RUNNER: &str = include_str!("runner.sh");
const BEGIN: &str = "-- begin --";
const END: &str = "-- end --";

/// What is done to a guest before it boots.
pub type Change<'a> = dyn Fn(&mut Guest) -> Result<()> + Sync + 'a;

/// A session and what its guests hold.
#[derive(Debug)]
pub struct Session<'a> {
    /// The name of its text in `sessions/`.
    pub name: &'a str,
    /// The kernel to run it on.
    pub kernel: &'a Kernel,
    /// Modules of the kernel that its tree has, besides those they need.
    pub modules: &'a [&'a str],
    /// Further files, by their path in the guest; in the place of the kernel's own.
    pub files: &'a [(String, Vec<u8>)],
    /// Words for the kernel's command line.
    pub append: &'a str,
}

impl Session<'_> {
    /// Runs the session with both tools and panics with both texts when it goes otherwise.
    pub fn check(&self) {
        self.check_with(&|_| Ok(()));
    }

    /// The same in guests that are changed before they boot.
    pub fn check_with(&self, change: &Change<'_>) {
        let (expected, found) = self.run(change).unwrap_or_else(|error| panic!("{error:#}"));
        if std::env::var("KMODCTL_SESSIONS").as_deref() == Ok("write") {
            fs::write(self.file(), found).unwrap_or_else(|error| panic!("{error}"));
            return;
        }
        assert!(expected == found, "{}\n{}", self.file().display(), differences(&expected, &found));
    }

    fn run(&self, change: &Change<'_>) -> Result<(String, String)> {
        let file = self.file();
        let expected = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let script = script(&expected);
        let (ours, theirs) = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| self.answers(Tools::Theirs, &script, change));
            let ours = match std::env::var("KMODCTL_TOOLS").as_deref() {
                Ok("theirs") => None,
                _ => Some(self.answers(Tools::Ours, &script, change)),
            };
            (ours, theirs.join())
        });
        let theirs = theirs.map_err(|_| anyhow::anyhow!("the guest with kmod 34.2 panicked"))??;
        let ours = ours.transpose()?.unwrap_or_else(|| theirs.clone());
        Ok((expected.clone(), together(&expected, &ours, &theirs)?))
    }

    fn file(&self) -> PathBuf {
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sessions");
        directory.join(format!("{}.txt", self.name))
    }

    /// What each command of the script printed, in order.
    fn answers(&self, tools: Tools, script: &str, change: &Change<'_>) -> Result<Vec<String>> {
        let mut guest = Guest::new(self.kernel, tools)?;
        change(&mut guest)?;
        for (path, content) in self.files {
            guest.image.file(path, content);
        }
        guest.add_modules(self.kernel, self.modules)?;
        guest.append(self.append);
        let mut command = guest.command(&format!("{}-{tools:?}", self.name), script)?;
        let text = guest::run(&mut command)?.replace(&self.kernel.release, "RELEASE");
        let (_, text) =
            text.split_once(&format!("{BEGIN}\n")).context("the guest did not begin")?;
        let ended = text.split_once(&format!("{END}\n"));
        let (text, _) = ended.with_context(|| format!("the guest stopped early:\n{text}"))?;
        Ok(text.split_terminator("\0").map(str::to_owned).collect())
    }
}

/// The commands of a session as a script that ends each answer with a zero byte.
fn script(session: &str) -> String {
    let mut script = format!("{RUNNER}\necho '{BEGIN}'\n");
    for command in commands(session) {
        script += &format!("run '{}'\n", command.replace('\'', r"'\''"));
    }
    script + &format!("echo '{END}'\n")
}

fn commands(session: &str) -> impl Iterator<Item = &str> {
    session.lines().filter_map(|line| line.strip_prefix("# "))
}

/// The session's text with the answers that were given.
fn together(session: &str, ours: &[String], theirs: &[String]) -> Result<String> {
    let count = commands(session).count();
    ensure!(ours.len() == count, "{count} commands and {} of our answers", ours.len());
    ensure!(theirs.len() == count, "{count} commands and {} of their answers", theirs.len());
    let mut answers = ours.iter().zip(theirs);
    let mut text = String::new();
    for line in session.lines() {
        if line.starts_with("-- ") {
            let gap = if text.is_empty() { "" } else { "\n" };
            text += &format!("{gap}{line}\n");
        } else if line.starts_with("# ") {
            let (ours, theirs) = answers.next().context("too few answers")?;
            text += &format!("{line}\n{}", without_sizes(ours));
            if ours != theirs {
                text += &format!("theirs:\n{}", without_sizes(theirs));
            }
        }
    }
    Ok(text)
}

/// The answer with nines for the sizes that `lsmod` shows: they differ between kernels.
fn without_sizes(answer: &str) -> String {
    let mut text = String::new();
    for line in answer.split_inclusive('\n') {
        let mut words = line.split_whitespace().skip(1);
        let numbers = (words.next().map(str::parse::<u64>), words.next().map(str::parse::<u64>));
        match numbers {
            (Some(Ok(size)), Some(Ok(_))) => {
                let size = size.to_string();
                text += &line.replacen(&size, &"9".repeat(size.len()), 1);
            }
            _ => text += line,
        }
    }
    text
}

/// The lines that are in one text only, each after the last command before it.
fn differences(expected: &str, found: &str) -> String {
    let blocks = |text: &str| text.split("\n# ").map(str::to_owned).collect::<Vec<_>>();
    let (expected, found) = (blocks(expected), blocks(found));
    let mut shown = String::new();
    for (expected, found) in expected.iter().zip(&found).filter(|(a, b)| a != b) {
        shown += &format!("---- expected\n# {expected}\n---- found\n# {found}\n");
    }
    shown
}
