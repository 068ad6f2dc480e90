//! The names by which the kernel itself asks for a module, and when it does: `fs-xfs` when a file
//! system of that type is mounted. Who on a machine made it ask is found elsewhere: `why`.

mod network;
mod table;

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::inventory::Inventory;
use crate::problem::Problem;
use table::{FAMILIES, Family};

/// A name by which the kernel asks for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    family: &'static Family,
    parts: Vec<Vec<u8>>,
}

impl Request {
    /// Reads a name or an alias; `None` when the kernel asks for no such name by itself.
    ///
    /// `-` and `_` are the same, as they are to modprobe; an alias may have `*` for a number.
    pub fn of(word: &[u8]) -> Option<Self> {
        let read = |family: &'static Family| {
            let parts = parts(family.template.as_bytes(), word)?;
            Some(Self { family, parts })
        };
        // The first that fits counts: it is the narrowest.
        FAMILIES.iter().find_map(read).filter(|request| !request.family.when.is_empty())
    }

    /// What the kernel asks for a module of this name by, where it takes names for aliases.
    fn of_name(module: &ModuleName) -> Option<Self> {
        let request = Self::of(module.as_bytes())?;
        let is_meant = request.family.takes_names && !table::is_none(module.as_bytes());
        is_meant.then_some(request)
    }

    /// The name as the kernel spells it.
    pub fn name(&self) -> Vec<u8> {
        let mut parts = self.parts.iter();
        let mut name = Vec::new();
        for &byte in self.family.template.as_bytes() {
            match byte {
                b'#' | b'%' => name.extend_from_slice(parts.next().map_or(&b""[..], |part| part)),
                _ => name.push(byte),
            }
        }
        name
    }

    /// When the kernel asks for it: a clause that goes on after "when".
    pub fn when(&self) -> Vec<u8> {
        let mut words = Vec::new();
        for piece in self.family.when.split_inclusive('}') {
            let (text, place) = piece.split_once('{').unwrap_or((piece, ""));
            words.extend_from_slice(text.as_bytes());
            let place = place.trim_end_matches('}');
            match place.strip_prefix("family ") {
                Some(index) => words.extend(network::family(self.part(index))),
                None => words.extend_from_slice(self.part(place)),
            }
        }
        words
    }

    /// What the kernel puts into the name: the type of a file system, a number.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.iter().map(Vec::as_slice)
    }

    /// The name before what the kernel puts into it: `fs-`.
    pub fn prefix(&self) -> &'static str {
        self.family.template.split(['#', '%']).next().unwrap_or_default()
    }

    /// Whether what makes the kernel ask can be seen on a machine, if it is there.
    pub fn leaves_signs(&self) -> bool {
        self.family.leaves_signs
    }

    fn part(&self, index: &str) -> &[u8] {
        let part = index.parse::<usize>().ok().and_then(|index| self.parts.get(index));
        part.map(Vec::as_slice).unwrap_or_default()
    }
}

/// The names by which the kernel would ask for a module: by its aliases, and by its own name.
pub fn requests(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Request>, Problem> {
    let aliases = world.aliases()?.into_iter();
    let own = aliases.filter(|(_, owner)| owner == module);
    let mut requests: Vec<Request> = Vec::new();
    let by_alias = own.filter_map(|(pattern, _)| Request::of(&pattern));
    for request in by_alias.chain(Request::of_name(module)) {
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    Ok(requests)
}

/// Holds a word against a template: `#` is a number, `%` any text.
fn parts(template: &[u8], word: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    let (mut template, mut word) = (template, word);
    while let Some((&byte, rest)) = template.split_first() {
        let taken = match byte {
            b'#' => word.iter().take_while(|byte| is_of_number(**byte)).count(),
            b'%' => {
                let end = word.len().checked_sub(rest.len())?;
                is_same(rest, &word[end..]).then_some(end)?
            }
            _ => {
                word = word.split_first().filter(|(first, _)| is_same(&[byte], &[**first]))?.1;
                template = rest;
                continue;
            }
        };
        let (part, after) = word.split_at(taken);
        if part.is_empty() {
            return None;
        }
        parts.push(part.to_vec());
        (template, word) = (rest, after);
    }
    word.is_empty().then_some(parts)
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'*' || byte == b'?'
}

fn is_same(left: &[u8], right: &[u8]) -> bool {
    let folded = |byte: &u8| if *byte == b'-' { b'_' } else { *byte };
    left.iter().map(folded).eq(right.iter().map(folded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn told(word: &str) -> Option<String> {
        let request = Request::of(word.as_bytes())?;
        let text = [&request.name()[..], b": ", &request.when()].concat();
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn names_are_told_with_what_makes_the_kernel_ask() {
        let table = [
            ("fs_xfs", "fs-xfs: a file system of type xfs is mounted"),
            ("net-pf-10", "net-pf-10: a socket of AF_INET6 is opened"),
            ("net_pf_99", "net-pf-99: a socket of the family 99 is opened"),
            (
                "net_pf_2_proto_132_type_1",
                "net-pf-2-proto-132-type-1: a socket of AF_INET, the protocol 132 and the type 1 is \
                 opened",
            ),
            (
                "net-pf-16-proto-4-type-2-6",
                "net-pf-16-proto-4-type-2-6: a program like ss lists sockets of AF_INET and the \
                 protocol 6",
            ),
            (
                "net-pf-16-proto-16-family-NET_DM",
                "net-pf-16-proto-16-family-NET_DM: a program asks for the generic netlink family \
                 NET_DM",
            ),
            ("char_major_6_*", "char-major-6-*: a character device with the numbers 6:* is opened"),
            ("nft_expr_1_fib", "nft-expr-1-fib: a rule of nftables uses fib"),
            ("bfq_iosched", "bfq-iosched: the I/O scheduler bfq is chosen for a disk"),
            ("dm-crypt", "dm-crypt: a device of device-mapper with the target crypt is made"),
        ];
        for (word, expected) in table {
            assert_eq!(told(word).as_deref(), Some(expected), "{word}");
        }
    }

    #[test]
    fn other_names_are_no_requests() {
        for word in
            ["fs-", "net-pf-", "net-pf-x", "pci:v1", "md-personality-2", "e1000e", "iosched"]
        {
            assert_eq!(told(word), None, "{word}");
        }
    }

    #[test]
    fn only_some_requests_are_names_of_modules() {
        let table = [
            ("tcp_bbr", Some("tcp_bbr")),
            ("tcp_diag", None),
            ("dm_crypt", Some("dm-crypt")),
            ("dm_mod", None),
            ("fs_x", None),
            ("kyber_iosched", Some("kyber-iosched")),
        ];
        for (module, expected) in table {
            let name = Request::of_name(&ModuleName::new(module)).map(|request| request.name());
            assert_eq!(name.as_deref(), expected.map(str::as_bytes), "{module}");
        }
    }

    /// Every part that a text names is one of its template, and no template hides behind another.
    #[test]
    fn the_table_is_sound() {
        for family in FAMILIES {
            let count = family.template.matches(['#', '%']).count();
            for place in family.when.split('{').skip(1) {
                let place = place.split('}').next().unwrap_or_default();
                let index = place.trim_start_matches("family ").parse::<usize>();
                assert!(index.is_ok_and(|index| index < count), "{}", family.when);
            }
            let word = family.template.replace('#', "7").replace('%', "x");
            let first = FAMILIES
                .iter()
                .find(|one| parts(one.template.as_bytes(), word.as_bytes()).is_some());
            assert_eq!(first.map(|first| first.template), Some(family.template));
        }
    }
}
