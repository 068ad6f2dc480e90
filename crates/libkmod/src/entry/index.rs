//! Indexes, written out.

use std::ffi::c_int;
use std::os::fd::BorrowedFd;

use kmodctl::system::IndexFile;

use crate::core::context::Context;
use crate::core::words;
use crate::entry::guard::{ENOENT, ENOSYS, PANICKED, guard, number};
use crate::entry::pointer::shared;

/// Writes the lines of an index (`enum kmod_index`) to a descriptor.
///
/// # Safety
/// `context` is NULL or a context of the caller's; `descriptor` is one that is open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_dump_index(
    context: *mut Context,
    kind: c_int,
    descriptor: c_int,
) -> c_int {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return ENOSYS };
    let (index, prefix): (_, &[u8]) = match kind {
        0 => (IndexFile::Dependencies, b""),
        1 => (IndexFile::Alias, b"alias "),
        2 => (IndexFile::Symbols, b"alias "),
        3 => (IndexFile::BuiltinAlias, b""),
        4 => (IndexFile::Builtin, b""),
        _ => return ENOENT,
    };
    guard(c"kmod_dump_index", Some(&context.log), PANICKED, || {
        let world = context.world();
        if world.open_index(index).is_err() {
            return ENOSYS;
        }
        let mut text = Vec::new();
        let walked = world.walk_index(index, |key, value| {
            text.extend_from_slice(&[prefix, key, b" ", value.bytes, b"\n"].concat());
        });
        if descriptor >= 0 {
            // SAFETY: by this function's contract the descriptor is open.
            write(unsafe { BorrowedFd::borrow_raw(descriptor) }, &text);
        }
        match walked {
            Ok(()) => 0,
            Err(problem) => {
                words::tell(&context.log, &problem);
                number(&problem)
            }
        }
    })
}

/// Writes what can be written; the caller is not told of the rest, as by kmod.
fn write(descriptor: BorrowedFd<'_>, mut text: &[u8]) {
    while !text.is_empty() {
        match rustix::io::write(descriptor, text) {
            Ok(written) if written > 0 => text = &text[written..],
            Err(rustix::io::Errno::INTR) => {}
            _ => return,
        }
    }
}
