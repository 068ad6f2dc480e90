//! Looking keys up in an index: exactly, as patterns, or all of them.

use super::node::{Node, Reader, Reference, last_first};
use super::walk::Walk;
use super::{Damage, Damaged, HEADER_LENGTH, Index, KEY_LIMIT, ShownValue, Value};
use crate::{ReadAt, pattern};
use alloc::vec::Vec;

impl<S: ReadAt> Index<S> {
    /// Looks a key up, and returns its value of the lowest priority; of several, the last in the file.
    pub fn exact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Damage> {
        let reader = Reader::new(&self.source, 1);
        let Some(mut node) = self.root(&reader)? else { return Ok(None) };
        let mut rest = key;
        loop {
            match rest.strip_prefix(&node.prefix[..]) {
                None => return Ok(None),
                Some([]) => break,
                Some([character, after @ ..]) => match node.child(*character) {
                    None => return Ok(None),
                    Some(child) => (node, rest) = (reader.node(child)?, after),
                },
            }
        }
        Ok(reader.values(&node)?.into_iter().next().map(|value| value.bytes))
    }

    /// Looks up every key that matches `query`, where the keys are the patterns (fnmatch(3), flags
    /// 0). Values come by ascending priority; of one priority, the one that kmod's walk of the trie
    /// meets later comes first.
    ///
    /// A query that itself holds a `*` can find a value twice.
    pub fn wildcard(&self, query: &[u8]) -> Result<Vec<Value>, Damage> {
        // Below an arc that is a wildcard all keys are tried, and again where the query has the
        // same character: so often may a byte be read.
        let wildcards = query.iter().filter(|&&byte| is_wildcard(byte)).count();
        let reader = Reader::new(&self.source, 2 + wildcards);
        let mut found = Vec::new();
        let Some(mut node) = self.root(&reader)? else { return Ok(found) };
        let mut rest = query;
        loop {
            let same = node.prefix.iter().zip(rest).take_while(|(one, two)| one == two).count();
            let wild = node.prefix.iter().position(|&byte| is_wildcard(byte));
            if let Some(wild) = wild.filter(|&wild| wild <= same) {
                let key = node.prefix[wild..].to_vec();
                collect(&reader, node, key, &rest[wild..], &mut found)?;
                break;
            }
            if same < node.prefix.len() {
                break;
            }
            rest = &rest[same..];
            for character in *b"*?[" {
                if let Some(child) = node.child(character) {
                    let child = reader.node(child)?;
                    let key = [&[character], &child.prefix[..]].concat();
                    collect(&reader, child, key, rest, &mut found)?;
                }
            }
            let [character, after @ ..] = rest else {
                found.extend(reader.values(&node)?);
                break;
            };
            match node.child(*character) {
                None => break,
                Some(child) => (node, rest) = (reader.node(child)?, after),
            }
        }
        last_first(&mut found);
        Ok(found)
    }

