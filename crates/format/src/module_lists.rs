//! The lists that a kernel's build leaves in the module directory: `modules.order` and
//! `modules.builtin`. Source: `Documentation/kbuild/kbuild.rst`.

use crate::ModuleName;

/// The lines of `modules.order`: paths below the module directory, uncompressed.
///
/// The last line counts even where its newline is missing.
pub fn ordered(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    file.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

/// The modules of `modules.builtin` in its order, or a line that does not begin with a letter (and
/// with its newline).
///
/// As kmod has it, a line's newline belongs to a name that has no dot.
pub fn builtin(file: &[u8]) -> impl Iterator<Item = Result<ModuleName, &[u8]>> {
    file.split_inclusive(|&byte| byte == b'\n').map(|line| match line.first() {
        Some(first) if first.is_ascii_alphabetic() => Ok(ModuleName::of_path(line)),
        _ => Err(line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_last_line_counts_without_its_newline() {
        let found: Vec<_> = ordered(b"k/a.ko\n\nk/b.ko\nk/c.ko").collect();
        assert_eq!(found, [&b"k/a.ko"[..], b"k/b.ko", b"k/c.ko"]);
        assert_eq!(ordered(b"").count(), 0);
    }

    #[test]
    fn builtin_modules_are_named_as_kmod_names_them() {
        let file = b"kernel/a-b.ko\n kernel/c.ko\n\nkernel/d.ko.xz\nKernel/\n1.ko\nkernel/last";
        let found: Vec<_> = builtin(file).collect();
        let name = |name: &str| Ok(ModuleName::verbatim(name));
        let expected = [
            name("a_b"),
            Err(&b" kernel/c.ko\n"[..]),
            Err(b"\n"),
            name("d"),
            name("\n"),
            Err(b"1.ko\n"),
            name("last"),
        ];
        assert_eq!(found, expected);
    }
}
