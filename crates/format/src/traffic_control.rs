//! The queues of network interfaces, as rtnetlink tells of them. Whose a queue is, is told elsewhere.

use crate::netlink::text;

/// `RTM_GETQDISC` and `RTM_NEWQDISC` of `include/uapi/linux/rtnetlink.h`.
pub const ASK: u16 = 38;
const TOLD: u16 = 36;

/// `struct tcmsg`: a family and padding, an interface, the queue's number, its parent's, and flags.
pub const HEADER: [u8; 20] = [0; 20];

const KIND: u16 = 1;

/// A queue (qdisc) of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue<'a> {
    /// The interface's number.
    pub interface: u32,
    /// Its own number; 0 if the kernel made it by itself.
    pub number: u32,
    /// What it hangs below.
    pub parent: Parent,
    /// Its kind: `fq`, `sfq`.
    pub kind: &'a [u8],
}

/// What a queue hangs below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parent {
    /// The interface, for what it sends.
    Root,
    /// The interface, for what it receives (`ingress` and `clsact`).
    Ingress,
    /// A class of another queue: the queue's number and its own.
    Class(u16, u16),
}

/// Reads a queue from a message of that kind.
pub fn queue(kind: u16, body: &[u8]) -> Option<Queue<'_>> {
    if kind != TOLD {
        return None;
    }
    let (header, attributes) = body.split_at_checked(HEADER.len())?;
    let word = |at: usize| header[at..].first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
    let parent = match word(12)? {
        0xffff_ffff => Parent::Root,
        0xffff_fff1 => Parent::Ingress,
        class => Parent::Class((class >> 16) as u16, class as u16),
    };
    let kind = text(attributes, KIND)?;
    Some(Queue { interface: word(4)?, number: word(8)?, parent, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn body(parent: u32) -> Vec<u8> {
        let words = [0, 3, 0x8001_0000, parent, 2].map(u32::to_ne_bytes);
        let kind = [&8_u16.to_ne_bytes()[..], &KIND.to_ne_bytes(), b"sfq\0"].concat();
        [words.concat(), kind].concat()
    }

    #[test]
    fn a_queue_is_read_with_its_parent() {
        let table = [
            (0xffff_ffff, Parent::Root),
            (0xffff_fff1, Parent::Ingress),
            (0x0001_0002, Parent::Class(1, 2)),
        ];
        for (number, parent) in table {
            let expected = Queue { interface: 3, number: 0x8001_0000, parent, kind: b"sfq" };
            assert_eq!(queue(TOLD, &body(number)), Some(expected));
        }
        assert_eq!(queue(ASK, &body(0)), None);
        assert_eq!(queue(TOLD, &body(0)[..20]), None);
        assert_eq!(queue(TOLD, b"short"), None);
    }
}
