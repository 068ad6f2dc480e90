//! Images as distributions make them, packed by the usual tools; and hostile ones.

use std::io::Write;
use std::process::{Command, Stdio};

use kmodctl_decide::problem::UnpackFault;
use kmodctl_decide::{Errno, ImageFault};
use kmodctl_format::cpio::{Damage, Damaged};

use super::reader::{CONFIGURATION_LIMIT, Kept, read_bytes, read_file};
use crate::host::Host;
use crate::tree::Tree;

fn entry(path: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let size = content.len() as u32;
    let fields = [1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, path.len() as u32 + 1, 0];
    let fields = fields.map(|field| format!("{field:08x}"));
    let mut bytes = [b"070701", fields.concat().as_bytes(), path.as_bytes(), b"\0"].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn archive(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let entries = files.iter().map(|(path, mode, content)| entry(path, *mode, content));
    let mut bytes = entries.collect::<Vec<_>>().concat();
    bytes.extend(entry("TRAILER!!!", 0, b""));
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

const FILE: u32 = 0o100_644;
const LINK: u32 = 0o120_777;

/// Microcode as it comes first.
fn early() -> Vec<u8> {
    archive(&[("kernel/x86/microcode/GenuineIntel.bin", FILE, &[7; 5000])])
}

fn main_archive() -> Vec<u8> {
    archive(&[
        ("./etc/modprobe.d/a.conf", FILE, b"blacklist loop\n"),
        ("init", FILE, &b"#!/bin/sh\n".repeat(10_000)),
        ("lib/modules/6.1/kernel/loop.ko", FILE, &[9; 300_001]),
        ("usr/sbin/modprobe", LINK, b"../bin/kmod"),
        ("usr/bin/kmod", FILE, b"\x7fELF"),
    ])
}

fn kept() -> Vec<(&'static str, &'static str)> {
    vec![
        ("etc/modprobe.d/a.conf", "blacklist loop\n"),
        ("lib/modules/6.1/kernel/loop.ko", ""),
        ("usr/bin/kmod", ""),
        ("usr/sbin/modprobe", "../bin/kmod"),
    ]
}

fn shown(kept: &Kept) -> Vec<(&str, &str)> {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    kept.iter().map(|(path, file)| (text(path), text(&file.content))).collect()
}

fn packed(command: &str, bytes: &[u8]) -> Vec<u8> {
    let mut words = command.split(' ');
    let mut child = Command::new(words.next().unwrap())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command}");
        output.stdout
    })
}

/// Blocks of the legacy form that hold their bytes as they are; no tool is needed for them.
fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut packed = b"\x02\x21\x4c\x18".to_vec();
    for block in bytes.chunks(8 << 20) {
        let mut content = vec![0xf0];
        let mut left = block.len() - 15;
        while left >= 255 {
            content.push(255);
            left -= 255;
        }
        content.push(left as u8);
        content.extend(block);
        packed.extend((content.len() as u32).to_le_bytes());
        packed.extend(content);
    }
    packed
}

type Pack = dyn Fn(&[u8]) -> Vec<u8>;

#[test]
fn parts_are_read_one_behind_the_other() {
    let last = archive(&[("etc/modprobe.d/b.conf", FILE, b"blacklist nbd\n")]);
    let packings: [&Pack; 8] = [
        &|bytes| bytes.to_vec(),
        &|bytes| packed("gzip -c", bytes),
        &|bytes| packed("xz -c --check=crc32", bytes),
        &|bytes| packed("xz -c --check=crc32 --block-size=100000", bytes),
        &|bytes| packed("zstd -c -q -1", bytes),
        &|bytes| packed("zstd -c -q -19 -T0", bytes),
        &lz4,
        &|bytes| [lz4(bytes), vec![0; 8]].concat(),
    ];
    for (number, pack) in packings.iter().enumerate() {
        let image = [early(), pack(&main_archive())].concat();
        assert_eq!(shown(&read_bytes(&image).unwrap()), kept(), "{number}");
        if number == 6 {
            // A block's length is all that ends the legacy form; nothing is put right behind it.
            continue;
        }
        let image = [early(), pack(&main_archive()), vec![0; 300], last.clone()].concat();
        let mut expected = kept();
        expected.insert(1, ("etc/modprobe.d/b.conf", "blacklist nbd\n"));
        assert_eq!(shown(&read_bytes(&image).unwrap()), expected, "{number}");
    }
}

