//! Lines of the configuration: where they stand, and how those go that are not ours.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::cures::Fix;
use crate::diagnosis::{OptionLine, Place};

/// Where a line stands.
pub(super) fn place(place: Option<&(Vec<u8>, usize)>) -> String {
    match place {
        Some((file, line)) => format!("in {}:{line}", file.escape_ascii()),
        None => "on the kernel command line".into(),
    }
}

/// What takes a line out that is not ours.
pub(super) fn fixes(place: Option<&(Vec<u8>, usize)>) -> Vec<Fix> {
    match place {
        Some((file, line)) => {
            let shown = file.escape_ascii();
            let words = match own_place(file) {
                Some(own) => format!("cp {shown} {own}, and take line {line} out of the copy"),
                None => format!("take it out of line {line} of {shown} yourself"),
            };
            vec![Fix::Words(words)]
        }
        None => vec![Fix::Words("take it out where the boot loader has it".into())],
    }
}

/// Where an administrator's copy hides a vendor's file of the same name, which is never edited.
fn own_place(file: &[u8]) -> Option<String> {
    let mut parts = file.rsplit(|&byte| byte == b'/');
    let (name, directory) = (parts.next()?, parts.next()?);
    let is_vendors = parts.next() == Some(b"lib");
    let own = || format!("/etc/{}/{}", directory.escape_ascii(), name.escape_ascii());
    is_vendors.then(own)
}

/// The command that takes a line out of a file of the configuration.
pub(super) fn take_out(file: &[u8], line: usize) -> Fix {
    let shown = shell_word(file);
    Fix::Words(match own_place(file) {
        Some(own) => format!(
            "sed {line}d {shown} > {} (a copy without that line, which counts instead)",
            shell_word(own.as_bytes())
        ),
        None => format!("sed -i {line}d {shown} (takes that line out)"),
    })
}

/// The command that takes a parameter out of its line, or the whole line out.
pub(super) fn without(option: &OptionLine) -> Fix {
    let Place { file, line } = &option.place;
    match &option.among_others {
        None => take_out(file, *line),
        Some(word) if is_plain(word) => Fix::Words(format!(
            "sed -i '{line}s/ {}//' {} (takes that parameter out)",
            word.escape_ascii(),
            shell_word(file)
        )),
        Some(word) => Fix::Words(format!(
            "take `{}` out of line {line} of {}",
            word.escape_ascii(),
            file.escape_ascii()
        )),
    }
}

/// The command that puts the name of a parameter that was meant into its line.
pub(super) fn renamed(option: &OptionLine, name: &[u8], meant: &[u8]) -> Option<Fix> {
    let Place { file, line } = &option.place;
    let is_ours = own_place(file).is_none() && is_plain(name) && is_plain(meant);
    is_ours.then(|| {
        Fix::Words(format!(
            "sed -i '{line}s/ {}/ {}/' {} (the name that may be meant)",
            name.escape_ascii(),
            meant.escape_ascii(),
            shell_word(file)
        ))
    })
}

/// Whether a parameter, perhaps with its value, means itself to sed.
fn is_plain(word: &[u8]) -> bool {
    word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_=,:+-".contains(byte))
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
