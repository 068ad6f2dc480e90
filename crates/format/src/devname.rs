//! `modules.devname`: the device nodes that load a module when they are opened, and how
//! `kmod static-nodes` writes them.

use crate::scanf::{after_space, is_space, number};
use alloc::vec::Vec;

/// A device node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceNode {
    /// The module it loads.
    pub module: Vec<u8>,
    /// Its path below `/dev`.
    pub name: Vec<u8>,
    /// What kind of device it is.
    pub kind: Kind,
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
}

/// The kind of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A block device, `b`.
    Block,
    /// A character device, `c`.
    Character,
}

/// Reads the file: each line that is no comment is a node, or the line itself when it is no
/// `MODULE NAME TYPEmajor:minor`.
///
/// Numbers are read as scanf(3) does: blanks and a sign may stand before them, and only 32 bits
/// are kept. What follows the minor number is not looked at.
pub fn parse(file: &[u8]) -> impl Iterator<Item = Result<DeviceNode, &[u8]>> {
    let file = file.strip_suffix(b"\n").unwrap_or(file);
    let lines = file.split(|&byte| byte == b'\n').filter(move |_| !file.is_empty());
    lines.filter(|line| !line.starts_with(b"#")).map(|line| node(line).ok_or(line))
}

/// Appends the three lines and the headline that a person reads.
pub fn write_human(node: &DeviceNode, output: &mut Vec<u8>) {
    let kind: &[u8] = match node.kind {
        Kind::Block => b"block device",
        Kind::Character => b"character device",
    };
    let parts: [&[u8]; 11] = [
        b"Module: ",
        &node.module,
        b"\n\tDevice node: /dev/",
        &node.name,
        b"\n\t\tType: ",
        kind,
        b"\n\t\tMajor: ",
        &decimal(node.major),
        b"\n\t\tMinor: ",
        &decimal(node.minor),
        b"\n",
    ];
    output.extend_from_slice(&parts.concat());
}

/// Appends lines of tmpfiles.d(5): its directory where it has one, then the node.
pub fn write_tmpfiles(node: &DeviceNode, output: &mut Vec<u8>) {
    if let Some(slash) = node.name.iter().rposition(|&byte| byte == b'/') {
        output.extend_from_slice(&[b"d /dev/", &node.name[..slash], b" 0755 - - -\n"].concat());
    }
    let (major, minor) = (decimal(node.major), decimal(node.minor));
    let parts: [&[u8]; 8] = [
        &[node.kind.letter()],
        b"! /dev/",
        &node.name,
        b" 0600 - - - ",
        &major,
        b":",
        &minor,
        b"\n",
    ];
    output.extend_from_slice(&parts.concat());
}

/// Appends the line of `modules.devname`.
pub fn write_devname(node: &DeviceNode, output: &mut Vec<u8>) {
    let (major, minor) = (decimal(node.major), decimal(node.minor));
    let number = [&[node.kind.letter()], &major[..], b":", &minor].concat();
    output.extend_from_slice(&[&node.module[..], &node.name, &number].join(&b' '));
    output.push(b'\n');
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::Block => b'b',
            Self::Character => b'c',
        }
    }
}

/// What an alias of a module says of a device's number: `char-major-10-234`, `block-major-7-0`.
///
/// Numbers are read as in the file; both must be there. What follows the minor number is not
/// looked at.
pub fn device_of_alias(alias: &[u8]) -> Option<(Kind, u32, u32)> {
    let (kind, numbers) = match alias.strip_prefix(b"char-major-") {
        Some(numbers) => (Kind::Character, numbers),
        None => (Kind::Block, alias.strip_prefix(b"block-major-")?),
    };
    let (major, rest) = number(numbers)?;
    let (minor, _) = number(rest.strip_prefix(b"-")?)?;
    Some((kind, major, minor))
}

fn node(line: &[u8]) -> Option<DeviceNode> {
    let (module, rest) = word(line)?;
    let (name, rest) = word(rest)?;
    let (kind, rest) = after_space(rest).split_first()?;
    let kind = match kind {
        b'b' => Kind::Block,
        b'c' => Kind::Character,
        _ => return None,
    };
    let (major, rest) = number(rest)?;
    let (minor, _) = number(rest.strip_prefix(b":")?)?;
    Some(DeviceNode { module: module.into(), name: name.into(), kind, major, minor })
}

fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = after_space(text);
    let end = text.iter().position(|&byte| is_space(byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn decimal(number: u32) -> Vec<u8> {
    alloc::format!("{number}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    /// Lines and what `kmod static-nodes -f devname` makes of them.
    #[test]
    fn lines_are_read_as_scanf_does() {
        let table = [
            ("btrfs btrfs-control c10:234", Some("btrfs btrfs-control c10:234\n")),
            ("x a/b b7:0 more", Some("x a/b b7:0\n")),
            (" a\tb  c 1: +2x", Some("a b c1:2\n")),
            ("m n c-1:99999999999", Some("m n c4294967295:1215752191\n")),
            ("m n b08:010", Some("m n b8:10\n")),
            ("", None),
            ("bad", None),
            ("m n d1:2", None),
            ("m n c1 :2", None),
            ("m n c1", None),
            ("m n c1:", None),
            ("  # x y c1:2", None),
        ];
        for (line, expected) in table {
            let file = [b"#\n", line.as_bytes(), b"\n"].concat();
            let read: Vec<_> = parse(&file).collect();
            let written = read[0].as_ref().ok().map(|node| written(node, write_devname));
            assert_eq!((read.len(), written.as_deref()), (1, expected), "{line}");
        }
    }

    #[test]
    fn nodes_are_written_in_three_forms() {
        let nodes: Vec<_> =
            parse(b"snd_seq snd/seq c116:1\nfuse fuse b10:229\n").flatten().collect();
        let human = "Module: snd_seq\n\tDevice node: /dev/snd/seq\n\t\tType: character device\n\
                     \t\tMajor: 116\n\t\tMinor: 1\n";
        assert_eq!(written(&nodes[0], write_human), human);
        let tmpfiles = "d /dev/snd 0755 - - -\nc! /dev/snd/seq 0600 - - - 116:1\n";
        assert_eq!(written(&nodes[0], write_tmpfiles), tmpfiles);
        assert_eq!(written(&nodes[1], write_tmpfiles), "b! /dev/fuse 0600 - - - 10:229\n");
    }

    /// Aliases and what kmod 34.2 makes of them.
    #[test]
    fn aliases_tell_numbers_of_devices() {
        let table = [
            ("char-major-10-234", Some((Kind::Character, 10, 234))),
            ("block-major-1-2", Some((Kind::Block, 1, 2))),
            ("char-major-10-7x", Some((Kind::Character, 10, 7))),
            ("char-major- 7- 8", Some((Kind::Character, 7, 8))),
            ("char-major-+7-+8", Some((Kind::Character, 7, 8))),
            ("char-major-10--1", Some((Kind::Character, 10, u32::MAX))),
            ("char-major-10-*", None),
            ("char_major_7-8", None),
            ("block-major-7", None),
        ];
        for (alias, expected) in table {
            assert_eq!(device_of_alias(alias.as_bytes()), expected, "{alias}");
        }
    }

    fn written(node: &DeviceNode, write: fn(&DeviceNode, &mut Vec<u8>)) -> String {
        let mut output = Vec::new();
        write(node, &mut output);
        String::from_utf8(output).unwrap()
    }
}
