//! Lines of the configuration that are not ours: where they stand, and how they go.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::telling::Fix;

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
