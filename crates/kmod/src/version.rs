//! What `--version` prints. Scripts take the number from the first line and look for words such as
//! `+XZ` in the second.

use crate::ended::Ended;
use crate::output::Output;

/// The version of kmod whose behaviour this is, and what module files may be compressed with.
/// `+OPENSSL` says that PKCS#7 signatures are read, though no OpenSSL is used for it; `+KMODCTL`
/// tells us from kmod.
const TEXT: &[u8] = b"kmod version 34.2\n+ZSTD +XZ +ZLIB +OPENSSL +KMODCTL\n";

/// Prints the version.
pub(crate) fn show(output: &mut Output) -> Result<(), Ended> {
    output.write(&[TEXT])
}
