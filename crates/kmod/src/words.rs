//! Texts of error numbers: the C library's, and what modprobe and insmod make of a refusal.

use kmodctl::decide::Errno;

/// The C library's text of an error number: `No such file or directory`.
pub(crate) fn errno_text(errno: Errno) -> Vec<u8> {
    let text = std::io::Error::from_raw_os_error(errno.0).to_string();
    let end = text.rfind(" (os error ").unwrap_or(text.len());
    text.as_bytes()[..end].to_vec()
}

/// What modprobe says of a module that could not be inserted.
pub(crate) fn modprobe_text(errno: Errno) -> Vec<u8> {
    match errno {
        Errno::EEXIST => b"Module already in kernel".to_vec(),
        Errno::ENOENT => b"Unknown symbol in module, or unknown parameter (see dmesg)".to_vec(),
        _ => errno_text(errno),
    }
}

/// What insmod says of a module that could not be inserted.
pub(crate) fn insmod_text(errno: Errno) -> Vec<u8> {
    match errno {
        Errno::ENOEXEC => b"Invalid module format".to_vec(),
        Errno::ENOENT => b"Unknown symbol in module".to_vec(),
        Errno::ESRCH => b"Module has wrong symbol version".to_vec(),
        Errno::EINVAL => b"Invalid parameters".to_vec(),
        _ => errno_text(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_has_its_own_words() {
        let table = [
            (1, "Operation not permitted", "Operation not permitted", "Operation not permitted"),
            (
                2,
                "No such file or directory",
                "Unknown symbol in module, or unknown parameter (see dmesg)",
                "Unknown symbol in module",
            ),
            (3, "No such process", "No such process", "Module has wrong symbol version"),
            (8, "Exec format error", "Exec format error", "Invalid module format"),
            (17, "File exists", "Module already in kernel", "File exists"),
            (22, "Invalid argument", "Invalid argument", "Invalid parameters"),
            (
                129,
                "Key was rejected by service",
                "Key was rejected by service",
                "Key was rejected by service",
            ),
            (524, "Unknown error 524", "Unknown error 524", "Unknown error 524"),
        ];
        for (number, plain, modprobe, insmod) in table {
            let errno = Errno(number);
            assert_eq!(errno_text(errno), plain.as_bytes());
            assert_eq!(modprobe_text(errno), modprobe.as_bytes());
            assert_eq!(insmod_text(errno), insmod.as_bytes());
        }
    }
}
