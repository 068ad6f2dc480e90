//! File systems that are to be mounted, by fstab(5), and the character sets of those that are.

use kmodctl_decide::want::{Sign, Want};
use kmodctl_format::octal::unescaped;

use super::{LIMIT, request};
use crate::file::read_start;
use crate::mountinfo;
use crate::place::joined;

/// The lines of a fstab that name a type of file system.
pub(super) fn fstab(file: &[u8]) -> Vec<Want> {
    let text = read_start(file, LIMIT).unwrap_or_default();
    let want = |(index, line): (usize, &[u8])| {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (source, at, kind) = (words.next()?, words.next()?, words.next()?);
        // `none` is for what is bound elsewhere, and of several types nobody knows which it will be.
        let is_kind = !matches!(kind, b"auto" | b"none" | b"swap") && !kind.contains(&b',');
        let sign = Sign::Fstab { file: file.to_vec(), line: index + 1, at: unescaped(at) };
        let kind = kind.split(|&byte| byte == b'.').next()?;
        (is_kind && !source.starts_with(b"#")).then(|| Want { request: request("fs-", kind), sign })
    };
    text.split(|&byte| byte == b'\n').enumerate().filter_map(want).collect()
}

/// The character sets that mounts name, and the kernel loads tables for: `iocharset=` and
/// `codepage=`, whose numbers are of IBM's tables (`fs/fat/inode.c`).
pub(super) fn charsets(proc: &[u8]) -> Vec<Want> {
    let mut wants = Vec::new();
    for mounted in mountinfo::read(&joined(proc, b"self")) {
        for option in mounted.options.split(|&byte| byte == b',') {
            let name = match option.strip_prefix(b"codepage=") {
                Some(number) if number.iter().all(u8::is_ascii_digit) => request("cp", number),
                Some(name) => name.to_vec(),
                None => match option.strip_prefix(b"iocharset=") {
                    Some(name) => name.to_vec(),
                    None => continue,
                },
            };
            let sign = Sign::Charset { at: mounted.at.clone(), option: option.to_vec() };
            wants.push(Want { request: request("nls_", &name), sign });
        }
    }
    wants
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn only_lines_with_a_type_count() {
        let tree = Tree::new();
        tree.write(
            "fstab",
            "# /dev/sda / ext4\n#x /y z\n/dev/sda / ext4 defaults 0 1\n/x\t/y  none bind\n\
             /dev/sdb none swap sw\nLABEL=a /a auto ro\n/dev/c /c vfat,ext2\nh:/ /s\\040t fuse.sshfs\nodd\n",
        );
        assert_eq!(told(&fstab(&tree.bytes("fstab"))), ["fs-ext4: 3 /", "fs-fuse: 8 /s t"]);
        assert_eq!(told(&fstab(&tree.bytes("none"))), [""; 0]);
    }

    #[test]
    fn character_sets_are_options_of_mounts() {
        let tree = Tree::new();
        tree.write(
            "proc/self/mountinfo",
            "1 0 8:1 / /boot/efi rw - vfat /dev/sda1 rw,codepage=437,iocharset=ascii,errors=ro\n\
             2 1 8:2 / / rw - ext4 /dev/sda2 rw\n",
        );
        let expected =
            ["nls_cp437: /boot/efi codepage=437", "nls_ascii: /boot/efi iocharset=ascii"];
        assert_eq!(told(&charsets(&tree.bytes("proc"))), expected);
    }
}
