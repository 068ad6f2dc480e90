//! What the kernel itself keeps out by its command line: modules, whoever loads them, and functions
//! of what is built in. What kmod takes from there is known in [`crate::kernel_command_line`].

/// The modules of `module_blacklist=`, as they are written (`kernel/module/main.c`).
pub fn modules(command_line: &[u8]) -> impl Iterator<Item = &[u8]> {
    values(command_line, b"module_blacklist=")
}

/// The functions of `initcall_blacklist=` (`init/main.c`).
pub fn initcalls(command_line: &[u8]) -> impl Iterator<Item = &[u8]> {
    values(command_line, b"initcall_blacklist=")
}

fn values<'a>(command_line: &'a [u8], key: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    command_line
        .split(u8::is_ascii_whitespace)
        .filter_map(move |item| item.strip_prefix(key))
        .flat_map(|list| list.split(|&byte| byte == b','))
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn items_are_lists() {
        let line = b"ro module_blacklist=a,b-c, initcall_blacklist=f module_blacklist=d\n";
        assert_eq!(modules(line).collect::<Vec<_>>(), [&b"a"[..], b"b-c", b"d"]);
        assert_eq!(initcalls(line).collect::<Vec<_>>(), [b"f"]);
    }
}
