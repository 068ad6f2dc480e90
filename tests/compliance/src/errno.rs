//! The errnos that scenarios name.

/// The number of an errno's name.
pub fn errno(name: &str) -> Result<i32, String> {
    Ok(match name {
        "OK" => 0,
        "E2BIG" => libc::E2BIG,
        "EAGAIN" => libc::EAGAIN,
        "EBADMSG" => libc::EBADMSG,
        "EBUSY" => libc::EBUSY,
        "EEXIST" => libc::EEXIST,
        "EINVAL" => libc::EINVAL,
        "EKEYREJECTED" => libc::EKEYREJECTED,
        "ENODEV" => libc::ENODEV,
        "ENOENT" => libc::ENOENT,
        "ENOEXEC" => libc::ENOEXEC,
        "ENOKEY" => libc::ENOKEY,
        "ENOMEM" => libc::ENOMEM,
        "ENOSYS" => libc::ENOSYS,
        "EPERM" => libc::EPERM,
        "ESRCH" => libc::ESRCH,
        "ETXTBSY" => libc::ETXTBSY,
        _ => return Err(format!("unknown errno {name}")),
    })
}
