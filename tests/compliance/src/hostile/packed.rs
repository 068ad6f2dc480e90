//! Damaged compressed files, and small ones that unpack to very much.

use std::io;
use std::process::{Command, Stdio};

use super::{Damaged, Numbers};
use crate::containers::{self, XzCheck};

const GIB: u64 = 1 << 30;

/// Damaged copies of a module file in every container, `count` of all there are.
pub fn of(module: &[u8], count: usize, seed: u64) -> Vec<(Damaged, &'static str)> {
    let whole = [
        (containers::gzip(module), ".ko.gz"),
        (containers::xz(module, XzCheck::Crc32), ".ko.xz"),
        (containers::xz(module, XzCheck::Crc64), ".ko.xz"),
        (containers::zstd(module, true), ".ko.zst"),
        (containers::zstd(module, false), ".ko.zst"),
    ];
    let mut numbers = Numbers::of(seed);
    let mut all = Vec::new();
    for (bytes, suffix) in whole {
        let edges = (0..40).chain(bytes.len().saturating_sub(40)..bytes.len());
        for end in edges {
            let what = format!("{suffix}: only {end} bytes");
            all.push((Damaged { what, bytes: bytes[..end].to_vec() }, suffix));
        }
        for at in (0..40).chain(bytes.len().saturating_sub(40)..bytes.len()) {
            for value in [0, 0xff, bytes[at] ^ (1 << numbers.below(8))] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let what = format!("{suffix}: byte {at} is {value:#x}");
                all.push((Damaged { what, bytes: changed }, suffix));
            }
        }
    }
    numbers.choose(all, count)
}

/// Files of 32 KiB to 1 MiB that unpack to 1 GiB of zeros.
///
/// None can be smaller: a block of zstd gives at most 128 KiB and takes 4 bytes (RFC 8878), one
/// symbol of deflate gives 258 bytes and takes 2 bits, and xz keeps about 7,000 to 1.
pub fn bombs() -> io::Result<Vec<(Damaged, &'static str)>> {
    let bomb = |what: &str, bytes: Vec<u8>, suffix: &'static str| {
        let what = format!("{what}: {} bytes that unpack to 1 GiB", bytes.len());
        (Damaged { what, bytes }, suffix)
    };
    let mut all = vec![
        bomb("zstd, the size told", zstd(Some(GIB)), ".ko.zst"),
        bomb("zstd, no size told", zstd(None), ".ko.zst"),
        bomb("zstd, a small size told", zstd(Some(4096)), ".ko.zst"),
    ];
    for (program, suffix) in [("xz", ".ko.xz"), ("gzip", ".ko.gz")] {
        let piece = packed(program, 16 << 20)?;
        all.push(bomb(&format!("{program}, many pieces"), piece.repeat(64), suffix));
        all.push(bomb(&format!("{program}, in one"), packed(program, GIB)?, suffix));
    }
    Ok(all)
}

/// A frame of blocks of one repeated zero byte (RFC 8878 section 3.1.1.2), 128 KiB each.
fn zstd(told: Option<u64>) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd];
    match told {
        Some(size) => {
            // A window descriptor (1 MiB) and the content's size in 8 bytes.
            out.extend([0b1100_0000, 10 << 3]);
            out.extend(size.to_le_bytes());
        }
        None => out.extend([0, 10 << 3]),
    }
    let blocks = GIB >> 17;
    for number in 1..=blocks {
        let header = (1_u32 << 17) << 3 | 1 << 1 | u32::from(number == blocks);
        out.extend(&header.to_le_bytes()[..3]);
        out.push(0);
    }
    out
}

/// What a program makes of a file of zeros.
fn packed(program: &str, size: u64) -> io::Result<Vec<u8>> {
    let zeros = Command::new("head")
        .args(["-c", &size.to_string(), "/dev/zero"])
        .stdout(Stdio::piped())
        .spawn()?;
    let zeros = zeros.stdout.ok_or_else(|| io::Error::other("no output"))?;
    // What makes zeros smallest.
    let level = if program == "xz" { "-0" } else { "-9" };
    let output = Command::new(program).args([level, "-c"]).stdin(zeros).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{program} failed: {}", output.status)));
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_small() {
        assert_eq!(zstd(None).len(), 6 + 4 * 8192);
        assert_eq!(of(&[7; 100], 100, 7).len(), 100);
    }
}
