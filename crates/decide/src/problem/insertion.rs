//! What the error numbers of a refused insertion mean.

use alloc::format;
use alloc::string::{String, ToString};

use crate::errno::Errno;

const EBADMSG: Errno = Errno(74);
const EKEYREJECTED: Errno = Errno(129);
const ENOKEY: Errno = Errno(126);

pub(super) fn code(errno: Errno) -> &'static str {
    match errno {
        Errno::EEXIST => "already-loaded",
        Errno::EINVAL => "bad-parameter-or-module",
        Errno::ENODEV => "no-device",
        Errno::ENOENT => "unknown-symbol",
        Errno::ENOEXEC => "wrong-format",
        Errno::EPERM => "not-permitted",
        Errno::ESRCH => "wrong-symbol-version",
        EBADMSG => "bad-signature",
        EKEYREJECTED | ENOKEY => "key-refused",
        _ => "insert-refused",
    }
}

pub(super) fn cause(errno: Errno) -> String {
    let known = match errno {
        Errno::EEXIST => "it is in the kernel already",
        Errno::EINVAL => "a parameter or the module itself is not valid",
        Errno::ENODEV => "the hardware that it drives is not there",
        Errno::ENOENT => {
            "it needs a symbol that no loaded module has, or names an unknown parameter"
        }
        Errno::ENOEXEC => "it was built for another kernel, or is no module",
        Errno::EPERM => "you may not load modules, or the kernel is locked down or blacklists it",
        Errno::ESRCH => "a symbol it needs has another version",
        EBADMSG => "its signature is malformed",
        EKEYREJECTED | ENOKEY => "signatures are enforced, and no key the kernel trusts signed it",
        errno => return format!("errno {}", errno.0),
    };
    known.to_string()
}

pub(super) fn fix(errno: Errno) -> &'static str {
    match errno {
        Errno::ENOENT => "load what it needs with modprobe; the kernel log names the symbol",
        Errno::ENOEXEC | Errno::ESRCH => "build or install it for the running kernel",
        Errno::EPERM => "become root, or look for lockdown and module_blacklist= with dmesg",
        EBADMSG | EKEYREJECTED | ENOKEY => "sign it with a key that is enrolled, or enrol its key",
        _ => "read the kernel log: dmesg says more",
    }
}
