//! Unpacking module files: gzip, xz and zstd, told apart by their first bytes. Input and output
//! are in memory, and what a file says of its own size is never believed.

mod gzip;
mod xz;
#[cfg_attr(feature = "fast-codecs", path = "codec/xz_liblzma.rs")]
#[cfg_attr(not(feature = "fast-codecs"), path = "codec/xz_blocks.rs")]
mod xz_quick;
#[cfg_attr(feature = "fast-codecs", path = "codec/zstd_libzstd.rs")]
mod zstd;
mod zstd_window;

use kmodctl_decide::problem::UnpackFault;
use kmodctl_format::suffix::Codec;
pub(crate) use zstd_window::{LIMIT as ZSTD_WINDOW_LIMIT, window as zstd_window};

/// No module file unpacks to more bytes; the largest of a distribution has 30 MB.
pub const LIMIT: usize = 1 << 30;

/// How a file with these first bytes is compressed, if it is.
pub(crate) fn of_magic(start: &[u8]) -> Option<Codec> {
    const MAGICS: [(&[u8], Codec); 3] = [
        (b"\x28\xb5\x2f\xfd", Codec::Zstd),
        (b"\xfd7zXZ\0", Codec::Xz),
        (b"\x1f\x8b", Codec::Gzip),
    ];
    MAGICS.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, codec)| codec)
}

/// Unpacks a whole file into at most `limit` bytes.
///
/// Several streams, members or frames behind each other are one file, as for the tools that make
/// them. Checksums are compared.
pub fn unpack(codec: Codec, packed: &[u8], limit: usize) -> Result<Vec<u8>, UnpackFault> {
    let mut bytes = Vec::new();
    unpack_into(codec, packed, limit, &mut bytes)?;
    Ok(bytes)
}

/// Unpacks a whole file into a buffer that may have been used before, in place of what is in it.
pub fn unpack_into(
    codec: Codec,
    packed: &[u8],
    limit: usize,
    bytes: &mut Vec<u8>,
) -> Result<(), UnpackFault> {
    bytes.clear();
    let mut unpacked = Unpacked { bytes, limit };
    match codec {
        Codec::Gzip => gzip::unpack(packed, &mut unpacked),
        Codec::Xz => xz::unpack(packed, &mut unpacked),
        Codec::Zstd => zstd::unpack(packed, &mut unpacked),
    }
}

/// What has been unpacked so far: it grows with what was really there, up to its limit.
struct Unpacked<'a> {
    bytes: &'a mut Vec<u8>,
    limit: usize,
}

/// How much a decoder is asked for at least.
const CHUNK: usize = 64 * 1024;

impl Unpacked<'_> {
    /// Takes all that a reader gives.
    fn drain(&mut self, reader: &mut impl std::io::Read) -> Result<(), UnpackFault> {
        let mut filled = self.bytes.len();
        let drained = loop {
            if filled == self.bytes.len() {
                self.grow()?;
            }
            match reader.read(&mut self.bytes[filled..]) {
                Ok(0) => break Ok(()),
                Ok(read) if filled + read > self.limit => break Err(UnpackFault::TooLarge),
                Ok(read) => filled += read,
                Err(error) => break Err(fault(&error)),
            }
        };
        self.bytes.truncate(filled);
        drained
    }

    /// Makes room for what a file says is to come, which may be wrong.
    fn expect(&mut self, more: usize) {
        let more = more.min(self.limit - self.bytes.len());
        // Without the room, it is asked for again as it is needed.
        let _ = self.bytes.try_reserve_exact(more + 1);
    }

    /// Makes room for more: for one byte more than the limit, so that what is beyond it shows.
    fn grow(&mut self) -> Result<(), UnpackFault> {
        let length = self.bytes.len();
        let mut room = (length + length.max(CHUNK)).min(self.limit + 1);
        if self.bytes.capacity() > length {
            room = room.min(self.bytes.capacity());
        }
        self.bytes.try_reserve_exact(room - length).map_err(|_| UnpackFault::TooLarge)?;
        self.bytes.resize(room, 0);
        Ok(())
    }
}

