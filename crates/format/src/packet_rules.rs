//! The rules of nf_tables, as netlink tells of them: where each stands, and what it is made of. Which
//! module has a part is told elsewhere.

use alloc::vec::Vec;

use crate::netlink::{attribute, attributes, text};

/// `NFNL_SUBSYS_NFTABLES` with `NFT_MSG_GETRULE` and `NFT_MSG_NEWRULE`, of
/// `include/uapi/linux/netfilter/nf_tables.h`, as are the numbers of attributes below.
pub const ASK: u16 = (10 << 8) | 7;
const TOLD: u16 = (10 << 8) | 6;

/// `struct nfgenmsg`: a family (0 for all), a version, a number.
pub const HEADER: [u8; 4] = [0; 4];

const TABLE: u16 = 1;
const CHAIN: u16 = 2;
const HANDLE: u16 = 3;
const EXPRESSIONS: u16 = 4;
const ELEMENT: u16 = 1;
const NAME: u16 = 1;
const DATA: u16 = 2;
const EXTENSION: u16 = 1;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// The number of its family, as modules' aliases spell it.
    pub family: u8,
    /// Its table.
    pub table: &'a [u8],
    /// Its chain.
    pub chain: &'a [u8],
    /// Its number, by which it can be deleted.
    pub handle: u64,
    /// What it is made of: `limit`, `log`, `ct`.
    pub parts: Vec<Part<'a>>,
}

/// A part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// One of nf_tables' own.
    Expression(&'a [u8]),
    /// One of iptables': a match or a target, by its name.
    Extension(&'a [u8]),
}

impl Rule<'_> {
    /// The name of its family, as nft(8) has it.
    pub fn family_name(&self) -> Option<&'static str> {
        Some(match self.family {
            1 => "inet",
            2 => "ip",
            3 => "arp",
            5 => "netdev",
            7 => "bridge",
            10 => "ip6",
            _ => return None,
        })
    }
}

/// Reads a rule from a message of that kind.
pub fn rule(kind: u16, body: &[u8]) -> Option<Rule<'_>> {
    if kind != TOLD {
        return None;
    }
    let (header, rest) = body.split_at_checked(HEADER.len())?;
    let handle = u64::from_be_bytes(*attribute(rest, HANDLE)?.first_chunk()?);
    let expressions = attribute(rest, EXPRESSIONS).unwrap_or_default();
    let elements = attributes(expressions).filter(|(kind, _)| *kind == ELEMENT);
    Some(Rule {
        family: *header.first()?,
        table: text(rest, TABLE)?,
        chain: text(rest, CHAIN)?,
        handle,
        parts: elements.filter_map(|(_, element)| part(element)).collect(),
    })
}

fn part(element: &[u8]) -> Option<Part<'_>> {
    let name = text(element, NAME)?;
    Some(match name {
        b"match" | b"target" => Part::Extension(text(attribute(element, DATA)?, EXTENSION)?),
        name => Part::Expression(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut piece = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
        piece.resize(piece.len().next_multiple_of(4), 0);
        piece
    }

    #[test]
    fn a_rule_is_read_with_its_parts() {
        let limit = piece(ELEMENT, &piece(NAME, b"limit\0"));
        let target = [piece(NAME, b"target\0"), piece(DATA, &piece(EXTENSION, b"LOG\0"))].concat();
        let rest = [
            piece(TABLE, b"t\0"),
            piece(CHAIN, b"c\0"),
            piece(HANDLE, &7_u64.to_be_bytes()),
            piece(EXPRESSIONS, &[limit, piece(ELEMENT, &target)].concat()),
        ]
        .concat();
        let body = [&[1, 0, 0, 0][..], &rest].concat();
        let parts = [Part::Expression(b"limit"), Part::Extension(b"LOG")].into();
        let expected = Rule { family: 1, table: b"t", chain: b"c", handle: 7, parts };
        assert_eq!(expected.family_name(), Some("inet"));
        assert_eq!(rule(TOLD, &body), Some(expected));
        assert_eq!(rule(ASK, &body), None);
        assert_eq!(rule(TOLD, &body[..20]), None);
    }
}
