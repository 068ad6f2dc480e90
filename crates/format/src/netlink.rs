//! Messages of netlink sockets: requests for everything of a kind, what the kernel answers, and the
//! attributes in it. What a kind of message means is known in `traffic_control` and `packet_rules`.

use alloc::vec::Vec;

/// `NLM_F_REQUEST` and `NLM_F_DUMP` of `include/uapi/linux/netlink.h`.
const REQUEST_ALL: u16 = 0x1 | 0x300;

/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;

const HEADER: usize = 16;
const ATTRIBUTE_HEADER: usize = 4;

/// The bits of an attribute's kind that say how its value is written.
const KIND: u16 = 0x3fff;

/// A request for all things of a kind, with the header that this kind of request has.
pub fn request_for_all(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut request = Vec::with_capacity(HEADER + body.len());
    let length = u32::try_from(HEADER + body.len()).unwrap_or_default();
    request.extend(length.to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend(REQUEST_ALL.to_ne_bytes());
    // The number of the request, and the port of its sender: there is one request only.
    request.extend([0; 8]);
    request.extend(body);
    request
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// All has been told, or nothing more will be.
    End,
    /// A thing, and of which kind.
    Thing {
        /// The kind.
        kind: u16,
        /// Its header and attributes.
        body: &'a [u8],
    },
}

/// The messages that a read from the socket brought; what is cut off ends them.
pub fn messages(mut bytes: &[u8]) -> impl Iterator<Item = Message<'_>> {
    core::iter::from_fn(move || {
        let length = u32::from_ne_bytes(*bytes.first_chunk()?);
        let length = usize::try_from(length).ok()?;
        let message = bytes.get(..length).filter(|message| message.len() >= HEADER)?;
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
        let kind = u16::from_ne_bytes([message[4], message[5]]);
        Some(match kind {
            ERROR | DONE => Message::End,
            kind => Message::Thing { kind, body: &message[HEADER..] },
        })
    })
}

/// The attributes of a body behind its own header: kinds and values; what is cut off ends them.
pub fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let &[low, high, kind_low, kind_high] = bytes.first_chunk()?;
        let length = usize::from(u16::from_ne_bytes([low, high]));
        let value = bytes.get(ATTRIBUTE_HEADER..length)?;
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
        Some((u16::from_ne_bytes([kind_low, kind_high]) & KIND, value))
    })
}

/// The value of the first attribute of a kind.
pub fn attribute(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    attributes(bytes).find(|(found, _)| *found == kind).map(|(_, value)| value)
}

/// The text of an attribute, which ends at its first zero byte.
pub fn text(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    attribute(bytes, kind)?.split(|&byte| byte == 0).next()
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// An attribute, padded.
    fn piece(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(ATTRIBUTE_HEADER + value.len()).unwrap();
        let mut piece = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
        piece.resize(aligned(piece.len()), 0);
        piece
    }

    #[test]
    fn messages_are_read_until_they_are_cut_off() {
        let first = request_for_all(38, b"abcd");
        let bytes = [&first[..], &request_for_all(DONE, b""), &first[..10]].concat();
        let expected = [Message::Thing { kind: 38, body: b"abcd" }, Message::End];
        assert_eq!(messages(&bytes).collect::<Vec<_>>(), expected);
        assert_eq!(messages(&[0; 64]).count(), 0);
        assert_eq!(messages(&[0xff; 64]).count(), 0);
    }

    #[test]
    fn attributes_are_found_by_their_kind() {
        let bytes = [piece(1, b"sfq\0"), piece(0x8002, &piece(3, b"x")), vec![9, 0]].concat();
        assert_eq!(text(&bytes, 1), Some(&b"sfq"[..]));
        assert_eq!(attribute(attribute(&bytes, 2).unwrap(), 3), Some(&b"x"[..]));
        assert_eq!(attributes(&bytes).count(), 2);
        assert_eq!(attribute(&[0; 8], 1), None);
    }
}