#[test]
fn what_comes_later_takes_the_place_of_what_came_before() {
    let older = archive(&[("etc/modprobe.d/a.conf", FILE, b"blacklist nbd\n")]);
    let image = [older, main_archive()].concat();
    assert_eq!(shown(&read_bytes(&image).unwrap()), kept());
}

#[test]
fn unified_kernel_images_have_theirs_in_a_section() {
    let initrd = packed("gzip -c", &main_archive());
    let mut file = b"MZ".to_vec();
    file.resize(60, 0);
    file.extend(0x40u32.to_le_bytes());
    file.extend(b"PE\0\0\x64\x86\x01\0");
    file.resize(0x40 + 24, 0);
    file.extend(b".initrd\0");
    for field in [initrd.len() as u32, 0, 1 << 20, 512, 0, 0, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    file.resize(512, 0);
    file.extend(&initrd);
    file.resize(512 + (1 << 20), 0);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("linux.efi");
    std::fs::write(&path, &file).unwrap();
    let path = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    assert_eq!(shown(&read_file(path).unwrap()), kept());
    assert_eq!(read_file(b"/nowhere"), Err(ImageFault::Errno(Errno::ENOENT)));
}

#[test]
fn what_cannot_be_read_says_why() {
    let zstd = packed("zstd -c -q", &main_archive());
    let gzip = packed("gzip -c", &main_archive());
    let mut changed = zstd.clone();
    let end = changed.len() - 2;
    changed[end] ^= 1;
    let table: [(Vec<u8>, ImageFault); 9] = [
        (b"BZh91AY".to_vec(), ImageFault::Codec("bzip2")),
        (b"\x89LZO\0\r\n\x1a".to_vec(), ImageFault::Codec("lzo")),
        ([early(), b"\x5d\0\0\x80".to_vec()].concat(), ImageFault::Codec("lzma")),
        ([early(), b"#!/bin/sh".to_vec()].concat(), ImageFault::NoImage(early().len() as u64)),
        (gzip[..gzip.len() - 9].to_vec(), ImageFault::Unpack(UnpackFault::CutOff)),
        (zstd[..zstd.len() / 2].to_vec(), ImageFault::Unpack(UnpackFault::CutOff)),
        (changed, ImageFault::Unpack(UnpackFault::Corrupt)),
        (lz4(&early())[..4000].to_vec(), ImageFault::Unpack(UnpackFault::CutOff)),
        (
            packed("gzip -c", &entry("a", FILE, b"x")),
            ImageFault::Archive(Damage { what: Damaged::CutOff, offset: 0 }),
        ),
    ];
    for (image, expected) in table {
        assert_eq!(read_bytes(&image), Err(expected));
    }
}

/// Files that claim to be large and are, of which much would be kept.
#[test]
fn what_is_kept_is_bounded() {
    let large = vec![b'#'; CONFIGURATION_LIMIT / 8 + 1];
    let names: Vec<_> = (0..8).map(|number| format!("etc/modprobe.d/{number}.conf")).collect();
    let files: Vec<_> = names.iter().map(|name| (&name[..], FILE, &large[..])).collect();
    assert_eq!(read_bytes(&archive(&files)), Err(ImageFault::Unpack(UnpackFault::TooLarge)));
}

#[test]
fn images_are_found_by_their_names() {
    let tree = Tree::new();
    let found = [
        "boot/efi/EFI/Linux/debian-6.12.efi",
        "boot/initramfs-6.12.img",
        "boot/initrd.img-6.1",
        "boot/loader/abc/6.1/initrd",
    ];
    let others = [
        "boot/vmlinuz-6.1",
        "boot/initrd.img-6.1.old-dkms",
        "boot/efi/EFI/BOOT/BOOTX64.EFI",
        "boot/efi/EFI/debian/shimx64.efi",
        "boot/a/b/c/d/initrd",
    ];
    found.iter().chain(&others).for_each(|path| tree.write(path, path));
    std::os::unix::fs::symlink("initrd.img-6.1", tree.path("boot/initrd.img")).unwrap();
    std::fs::hard_link(tree.path("boot/initrd.img-6.1"), tree.path("boot/initrd.img-x")).unwrap();
    let host = Host::below(&tree.bytes("")).unwrap();
    let expected: Vec<_> = found.iter().map(|path| tree.bytes(path)).collect();
    assert_eq!(super::find(&host), expected);
}
