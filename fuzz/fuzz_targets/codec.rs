//! Hostile compressed files: unpacking ends, within its limit, and says the same each time.
#![no_main]

use kmodctl_format::suffix::Codec;
use kmodctl_system::codec::unpack;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    for codec in [Codec::Gzip, Codec::Xz, Codec::Zstd] {
        let unpacked = unpack(codec, bytes, LIMIT);
        if let Ok(unpacked) = &unpacked {
            assert!(unpacked.len() <= LIMIT, "{} bytes", unpacked.len());
        }
        let start = unpack(codec, bytes, LIMIT / 2);
        if let (Ok(start), Ok(unpacked)) = (start, unpacked) {
            assert!(start == unpacked, "{codec:?}: another content");
        }
    }
});
