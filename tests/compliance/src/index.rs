//! What a binary index (`modules.*.bin`) says, whatever the order of its nodes: every key with
//! its values and their priorities. Reads only what is well formed; it searches nothing.

use std::fmt::Write as _;

/// The first eight bytes of every index: the magic number and version 2.1.
const HEADER: [u8; 8] = [0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1];
const PREFIX: u32 = 0x8000_0000;
const VALUES: u32 = 0x4000_0000;
const CHILDREN: u32 = 0x2000_0000;
/// Nodes and bytes of keys that are more than any index of a distribution has.
const MOST: usize = 1 << 22;

/// Whether the bytes begin as an index does.
pub fn is_index(bytes: &[u8]) -> bool {
    bytes.starts_with(&HEADER)
}

/// One line a value, `KEY PRIORITY VALUE`, sorted by key; the values of a key in the order in
/// which they stand. The error names what is damaged.
pub fn dump(bytes: &[u8]) -> Result<String, String> {
    if !is_index(bytes) {
        return Err("not an index".into());
    }
    let mut lines = Vec::new();
    let mut nodes = vec![(Vec::new(), word(bytes, 8)?)];
    let mut visited = 0;
    while let Some((key, reference)) = nodes.pop() {
        visited += 1;
        if visited > MOST || key.len() > MOST {
            return Err("more nodes than there can be".into());
        }
        if reference & (PREFIX | VALUES | CHILDREN) != 0 {
            read_node(bytes, key, reference, &mut nodes, &mut lines)?;
        }
    }
    // A stable sort: the values of a key keep their order.
    lines.sort_by(|one: &(Vec<u8>, String), other| one.0.cmp(&other.0));
    Ok(lines.into_iter().map(|(_, line)| line + "\n").collect())
}

type Nodes = Vec<(Vec<u8>, u32)>;

/// Puts the node's values into `lines` and its children into `nodes`.
fn read_node(
    bytes: &[u8],
    mut key: Vec<u8>,
    reference: u32,
    nodes: &mut Nodes,
    lines: &mut Vec<(Vec<u8>, String)>,
) -> Result<(), String> {
    let mut at = (reference & 0x0fff_ffff) as usize;
    if reference & PREFIX != 0 {
        key.extend(string(bytes, &mut at)?);
    }
    if reference & CHILDREN != 0 {
        let (first, last) = (byte(bytes, at)?, byte(bytes, at + 1)?);
        at += 2;
        for arc in first..=last {
            let child = word(bytes, at)?;
            at += 4;
            if child != 0 {
                nodes.push(([&key[..], &[arc]].concat(), child));
            }
        }
    }
    if reference & VALUES != 0 {
        let count = word(bytes, at)?;
        at += 4;
        for _ in 0..count {
            let priority = word(bytes, at)?;
            at += 4;
            let value = string(bytes, &mut at)?.escape_ascii().to_string();
            let mut line = key.escape_ascii().to_string();
            let _ = write!(line, " {priority} {value}");
            lines.push((key.clone(), line));
        }
    }
    Ok(())
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, String> {
    bytes.get(at).copied().ok_or(format!("the file ends before {at}"))
}

fn word(bytes: &[u8], at: usize) -> Result<u32, String> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map(u32::from_be_bytes).ok_or(format!("the file ends before {at}"))
}

fn string<'a>(bytes: &'a [u8], at: &mut usize) -> Result<&'a [u8], String> {
    let rest = bytes.get(*at..).unwrap_or_default();
    let length = rest.iter().position(|byte| *byte == 0).ok_or(format!("no end of {at}"))?;
    *at += length + 1;
    Ok(&rest[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_nodes_say_the_same() {
        // Keys `ab` (7 x, 9 y) and `ac` (1 z): root with prefix `a` and two children.
        let one = [
            &HEADER[..],
            &[0xa0, 0, 0, 12],
            b"a\0bc\x40\0\0\x18\x40\0\0\x2a",
            &[0x40, 0, 0, 0x18][..0],
            b"\0\0\0\x02\0\0\0\x07x\0\0\0\0\x09y\0",
            &[0, 0],
            b"\0\0\0\x01\0\0\0\x01z\0",
        ]
        .concat();
        assert_eq!(dump(&one).as_deref(), Ok("ab 7 x\nab 9 y\nac 1 z\n"));
        let other = [
            &HEADER[..],
            &[0xa0, 0, 0, 0x26],
            b"\0\0\0\x02\0\0\0\x07x\0\0\0\0\x09y\0",
            b"\0\0\0\x01\0\0\0\x01z\0",
            b"a\0bc\x40\0\0\x0c\x40\0\0\x1c",
        ]
        .concat();
        assert_eq!(dump(&other), dump(&one));
        assert_eq!(dump(&one[..30]), Err("the file ends before 42".into()));
        assert_eq!(dump(&[&HEADER[..], &[0, 0, 0, 12]].concat()).as_deref(), Ok(""));
    }
}
