//! Lines of the configuration: where they stand, and how those go that are not ours.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::cures::Fix;
use crate::diagnosis::{OptionLine, Place};

/// Where a line stands.
pub(super) fn place(place: Option<&Place>) -> String {
    match place {
        Some(Place { file, line, .. }) => format!("in {}:{line}", file.escape_ascii()),
        None => "on the kernel command line".into(),
    }
}

/// What takes a line out that is not ours.
pub(super) fn fixes(place: Option<&Place>) -> Vec<Fix> {
    match place {
        Some(place) => {
            let (shown, lines) = (place.file.escape_ascii(), lines(place));
            let words = match own_place(&place.file) {
                Some(own) => format!("cp {shown} {own}, and take {lines} out of the copy"),
                None => format!("take it out of {lines} of {shown} yourself"),
            };
            vec![Fix::Words(words)]
        }
        None => vec![Fix::Words("take it out where the boot loader has it".into())],
    }
}

/// The physical lines of a line, for people.
fn lines(place: &Place) -> String {
    match place.first == place.line {
        true => format!("line {}", place.line),
        false => format!("lines {} to {}", place.first, place.line),
    }
}

/// The same for sed.
fn address(first: usize, last: usize) -> String {
    if first == last { format!("{first}") } else { format!("{first},{last}") }
}

/// Where an administrator's copy hides a vendor's file of the same name, which is never edited. The
/// system may be mounted somewhere.
fn own_place(file: &[u8]) -> Option<String> {
    let mut parts = file.rsplitn(3, |&byte| byte == b'/');
    let (name, directory, above) = (parts.next()?, parts.next()?, parts.next()?);
    let roots: [&[u8]; 3] = [b"/usr/local/lib", b"/usr/lib", b"/lib"];
    let root = roots.iter().find_map(|vendors| above.strip_suffix(*vendors))?;
    let [root, directory, name] = [root, directory, name].map(<[u8]>::escape_ascii);
    Some(format!("{root}/etc/{directory}/{name}"))
}

/// The command that takes a line out of a file of the configuration.
pub(super) fn take_out(place: &Place) -> Fix {
    let script = format!("{}d", address(place.first, place.line));
    edited(place, &script, "takes that line out", "a copy without that line")
}

/// The command that edits the file of a line, or that puts an edited copy of a vendor's in its place.
fn edited(place: &Place, script: &str, done: &str, copied: &str) -> Fix {
    let shown = shell_word(&place.file);
    Fix::Words(match own_place(&place.file) {
        Some(own) => format!(
            "sed {script} {shown} > {} ({copied}, which counts instead)",
            shell_word(own.as_bytes())
        ),
        None => format!("sed -i {script} {shown} ({done})"),
    })
}

/// The command that takes a parameter out of its line, or the whole line out.
pub(super) fn without(option: &OptionLine) -> Fix {
    let others: Vec<&[u8]> = words(option).filter(|word| *word != option.word).collect();
    if others.is_empty() {
        return take_out(&option.place);
    }
    let script = rewritten(option, &others);
    script.map_or_else(
        || by_hand(option),
        |script| {
            edited(
                &option.place,
                &script,
                "takes that parameter out",
                "a copy without that parameter",
            )
        },
    )
}

fn by_hand(option: &OptionLine) -> Fix {
    Fix::Words(format!(
        "take `{}` out of {} of {}",
        option.word.escape_ascii(),
        lines(&option.place),
        option.place.file.escape_ascii()
    ))
}

/// The command that puts the name of a parameter that was meant into its line.
pub(super) fn renamed(option: &OptionLine, name: &[u8], meant: &[u8]) -> Option<Fix> {
    let value = option.word.get(name.len()..)?;
    let right = [meant, value].concat();
    let words: Vec<&[u8]> =
        words(option).map(|word| if word == option.word { &right[..] } else { word }).collect();
    let script = rewritten(option, &words)?;
    let done = "the name that may be meant";
    Some(edited(&option.place, &script, done, "a copy with the name that may be meant"))
}

fn words(option: &OptionLine) -> impl Iterator<Item = &[u8]> {
    option.text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// What has sed put a line `options` with these words in the place of one that may be continued:
/// patterns would not find what is split between two lines, or behind a tab. None where a word means
/// more than itself to sed or the shell.
fn rewritten(option: &OptionLine, words: &[&[u8]]) -> Option<String> {
    let Place { first, line, .. } = option.place;
    let whole = [b"options", option.name.as_bytes(), &words.join(&b' ')].join(&b' ');
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !b"'\"\\".contains(byte);
    let script = format!("'{first}c {}'", whole.escape_ascii());
    let script = match first == line {
        true => script,
        false => format!("-e {script} -e {}d", address(first + 1, line)),
    };
    whole.iter().all(is_plain).then_some(script)
}

/// A word as the shell takes it.
pub(super) fn shell_word(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+:,@".contains(byte);
    let shown = word.escape_ascii().to_string();
    match word.iter().all(is_plain) {
        true => shown,
        false => format!("'{}'", shown.replace("\\'", "'\\''")),
    }
}
