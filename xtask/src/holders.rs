//! Programs of Debian 12 with which an operator binds modules to devices, interfaces and rules, and
//! frees them again: what guests need to have a cure run. Unpacked, installed nowhere.

use std::path::PathBuf;

use anyhow::Result;

use crate::apt::PrivateRoot;
use crate::cache;
use crate::guest::image::Image;
use crate::udev::{self, LOADER};

const PACKAGES: [&str; 5] = ["dmsetup", "iproute2", "iptables", "mdadm", "nftables"];

/// The programs, by their places below the root directory of Debian 12.
const PROGRAMS: [&str; 6] = [
    "sbin/dmsetup",
    "bin/ip",
    "sbin/tc",
    "sbin/mdadm",
    "usr/sbin/nft",
    "usr/sbin/xtables-nft-multi",
];

const EXTENSIONS: &str = "usr/lib/x86_64-linux-gnu/xtables";

/// Fetches the packages with all that they need into `programs/bookworm` of the cache.
pub fn fetch() -> Result<PathBuf> {
    cache::once("programs/bookworm", |directory| {
        PrivateRoot::open("bookworm")?.unpack_closure(&PACKAGES, directory)
    })
}

/// Adds the programs and their libraries to a guest.
pub fn add(image: &mut Image) -> Result<()> {
    let root = fetch()?;
    image.copy("lib64/ld-linux-x86-64.so.2", &root.join(LOADER))?;
    for program in PROGRAMS {
        let name = program.rsplit('/').next().unwrap_or_default();
        image.copy(&format!("sbin/{name}"), &root.join(program))?;
        for (name, path) in udev::libraries(&root, &root.join(LOADER), &root.join(program))? {
            image.copy(&format!("lib/x86_64-linux-gnu/{name}"), &path)?;
        }
    }
    image.link("sbin/iptables", "xtables-nft-multi");
    // What iptables knows of its matches and targets.
    image.copy_all(EXTENSIONS, &root.join(EXTENSIONS))
}
