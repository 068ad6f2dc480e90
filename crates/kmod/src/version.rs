//! What `--version` prints. Scripts take the number from the first line and look for words such as
//! `+XZ` in the second.

use crate::ended::Ended;
use crate::output::Output;

/// The version of kmod whose behaviour this is, and what module files may be compressed with. The
/// last word says that PKCS#7 signatures are read; no OpenSSL is used for it.
const TEXT: &str = concat!(
    "kmod version 34.2\n",
    "+ZSTD +XZ +ZLIB +OPENSSL (kmodctl ",
    env!("CARGO_PKG_VERSION"),
    ")\n"
);

/// Prints the version.
pub(crate) fn show(output: &mut Output) -> Result<(), Ended> {
    output.write(&[TEXT.as_bytes()])
}
