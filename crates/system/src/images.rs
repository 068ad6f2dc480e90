//! Images of the first root directory (initramfs): which there are, and what in them matters for
//! modules. Concatenated archives and compressed parts are read; nothing of them is written to disk.

mod contents;

use kmodctl_decide::block::{Contents, Image, ImageFault};
use kmodctl_format::cpio::{Archive, is_archive};

use crate::codec;
use crate::file::read_to_end;
use crate::host::{Host, names};
use crate::place::joined;
use contents::Gathered;
use rustix::fs::FileType;

/// No image is larger, packed or not.
const LIMIT: usize = 1 << 30;

/// The paths of the host's images, in byte order.
pub fn find(host: &Host) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for directory in ["/boot", "/efi", "/boot/efi"] {
        look(&host.path(directory), 0, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Looks for images in a directory and those in it: systemd's kernel-install puts them below the
/// machine's identifier and the kernel's release.
fn look(directory: &[u8], depth: usize, found: &mut Vec<Vec<u8>>) {
    const MOST_DEPTH: usize = 2;
    for name in names(directory) {
        let path = joined(directory, &name);
        let Ok(status) = rustix::fs::lstat(&path) else { continue };
        match FileType::from_raw_mode(status.st_mode) {
            FileType::Directory if depth < MOST_DEPTH => look(&path, depth + 1, found),
            FileType::RegularFile if is_image_name(&name) => found.push(path),
            _ => {}
        }
    }
}

/// Names as distributions give them, without the copies that they keep of older images.
fn is_image_name(name: &[u8]) -> bool {
    const COPIES: [&[u8]; 5] = [b".old", b".bak", b".dpkg-bak", b".old-dkms", b".new"];
    (name.starts_with(b"initrd") || name.starts_with(b"initramfs"))
        && !COPIES.iter().any(|copy| name.ends_with(copy))
}

/// Reads an image.
pub fn read(path: &[u8]) -> Image {
    Image { path: path.to_vec(), contents: contents(path) }
}

fn contents(path: &[u8]) -> Result<Contents, ImageFault> {
    let bytes = read_to_end(path, LIMIT).map_err(ImageFault::Errno)?;
    let mut gathered = Gathered::default();
    read_parts(&bytes, &mut gathered)?;
    Ok(gathered.contents(path))
}

/// Reads the parts of an image one after the other: archives, and a compressed part at the end.
fn read_parts(bytes: &[u8], gathered: &mut Gathered) -> Result<(), ImageFault> {
    let rest = read_archives(bytes, gathered)?;
    if rest.is_empty() {
        return Ok(());
    }
    let Some(codec) = codec::of_magic(rest) else {
        return Err(other_codec(rest).map_or(ImageFault::NoImage, ImageFault::Codec));
    };
    let unpacked = codec::unpack(codec, rest, LIMIT).map_err(ImageFault::Unpack)?;
    drop_rest(read_archives(&unpacked, gathered)?)
}

/// Reads archives as long as there are some, and returns what follows them.
fn read_archives<'a>(bytes: &'a [u8], gathered: &mut Gathered) -> Result<&'a [u8], ImageFault> {
    let mut rest = bytes;
    while is_archive(rest) {
        let mut archive = Archive::new(rest);
        for entry in archive.by_ref() {
            gathered.take(&entry.map_err(ImageFault::Archive)?);
        }
        rest = archive.rest();
    }
    Ok(rest)
}

fn drop_rest(rest: &[u8]) -> Result<(), ImageFault> {
    if rest.is_empty() { Ok(()) } else { Err(ImageFault::NoImage) }
}

/// The name of a way to compress that kernels unpack and this program does not.
fn other_codec(bytes: &[u8]) -> Option<&'static str> {
    const MAGICS: [(&[u8], &str); 5] = [
        (b"\x02\x21\x4c\x18", "lz4"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"\x5d\0\0", "lzma"),
        (b"\x89LZO", "lzo"),
        (b"BZh", "bzip2"),
    ];
    MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
}
