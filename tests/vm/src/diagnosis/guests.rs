//! The guests of a kernel: in one everything is broken and, where that can be, cured; the other one
//! is started with the cured command line, and shows what only a restart cures.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use xtask::guest::{self, Guest, Tools};
use xtask::holders;
use xtask::kernels::Kernel;

use super::{Case, files};
use crate::{BEGIN, END, RUNNER};

const CASES: &str = include_str!("cases.sh");

/// The usual network, and a sound card, whose driver may be any.
const HARDWARE: [&str; 6] = [
    "-device",
    "e1000e,netdev=net,romfile=",
    "-audiodev",
    "none,id=none",
    "-device",
    "AC97,audiodev=none",
];

/// What was told of the parts of a case: `stock`, `kmodctl`, `fix`, `trouble`.
pub(super) type Told = BTreeMap<String, String>;

/// What cases come to on a kernel, by their names.
pub(super) fn run(
    series: &str,
    kernel: &Kernel,
    cases: &[&Case],
) -> Result<BTreeMap<String, Told>> {
    let files = files::of(kernel)?;
    let other = files::other(kernel)?.release;
    let boot = |name: &str, words: &str, script: &str| -> Result<Vec<(String, String, String)>> {
        let mut guest = Guest::new(kernel, Tools::Ours)?;
        guest.add_stock()?;
        holders::add(&mut guest.image)?;
        guest.hardware(&HARDWARE);
        for (path, content) in &files {
            guest.image.file(path, content);
        }
        guest.append(words);
        let script = format!("{RUNNER}\n{CASES}\necho '{BEGIN}'\n{script}echo '{END}'\n");
        let mut command = guest.command(&format!("diagnosis-{series}-{name}"), &script)?;
        let text = guest::run(&mut command)?.replace(&kernel.release, "RELEASE");
        pieces(&text.replace(&other, "OTHER-RELEASE"))
    };
    let mut told = BTreeMap::<String, Told>::new();
    let mut add = |pieces: Vec<(String, String, String)>| {
        for (case, part, text) in pieces {
            told.entry(case).or_default().entry(part).or_default().push_str(&text);
        }
    };
    let words =
        |heading| cases.iter().map(|case| case.words(heading)).collect::<Vec<_>>().join(" ");
    add(boot("broken", &words("command line"), &broken(cases))?);
    let cured = cured(cases);
    if !cured.is_empty() {
        add(boot("cured", &words("cured command line"), &cured)?);
    }
    Ok(told)
}

fn broken(cases: &[&Case]) -> String {
    let script = |case: &&Case| {
        let works = match case.needs_restart() {
            true => String::new(),
            false => format!("must works {}\n", quoted(case.lines("works"))),
        };
        format!(
            "case={}\nmust broken {}\nmust_not {}\nstock {}\nask kmodctl {}\ncure {}\n{works}restore\n",
            case.name,
            quoted(case.lines("broken")),
            quoted(case.lines("works")),
            quoted(case.words("stock")),
            quoted(case.words("kmodctl")),
            quoted(case.lines("by hand").trim_end()),
        )
    };
    cases.iter().map(script).collect()
}

fn cured(cases: &[&Case]) -> String {
    let restarted = cases.iter().filter(|case| case.needs_restart());
    let script = |case: &&Case| {
        format!("case={}\nmust works {}\nrestore\n", case.name, quoted(case.lines("works")))
    };
    restarted.map(script).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Takes a guest's text apart: case, part and text.
fn pieces(text: &str) -> Result<Vec<(String, String, String)>> {
    let (_, text) = text.split_once(&format!("{BEGIN}\n")).context("the guest did not begin")?;
    let ended = text.split_once(&format!("{END}\n"));
    let (text, _) = ended.with_context(|| format!("the guest stopped early:\n{text}"))?;
    let mut pieces = Vec::new();
    for piece in text.split_terminator('\0') {
        let (head, told) = piece.split_once('\n').context("a piece without a head")?;
        let (case, part) = head.split_once(' ').with_context(|| format!("odd head: {head}"))?;
        ensure!(["stock", "kmodctl", "fix", "trouble"].contains(&part), "odd part: {part}");
        pieces.push((case.to_owned(), part.to_owned(), settled(told)));
    }
    Ok(pieces)
}

/// The text with `N` for numbers that differ each time: of processes, of bytes in files, addresses.
fn settled(text: &str) -> String {
    let mut text = text.to_owned();
    for before in ["process ", "kill ", "nsenter -t ", "(byte ", "ctx=0x"] {
        let mut parts = text.split(before);
        let mut settled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_hexadecimal = before.ends_with("0x");
            let rest = part.trim_start_matches(|letter: char| {
                letter.is_ascii_digit() || (is_hexadecimal && letter.is_ascii_hexdigit())
            });
            let number = if rest.len() < part.len() { "N" } else { "" };
            settled += &format!("{before}{number}{rest}");
        }
        text = settled;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_taken_apart() {
        let text = "x\n-- begin --\na stock\n! no\n= 1\n\0a fix\nkill 12 (process 12)\0-- end --\n";
        let expected = [("a", "stock", "! no\n= 1\n"), ("a", "fix", "kill N (process N)")];
        let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(pieces(text).unwrap(), expected);
        assert!(pieces("-- begin --\na stock\n").is_err());
    }
}
