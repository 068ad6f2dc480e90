//! The sockets that are a module's: by its protocols, and by the netlink protocols for which the kernel
//! asks for it. Which process holds one is found in `processes`.

use std::collections::BTreeSet;

use kmodctl_format::ModuleName;

use super::answers;
use crate::file::read_start;
use crate::machine::Machine;
use crate::place::joined;

/// What tells a module's sockets from others.
#[derive(Default)]
pub(super) struct Sockets {
    /// The protocols that are the module's, with the number of open sockets where the kernel counts.
    pub(super) protocols: Vec<(Vec<u8>, u64)>,
    /// The inodes of its netlink sockets.
    pub(super) inodes: BTreeSet<u64>,
}

impl Sockets {
    /// Gathers what tells a module's sockets.
    pub(super) fn of(machine: &Machine, module: &ModuleName) -> Self {
        let mut sockets = Self::default();
        sockets.read_protocols(&machine.place().proc, module);
        sockets.read_netlink(machine, module);
        sockets
    }

    pub(super) fn is_empty(&self) -> bool {
        self.protocols.is_empty() && self.inodes.is_empty()
    }

    /// The module's protocol of that name.
    pub(super) fn protocol(&self, name: &[u8]) -> bool {
        self.protocols.iter().any(|(protocol, _)| protocol == name)
    }

    /// Whether the netlink socket with this inode is the module's.
    pub(super) fn has_inode(&self, inode: u64) -> bool {
        self.inodes.contains(&inode)
    }

    /// Lines of `/proc/net/protocols`: the third word is the number of sockets, the eighth the module.
    fn read_protocols(&mut self, proc: &[u8], module: &ModuleName) {
        const LIMIT: usize = 1 << 20;
        let text = read_start(&joined(proc, b"net/protocols"), LIMIT).unwrap_or_default();
        for words in lines_of_words(&text) {
            let (Some(protocol), Some(count), Some(owner)) =
                (words.first(), words.get(2).and_then(decimal), words.get(7))
            else {
                continue;
            };
            if *owner == module.as_bytes() {
                self.protocols.push((protocol.to_vec(), count));
            }
        }
    }

    /// Lines of `/proc/net/netlink`: the second word is the protocol, the last the inode. The kernel
    /// asks for a protocol's module as `net-pf-16-proto-PROTOCOL` (`net/netlink/af_netlink.c`).
    fn read_netlink(&mut self, machine: &Machine, module: &ModuleName) {
        const LIMIT: usize = 16 << 20;
        let file = joined(&machine.place().proc, b"net/netlink");
        let text = read_start(&file, LIMIT).unwrap_or_default();
        for words in lines_of_words(&text) {
            let (Some(protocol), Some(inode)) =
                (words.get(1).and_then(decimal), words.last().and_then(decimal))
            else {
                continue;
            };
            if answers(machine, module, format!("net_pf_16_proto_{protocol}").as_bytes()) {
                self.inodes.insert(inode);
            }
        }
    }
}

fn lines_of_words(text: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    text.split(|&byte| byte == b'\n')
        .map(|line| line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect())
}

fn decimal(word: &&[u8]) -> Option<u64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module_index::IndexFile;
    use crate::tree::Tree;

    #[test]
    fn sockets_are_told_by_protocol_and_by_inode() {
        let tree = Tree::new();
        tree.write(
            "proc/net/protocols",
            "protocol  size sockets  memory press maxhdr  slab module     cl co di\n\
             SCTP      1472      3      -1   no     0   yes  sctp        y  n\n\
             AF_VSOCK  1232      0      -1   NI     0   yes  vsock       y  n\n",
        );
        tree.write(
            "proc/net/netlink",
            "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n\
             0000000000000000 6   0          00000000 0        0        0     2        0        9919\n\
             0000000000000000 12  311        00000000 0        0        0     2        0        9970\n",
        );
        tree.write_index(IndexFile::Alias, &[("net_pf_16_proto_6", "xfrm_user")]);
        let machine = Machine::new(tree.place(&[]));
        let of = |module: &str| Sockets::of(&machine, &ModuleName::new(module));
        assert_eq!(of("sctp").protocols, [(b"SCTP".to_vec(), 3)]);
        assert!(of("vsock").protocol(b"AF_VSOCK"));
        assert!(!of("vsock").protocol(b"SCTP"));
        let user = of("xfrm_user");
        assert_eq!((user.has_inode(9919), user.has_inode(9970)), (true, false));
        assert!(of("dummy").is_empty());
    }
}
