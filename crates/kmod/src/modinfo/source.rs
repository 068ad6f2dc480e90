//! Which operands of modinfo are files, and what is told of a file that cannot be unpacked. What is
//! in a file is read in `system`.

use kmodctl::decide::Problem;
use kmodctl::format::suffix::Codec;

use crate::log::to_stderr;
use crate::{path, problems};

/// Whether an operand is a module file by its name and by what is there; anything else is looked up.
pub(super) fn is_module_file(operand: &[u8]) -> bool {
    const SUFFIXES: [&[u8]; 4] = [b".ko", b".ko.gz", b".ko.xz", b".ko.zst"];
    SUFFIXES.iter().any(|suffix| operand.ends_with(suffix)) && path::is_regular(operand)
}

/// Tells what kmod's library would of a file that cannot be unpacked; modinfo leaves it to the
/// library's own form.
pub(super) fn tell(problem: &Problem) {
    if let Problem::ModulePacked { codec, fault, .. } = problem {
        let function: &[u8] = match codec {
            Codec::Gzip => b"kmod_file_load_zlib: ",
            Codec::Xz => b"xz_uncompress_belch: ",
            Codec::Zstd => b"kmod_file_load_zstd: ",
        };
        to_stderr(&[b"libkmod: ERROR: ", function, &problems::unpacking(*codec, *fault)]);
    }
}
