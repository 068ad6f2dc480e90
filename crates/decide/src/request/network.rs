//! Names of the families of sockets, by their numbers.

use alloc::vec::Vec;

/// `include/linux/socket.h`, from 0 on.
const FAMILIES: [&str; 46] = [
    "UNSPEC",
    "UNIX",
    "INET",
    "AX25",
    "IPX",
    "APPLETALK",
    "NETROM",
    "BRIDGE",
    "ATMPVC",
    "X25",
    "INET6",
    "ROSE",
    "DECnet",
    "NETBEUI",
    "SECURITY",
    "KEY",
    "NETLINK",
    "PACKET",
    "ASH",
    "ECONET",
    "ATMSVC",
    "RDS",
    "SNA",
    "IRDA",
    "PPPOX",
    "WANPIPE",
    "LLC",
    "IB",
    "MPLS",
    "CAN",
    "TIPC",
    "BLUETOOTH",
    "IUCV",
    "RXRPC",
    "ISDN",
    "PHONET",
    "IEEE802154",
    "CAIF",
    "ALG",
    "NFC",
    "VSOCK",
    "KCM",
    "QIPCRTR",
    "SMC",
    "XDP",
    "MCTP",
];

/// A family in words, by its number.
pub(super) fn family(number: &[u8]) -> Vec<u8> {
    let index = core::str::from_utf8(number).ok().and_then(|text| text.parse::<usize>().ok());
    match index.and_then(|index| FAMILIES.get(index)) {
        Some(name) => [b"AF_", name.as_bytes()].concat(),
        None => [b"the family ", number].concat(),
    }
}
