//! Lines of the configuration: where they stand, and how those go that are not ours.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::cures::Fix;

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

/// A word as the shell takes it.
pub(super) fn shell_word(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+:,@".contains(byte);
    let shown = word.escape_ascii().to_string();
    match word.iter().all(is_plain) {
        true => shown,
        false => format!("'{}'", shown.replace("\\'", "'\\''")),
    }
}