pub(crate) fn fault(error: &std::io::Error) -> UnpackFault {
    match error.kind() {
        std::io::ErrorKind::OutOfMemory => UnpackFault::TooLarge,
        std::io::ErrorKind::UnexpectedEof => UnpackFault::CutOff,
        _ => UnpackFault::Corrupt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    /// What a command line makes of bytes that come from a pipe, so of an unknown size.
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

    fn sample() -> Vec<u8> {
        let mut state = 1u32;
        let noise = (0..100_000).map(|at: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if at % 3 == 0 { (state >> 24) as u8 } else { (at / 7) as u8 }
        });
        noise.collect()
    }

    const COMMANDS: &[(Codec, &str)] = &[
        (Codec::Gzip, "gzip -c"),
        (Codec::Gzip, "gzip -c -9"),
        (Codec::Xz, "xz -c"),
        (Codec::Xz, "xz -c -9e"),
        (Codec::Xz, "xz -c --check=none"),
        (Codec::Xz, "xz -c --check=crc32 --lzma2=dict=1MiB"),
        (Codec::Xz, "xz -c --check=crc64"),
        (Codec::Xz, "xz -c --check=sha256"),
        (Codec::Xz, "xz -c --x86 --lzma2"),
        (Codec::Xz, "xz -c --block-size=10000"),
        (Codec::Zstd, "zstd -c -q"),
        (Codec::Zstd, "zstd -c -q --no-check"),
        (Codec::Zstd, "zstd -c -q -19"),
        (Codec::Zstd, "zstd -c -q --stream-size=100000"),
        (Codec::Zstd, "zstd -c -q -1 --long=24"),
    ];

    #[test]
    fn what_the_tools_pack_is_unpacked() {
        let sample = sample();
        for (codec, command) in COMMANDS {
            let packed = packed(command, &sample);
            assert!(unpack(*codec, &packed, LIMIT).as_ref() == Ok(&sample), "{command}");
            let twice = [&packed[..], &packed].concat();
            let expected = [&sample[..], &sample].concat();
            assert!(unpack(*codec, &twice, LIMIT) == Ok(expected), "{command}, twice");
        }
    }

    #[test]
    fn nothing_packed_is_unpacked_to_nothing() {
        for (codec, command) in COMMANDS {
            assert_eq!(unpack(*codec, &packed(command, b""), LIMIT), Ok(Vec::new()), "{command}");
        }
    }

    #[test]
    fn outputs_end_at_their_limit() {
        let sample = sample();
        for (codec, command) in COMMANDS {
            let packed = packed(command, &sample);
            assert!(unpack(*codec, &packed, sample.len()).as_ref() == Ok(&sample), "{command}");
            let fault = unpack(*codec, &packed, sample.len() - 1);
            assert_eq!(fault, Err(UnpackFault::TooLarge), "{command}");
        }
        let bomb = vec![0; 4 << 20];
        for (codec, command) in
            [(Codec::Gzip, "gzip -c"), (Codec::Xz, "xz -c"), (Codec::Zstd, "zstd -c -q")]
        {
            let fault = unpack(codec, &packed(command, &bomb), 1 << 20);
            assert_eq!(fault, Err(UnpackFault::TooLarge), "{command}");
        }
    }

    #[test]
    fn files_that_are_cut_off_say_so() {
        let sample = sample();
        for (codec, command) in COMMANDS {
            let packed = packed(command, &sample);
            for length in [0, 1, 5, 7, packed.len() / 3, packed.len() - 9, packed.len() - 1] {
                let fault = unpack(*codec, &packed[..length], LIMIT);
                assert_eq!(fault, Err(UnpackFault::CutOff), "{command}, {length} bytes");
            }
        }
    }

    #[test]
    fn changed_bytes_are_found() {
        let sample = sample();
        for (codec, command) in COMMANDS {
            if command.contains("check=none") || command.contains("no-check") {
                continue;
            }
            let mut packed = packed(command, &sample);
            let middle = packed.len() / 2;
            packed[middle] ^= 0x10;
            let fault = unpack(*codec, &packed, LIMIT);
            assert_eq!(fault, Err(UnpackFault::Corrupt), "{command}");
        }
    }

    #[test]
    fn what_is_behind_the_end_counts_as_the_tools_count_it() {
        let skippable = b"\x5a\x2a\x4d\x18\x03\0\0\0abc";
        let table: &[(Codec, &str, &[u8], Option<UnpackFault>)] = &[
            (Codec::Gzip, "gzip -c", b"trailing", None),
            (Codec::Xz, "xz -c", &[0; 8], None),
            (Codec::Xz, "xz -c", b"trailing", Some(UnpackFault::Corrupt)),
            (Codec::Zstd, "zstd -c -q", skippable, None),
            (Codec::Zstd, "zstd -c -q", b"trailing", Some(UnpackFault::Corrupt)),
        ];
        for (codec, command, behind, fault) in table {
            let file = [&packed(command, b"module"), *behind].concat();
            let expected = fault.map_or_else(|| Ok(b"module".to_vec()), Err);
            assert_eq!(unpack(*codec, &file, LIMIT), expected, "{command} {behind:?}");
        }
    }
}
