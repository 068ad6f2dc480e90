//! The kinds of network interfaces, as rtnetlink tells of them. Which module a kind is of, is told
//! elsewhere.

use crate::netlink::{attribute, text};

/// `RTM_GETLINK` and `RTM_NEWLINK` of `include/uapi/linux/rtnetlink.h`.
pub const ASK: u16 = 18;
const TOLD: u16 = 16;

/// `struct ifinfomsg`: a family and padding, a type, the interface, flags, and a mask of them.
pub const HEADER: [u8; 16] = [0; 16];

/// `IFLA_IFNAME`, `IFLA_LINKINFO`, and in the latter `IFLA_INFO_KIND`, of `if_link.h`.
const NAME: u16 = 3;
const ABOUT: u16 = 18;
const KIND: u16 = 1;

/// A network interface that was made as one of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its kind: `bridge`, `veth`.
    pub kind: &'a [u8],
}

/// Reads an interface from a message of that kind; one of a device has no kind, and is `None`.
pub fn network_interface(kind: u16, body: &[u8]) -> Option<NetworkInterface<'_>> {
    let attributes = body.get(HEADER.len()..).filter(|_| kind == TOLD)?;
    let kind = text(attribute(attributes, ABOUT)?, KIND)?;
    Some(NetworkInterface { name: text(attributes, NAME)?, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn written(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len() + 4).unwrap_or_default();
        let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn an_interface_is_read_with_its_kind() {
        let name = written(NAME, b"br0\0");
        let about = written(ABOUT, &written(KIND, b"bridge\0"));
        let body = [&HEADER[..], &name, &about].concat();
        let expected = NetworkInterface { name: b"br0", kind: b"bridge" };
        assert_eq!(network_interface(TOLD, &body), Some(expected));
        assert_eq!(network_interface(ASK, &body), None);
        let device = [&HEADER[..], &name].concat();
        for body in [&device[..], &[&HEADER[..], &about].concat(), b"short"] {
            assert_eq!(network_interface(TOLD, body), None);
        }
    }
}
