//! Images of the first root directory (initramfs): which there are, and what in them matters for
//! modules. What that comes to is known in `decide`; nothing of an image is written to disk.

mod input;
mod lz4;
mod reader;
mod unpack;

use kmodctl_decide::image::{Contents, Image};
use rustix::fs::FileType;

use crate::file::read_start;
use crate::host::{Host, names};
use crate::place::joined;

/// The paths of the host's images, in byte order.
pub fn find(host: &Host) -> Vec<Vec<u8>> {
    let mut found = Found::default();
    for directory in ["/boot", "/boot/efi", "/efi"] {
        found.look(&host.path(directory), 0);
    }
    found.paths.sort_unstable();
    found.paths
}

#[derive(Default)]
struct Found {
    paths: Vec<Vec<u8>>,
    /// Device and inode of each: a file with two names, or in a directory mounted twice, is one.
    seen: Vec<(u64, u64)>,
}

impl Found {
    /// Looks for images in a directory and those in it: systemd's kernel-install puts them below
    /// the machine's identifier and the kernel's release, and unified ones into `EFI/Linux`.
    fn look(&mut self, directory: &[u8], depth: usize) {
        const MOST_DEPTH: usize = 3;
        let mut names = names(directory);
        names.sort_unstable();
        for name in names {
            let path = joined(directory, &name);
            let Ok(status) = rustix::fs::lstat(&path) else { continue };
            let identity = (status.st_dev, status.st_ino);
            match FileType::from_raw_mode(status.st_mode) {
                FileType::Directory if depth < MOST_DEPTH => self.look(&path, depth + 1),
                FileType::RegularFile if is_image(&path) && !self.seen.contains(&identity) => {
                    self.seen.push(identity);
                    self.paths.push(path);
                }
                _ => {}
            }
        }
    }
}

/// Whether a path is named as distributions name images, without the copies that they keep of older
/// ones.
fn is_image(path: &[u8]) -> bool {
    const COPIES: [&[u8]; 6] = [b".old", b".bak", b".dpkg-bak", b".old-dkms", b".new", b".tmp"];
    let mut parts = path.rsplit(|&byte| byte == b'/');
    let name = parts.next().unwrap_or_default();
    let directory: Vec<&[u8]> = parts.take(2).collect();
    let is_copy = COPIES.iter().any(|copy| name.ends_with(copy));
    let is_named = name.starts_with(b"initrd") || name.starts_with(b"initramfs");
    let is_unified = name.ends_with(b".efi") && directory == [&b"Linux"[..], b"EFI"];
    (is_named || is_unified) && !is_copy
}

/// Reads all images of the host, in byte order of their paths.
pub fn read_all(host: &Host) -> Vec<Image> {
    find(host).iter().map(|path| read(host, path)).collect()
}

/// Reads an image of the host, which is booted as the host was.
pub fn read(host: &Host, path: &[u8]) -> Image {
    const LIMIT: usize = 64 * 1024;
    let command_line = read_start(&host.path("/proc/cmdline"), LIMIT).unwrap_or_default();
    let kept = reader::read_file(path);
    let contents = kept.map(|kept| Contents::new(path, &kept, &command_line));
    Image { path: path.to_vec(), contents }
}

/// Reads an image that is in memory; its name is `path`.
pub fn read_bytes(path: &[u8], bytes: &[u8], command_line: &[u8]) -> Image {
    let kept = reader::read_bytes(bytes);
    let contents = kept.map(|kept| Contents::new(path, &kept, command_line));
    Image { path: path.to_vec(), contents }
}

#[cfg(test)]
mod tests;
