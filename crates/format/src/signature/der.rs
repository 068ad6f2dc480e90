//! Walks DER, and the parts of BER that signers produce. It descends only where it is asked to, so
//! that hostile nesting costs neither stack nor time, and it gives types no meaning.
//!
//! Source: ITU-T X.690, chapters 8.1 and 10.

/// Tags that signed messages are made of.
pub(super) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]`, `[1]` and `[3]` around further elements, and `[0]` in place of a string's tag.
    pub(crate) const CONSTRUCTED_0: u8 = 0xa0;
    pub(crate) const CONSTRUCTED_1: u8 = 0xa1;
    pub(crate) const CONSTRUCTED_3: u8 = 0xa3;
    pub(crate) const PRIMITIVE_0: u8 = 0x80;
}

/// An element: its tag and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// The elements that stand one after another in some bytes. It ends at the first that is cut off.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// The content of the next element if it has that tag; else it is left where it is.
    pub(super) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut rest = *self;
        let element = rest.next().filter(|element| element.tag == tag)?;
        *self = rest;
        Some(element.content)
    }

    /// The elements within the next element if that has the tag.
    pub(super) fn within(&mut self, tag: u8) -> Option<Self> {
        self.optional(tag).map(Elements)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (tag, length, rest) = header(self.0)?;
        let (content_length, whole_length) = match length {
            Length::Definite(length) => (length, length),
            Length::Indefinite => {
                let end = end_of_contents(rest)?;
                (end, end + 2)
            }
        };
        let content = rest.get(..content_length)?;
        self.0 = rest.get(whole_length..)?;
        Some(Element { tag, content })
    }
}

enum Length {
    Definite(usize),
    Indefinite,
}

fn header(bytes: &[u8]) -> Option<(u8, Length, &[u8])> {
    const LONG_TAG: u8 = 0x1f;
    const CONSTRUCTED: u8 = 0x20;
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag & LONG_TAG == LONG_TAG {
        return None;
    }
    match first {
        0..0x80 => Some((tag, Length::Definite(usize::from(first)), rest)),
        0x80 => (tag & CONSTRUCTED != 0).then_some((tag, Length::Indefinite, rest)),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().try_fold(0_usize, |length, &digit| {
                length.checked_mul(256)?.checked_add(usize::from(digit))
            })?;
            Some((tag, Length::Definite(length), rest))
        }
    }
}

/// Where the two zero bytes stand that end contents of indefinite length. Such contents may hold
/// others of that kind, which are counted rather than entered.
fn end_of_contents(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut rest) = (1_usize, bytes);
    loop {
        let (tag, length, after) = header(rest)?;
        rest = match length {
            Length::Definite(0) if tag == 0 => {
                depth -= 1;
                if depth == 0 {
                    return Some(bytes.len() - rest.len());
                }
                after
            }
            Length::Definite(length) => after.get(length..)?,
            Length::Indefinite => {
                depth += 1;
                after
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn walked(bytes: &[u8]) -> Vec<(u8, &[u8])> {
        Elements(bytes).map(|element| (element.tag, element.content)).collect()
    }

    #[test]
    fn lengths_are_short_long_or_indefinite() {
        type Walked<'a> = &'a [(u8, &'a [u8])];
        let table: [(&[u8], Walked<'_>); 9] = [
            (b"\x02\x01\x05\x04\0", &[(2, b"\x05"), (4, b"")]),
            (b"\x04\x81\x02ab\x04\x82\0\x01c", &[(4, b"ab"), (4, b"c")]),
            (b"\x30\x80\x04\x01a\0\0\x02\x01\x05", &[(0x30, b"\x04\x01a"), (2, b"\x05")]),
            (b"\x30\x80\x30\x80\0\0\0\0\x05\0", &[(0x30, b"\x30\x80\0\0"), (5, b"")]),
            (b"\x30\x80\x30\x80\0\0", &[]),
            (b"\x04\x80\0\0", &[]),
            (b"\x04\x05abc", &[]),
            (b"\x1f\x01\x01a", &[]),
            (b"\x04\x89\x01\0\0\0\0\0\0\0\0a", &[]),
        ];
        for (bytes, expected) in table {
            assert_eq!(walked(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn an_element_of_another_tag_is_left_in_place() {
        let mut elements = Elements(b"\x02\x01\x05\x30\x03\x04\x01a");
        assert_eq!(elements.optional(tag::SEQUENCE), None);
        assert_eq!(elements.optional(tag::INTEGER), Some(&b"\x05"[..]));
        let mut inner = elements.within(tag::SEQUENCE).unwrap();
        assert_eq!(inner.optional(tag::OCTET_STRING), Some(&b"a"[..]));
        assert!(inner.next().is_none() && elements.next().is_none());
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let deep: Vec<u8> = vec![[0x30, 0x80]; 200_000].concat();
        assert_eq!(walked(&deep), []);
    }
}
