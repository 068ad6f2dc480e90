//! What is seen on a machine that has the kernel ask for a module. It is what there is now, or what
//! files say will be: the kernel keeps no record of what it has asked for.

use alloc::vec::Vec;

use crate::inventory::Use;

/// A name by which the kernel asks for a module, and what has it ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The name: `fs-xfs`.
    pub request: Vec<u8>,
    /// What has it ask.
    pub sign: Sign,
}

/// What has the kernel ask for a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// A file system is mounted with names in a character set.
    Charset {
        /// Where it is mounted.
        at: Vec<u8>,
        /// The option that names the character set.
        option: Vec<u8>,
    },
    /// An algorithm is in use.
    Cipher {
        /// The algorithm, or the one that it is made with.
        name: Vec<u8>,
        /// What does it: a driver of the crypto system.
        driver: Vec<u8>,
    },
    /// A line of fstab(5): it is mounted, or will be.
    Fstab {
        /// The file.
        file: Vec<u8>,
        /// The line's number, from 1.
        line: usize,
        /// Where it is mounted.
        at: Vec<u8>,
    },
    /// A network interface of a kind.
    Interface {
        /// The interface.
        name: Vec<u8>,
    },
    /// A network device's transceiver.
    Phy {
        /// Its name on the MDIO bus.
        device: Vec<u8>,
    },
    /// A disk whose requests are put in order.
    Scheduled {
        /// The disk.
        device: Vec<u8>,
    },
    /// A table of a firewall.
    Table {
        /// The file that lists it.
        file: Vec<u8>,
    },
    /// Something uses the module.
    Use(Use),
}

impl Sign {
    /// Whether it shows that the kernel has had to ask, if nobody else was there first; what a file
    /// announces may still come.
    pub fn is_past(&self) -> bool {
        !matches!(self, Self::Fstab { .. })
    }
}
