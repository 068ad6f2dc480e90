//! Modules to be loaded at boot: files of modules-load.d and the items of the kernel command line
//! that do the same (modules-load.d(5), systemd-modules-load.service(8)). Which file hides which
//! is [`configuration::select`](crate::configuration::select)'s.

use alloc::vec::Vec;

/// One line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// The module or alias, as it is written.
    pub name: &'a [u8],
}

/// Reads a file: a name a line, blanks and tabs around it dropped; lines that begin with `#` or
/// `;` are comments. A carriage return and a NUL end a line too, and are not counted.
pub fn parse(file: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let numbered = file.split(|&byte| byte == b'\n').enumerate();
    numbered.flat_map(|(place, line)| {
        let parts = line.split(|byte| matches!(byte, b'\r' | 0));
        let lines = parts.map(move |part| Line { number: place + 1, name: trimmed(part) });
        lines.filter(|line| !matches!(line.name.first(), None | Some(b'#' | b';')))
    })
}

fn trimmed(line: &[u8]) -> &[u8] {
    let kept = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = line.iter().position(kept).unwrap_or(line.len());
    let end = line.iter().rposition(kept).map_or(start, |last| last + 1);
    &line[start..end]
}

/// A module that the kernel command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The module or alias, as it is written.
    pub name: Vec<u8>,
    /// It is asked for in the initramfs only (`rd.modules_load=`).
    pub in_initramfs: bool,
}

/// Reads the items `modules_load=NAME,…` and `rd.modules_load=NAME,…` of a kernel command line, in
/// which `-` and `_` of the key are the same, and quotes protect spaces.
pub fn on_command_line(command_line: &[u8]) -> Vec<Requested> {
    items(command_line).iter().flat_map(|item| requested(item)).collect()
}

/// Reads the modules of `module_blacklist=NAME,…`, which the kernel itself refuses, to the byte.
///
/// Source: `kernel/module/main.c`, `blacklisted`.
pub fn refused_by_kernel(command_line: &[u8]) -> Vec<Vec<u8>> {
    let items = items(command_line);
    let lists = items.iter().filter_map(|item| item.strip_prefix(b"module_blacklist="));
    let names = lists.flat_map(|list| list.split(|&byte| byte == b','));
    names.filter(|name| !name.is_empty()).map(Into::into).collect()
}

fn requested(item: &[u8]) -> Vec<Requested> {
    let equals = item.iter().position(|&byte| byte == b'=').unwrap_or(item.len());
    let in_initramfs = item.starts_with(b"rd.");
    let key = item[..equals].strip_prefix(b"rd.").unwrap_or(&item[..equals]);
    if !matches!(key, b"modules_load" | b"modules-load") || equals == item.len() {
        return Vec::new();
    }
    let names = names(&item[equals + 1..]).into_iter().filter(|name| !name.is_empty());
    names.map(|name| Requested { name, in_initramfs }).collect()
}

/// Splits at commas; a backslash makes the byte behind it an ordinary one.
fn names(list: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::from([Vec::new()]);
    let mut bytes = list.iter();
    while let Some(&byte) = bytes.next() {
        let taken = match byte {
            b',' => {
                names.push(Vec::new());
                continue;
            }
            b'\\' => bytes.next().copied().unwrap_or(byte),
            _ => byte,
        };
        names.last_mut().into_iter().for_each(|name| name.push(taken));
    }
    names
}

/// Splits at white space outside quotes, and takes the quotes out.
fn items(command_line: &[u8]) -> Vec<Vec<u8>> {
    let mut items = Vec::from([Vec::new()]);
    let mut quote = None;
    for &byte in command_line {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            (b' ' | b'\t' | b'\n' | b'\r', None) => items.push(Vec::new()),
            _ => items.last_mut().into_iter().for_each(|item| item.push(byte)),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_name_a_module_a_line() {
        let file = b"# comment\n\n  loop \r\n;x\n\tsnd-hda # y\na\rb\0#c\0\x0cd\nlast";
        let found: Vec<_> = parse(file).map(|line| (line.number, line.name)).collect();
        let expected: [(usize, &[u8]); 6] =
            [(3, b"loop"), (5, b"snd-hda # y"), (6, b"a"), (6, b"b"), (6, b"\x0cd"), (7, b"last")];
        assert_eq!(found, expected);
    }

    #[test]
    fn command_lines_ask_for_modules() {
        let table: &[(&str, &[(&str, bool)])] = &[
            ("ro quiet", &[]),
            ("modules_load=a,b-c,,", &[("a", false), ("b-c", false)]),
            ("modules-load=a rd.modules_load=b", &[("a", false), ("b", true)]),
            ("\"modules_load=a,b c\" x", &[("a", false), ("b c", false)]),
            ("modules_load='a' modules_load", &[("a", false)]),
            (r"modules_load=a\b,c\,d,e\\f\", &[("ab", false), ("c,d", false), (r"e\f\", false)]),
            ("xmodules_load=a rd.rd.modules_load=b modules_load.x=c", &[]),
        ];
        for (line, expected) in table {
            let found = on_command_line(line.as_bytes());
            let found: Vec<_> =
                found.iter().map(|item| (&item.name[..], item.in_initramfs)).collect();
            let expected: Vec<_> = expected.iter().map(|(n, r)| (n.as_bytes(), *r)).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn the_kernel_refuses_modules_by_name() {
        let line = b"quiet module_blacklist=a,b-c,,d xmodule_blacklist=e module_blacklist=f\n";
        assert_eq!(refused_by_kernel(line), [&b"a"[..], b"b-c", b"d", b"f"]);
    }
}