    /// Shows every key with each of its values to `visit`, in byte order of the keys; values stand
    /// by ascending priority, as `modprobe -c` lists them.
    pub fn walk(&self, visit: impl FnMut(&[u8], ShownValue<'_>)) -> Result<(), Damage> {
        if self.is_empty() { Ok(()) } else { Walk::new(&self.source, visit).run(self.root) }
    }

    /// The root, unless the index is empty: then its reference is to the end of the file.
    fn root(&self, reader: &Reader<'_, S>) -> Result<Option<Node>, Damage> {
        if self.is_empty() { Ok(None) } else { reader.node(self.root).map(Some) }
    }

    fn is_empty(&self) -> bool {
        let is_at_end = self.root.0 == HEADER_LENGTH as u32;
        self.root.is_none() || (is_at_end && self.source.length() == HEADER_LENGTH)
    }
}

fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[')
}

/// Collects the values of all below `node` and then its own, where the key, of which `key` is the
/// part that is still to be matched, matches `text`.
fn collect<S: ReadAt>(
    reader: &Reader<'_, S>,
    node: Node,
    key: Vec<u8>,
    text: &[u8],
    found: &mut Vec<Value>,
) -> Result<(), Damage> {
    // Going backwards, and turned round, a node comes after all below it.
    let mut turned = Vec::new();
    below(reader, node, key, |key, node| {
        if node.has_values() && pattern::matches(key, text) {
            turned.extend(reader.values(node)?.into_iter().rev());
        }
        Ok(())
    })?;
    found.extend(turned.into_iter().rev());
    Ok(())
}

/// Visits `node`, whose key is `key`, and then all nodes below it, the last ones first.
fn below<S: ReadAt>(
    reader: &Reader<'_, S>,
    node: Node,
    mut key: Vec<u8>,
    mut visit: impl FnMut(&[u8], &Node) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let mut waiting: Vec<(usize, u8, Reference)> = Vec::new();
    let mut node = node;
    loop {
        visit(&key, &node)?;
        let arcs = node.arcs().map(|(character, child)| (key.len(), character, child));
        waiting.extend(arcs);
        let Some((length, character, child)) = waiting.pop() else { return Ok(()) };
        node = reader.node(child)?;
        key.truncate(length);
        key.push(character);
        key.extend_from_slice(&node.prefix);
        if key.len() > KEY_LIMIT {
            return Err(Damage { what: Damaged::KeyLength, offset: child.offset() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::IndexBuilder;
    use super::*;
    use alloc::string::String;

    fn index(entries: &[(&str, &str, u32)]) -> Vec<u8> {
        let mut builder = IndexBuilder::new();
        for (key, value, priority) in entries {
            builder.insert(key.as_bytes(), value.as_bytes(), *priority).unwrap();
        }
        builder.finish().unwrap()
    }

    fn texts(values: Vec<Value>) -> Vec<String> {
        values.into_iter().map(|value| String::from_utf8(value.bytes).unwrap()).collect()
    }

    #[test]
    fn keys_are_found_exactly() {
        let file = index(&[("a", "1", 0), ("ab", "2", 5), ("ab", "3", 4), ("acd", "4", 0)]);
        let index = Index::open(&file[..]).unwrap();
        let table: &[(&str, Option<&[u8]>)] = &[
            ("", None),
            ("a", Some(b"1")),
            ("ab", Some(b"3")),
            ("ac", None),
            ("acd", Some(b"4")),
            ("acde", None),
        ];
        for (key, value) in table {
            assert_eq!(index.exact(key.as_bytes()).unwrap().as_deref(), *value, "{key}");
        }
    }

    #[test]
    fn patterns_are_found_by_priority_and_the_last_found_first() {
        let file = index(&[
            ("pci:v*", "late", 9),
            ("pci:v1*", "first", 1),
            ("pci:v1", "exact", 0),
            ("pci:v[12]", "set", 0),
            ("pci:v?", "any", 0),
            ("pci:v?", "newer", 0),
            ("usb:*", "usb", 0),
        ]);
        let index = Index::open(&file[..]).unwrap();
        let found = texts(index.wildcard(b"pci:v1").unwrap());
        assert_eq!(found, ["exact", "set", "newer", "any", "first", "late"]);
        assert_eq!(texts(index.wildcard(b"pci:v2").unwrap()), ["set", "newer", "any", "late"]);
        assert_eq!(texts(index.wildcard(b"nothing").unwrap()), [""; 0]);
    }

    /// As `modprobe -R` of kmod 34.2 lists them.
    #[test]
    fn of_one_priority_a_longer_pattern_comes_after_its_beginning() {
        let keys = ["*", "*_c?", "b*", "z*[!a]*", "z*[!a]", "z*", "*?[!a]?"];
        let entries: Vec<_> = keys.iter().map(|key| (*key, *key, 0)).collect();
        let file = index(&entries);
        let index = Index::open(&file[..]).unwrap();
        assert_eq!(texts(index.wildcard(b"___c?").unwrap()), ["*", "*_c?", "*?[!a]?"]);
        let found = texts(index.wildcard(b"z:b\\c").unwrap());
        assert_eq!(found, ["z*", "z*[!a]", "z*[!a]*", "*", "*?[!a]?"]);
    }

    #[test]
    fn of_one_priority_the_first_inserted_is_the_value() {
        let file = index(&[("n", "c", 5), ("n", "d", 3), ("n", "e", 3)]);
        let index = Index::open(&file[..]).unwrap();
        assert_eq!(index.exact(b"n"), Ok(Some(b"d".to_vec())));
        let mut shown = Vec::new();
        index.walk(|_, value| shown.push(value.bytes.to_vec())).unwrap();
        assert_eq!(shown, [b"d", b"e", b"c"]);
    }

    #[test]
    fn a_walk_shows_keys_in_byte_order() {
        let file = index(&[("b", "3", 0), ("abc", "2", 0), ("", "0", 0), ("a", "1", 1)]);
        let mut shown = Vec::new();
        let index = Index::open(&file[..]).unwrap();
        index.walk(|key, value| shown.push((key.to_vec(), value.bytes.to_vec()))).unwrap();
        let expected: &[(&[u8], &[u8])] =
            &[(b"", b"0"), (b"a", b"1"), (b"abc", b"2"), (b"b", b"3")];
        assert_eq!(
            shown,
            expected.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect::<Vec<_>>()
        );
    }

    #[test]
    fn empty_indexes_hold_nothing() {
        let built = IndexBuilder::new().finish().unwrap();
        for file in [&b""[..], b"\xb0\x07\xf4\x57\0\x02\0\x01\0\0\0\x0c", &built] {
            let index = Index::open(file).unwrap();
            assert_eq!(index.exact(b"a"), Ok(None));
            assert_eq!(index.wildcard(b"a"), Ok(Vec::new()));
            assert_eq!(index.walk(|_, _| panic!("a key")), Ok(()));
        }
    }

    #[test]
    fn keys_are_bounded_however_many_nodes_they_stand_in() {
        let beginning = "a".repeat(3000);
        for (length, fits) in [(KEY_LIMIT, true), (KEY_LIMIT + 1, false)] {
            let long = [&beginning[..], &"b".repeat(length - 3000)].concat();
            let file = index(&[(&beginning, "1", 0), (&long, "2", 0)]);
            let walked = Index::open(&file[..]).unwrap().walk(|_, _| ());
            let what = walked.map_err(|damage| damage.what);
            assert_eq!(what, if fits { Ok(()) } else { Err(Damaged::KeyLength) });
        }
    }

    #[test]
    fn damage_is_named_with_its_offset() {
        let header = b"\xb0\x07\xf4\x57\0\x02\0\x01";
        let table: &[(&[u8], Damaged, u64)] = &[
            (b"\x40\0\0\x0c", Damaged::Truncated, 12),
            (b"\x40\0\xff\xff", Damaged::Truncated, 0xffff),
            (b"\x40\0\0\x04\0", Damaged::Truncated, 4),
            (b"\x80\0\0\x0cabc", Damaged::Truncated, 15),
            (b"\x40\0\0\x0c\xff\xff\xff\xff\0\0\0\0a\0", Damaged::Truncated, 22),
            (b"\x20\0\0\x0cba", Damaged::ChildRange { first: b'b', last: b'a' }, 12),
            (b"\x20\0\0\x0c\xff\0", Damaged::ChildRange { first: 255, last: 0 }, 12),
            (b"\x20\0\0\x0caa\x20\0\0\x0c", Damaged::Cyclic, 12),
        ];
        for (rest, what, offset) in table {
            let file = [&header[..], rest].concat();
            let index = Index::open(&file[..]).unwrap();
            let damage = Damage { what: *what, offset: *offset };
            assert_eq!(index.walk(|_, _| ()), Err(damage), "{}", rest.escape_ascii());
        }
    }
}
