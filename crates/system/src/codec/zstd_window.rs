//! How far back a zstd frame's matches may reach, as its header says.

/// What the zstd tool takes without being asked for more: 128 MiB.
pub(crate) const LIMIT: u64 = 1 << 27;

/// The window that a frame's header asks for; `None` where there is no such field.
///
/// Source: RFC 8878, 3.1.1.1.2.
pub(crate) fn window(frame: &[u8]) -> Option<u64> {
    const SINGLE_SEGMENT: u8 = 1 << 5;
    let &[descriptor, window, ..] = frame.strip_prefix(b"\x28\xb5\x2f\xfd")? else { return None };
    let base = 1u64 << (10 + (window >> 3));
    let size = base + base / 8 * u64::from(window & 7);
    (descriptor & SINGLE_SEGMENT == 0).then_some(size)
}

#[cfg(test)]
mod tests {
    use crate::codec::unpack;
    use kmodctl_decide::problem::UnpackFault;
    use kmodctl_format::suffix::Codec;

    /// A frame of blocks that each repeat one byte 128 KiB long; three bytes of header and the byte.
    fn repeated(window: u8, blocks: usize) -> Vec<u8> {
        let block = |is_last: u32| {
            let header = (128 * 1024) << 3 | 1 << 1 | is_last;
            [&header.to_le_bytes()[..3], b"x"].concat()
        };
        let header = [b"\x28\xb5\x2f\xfd\0".to_vec(), vec![window]].concat();
        [header, block(0).repeat(blocks - 1), block(1)].concat()
    }

    /// 256 KiB of input stand for 8 GiB of output: a test that held them would not end well.
    #[test]
    fn a_window_is_not_filled_beyond_the_limit() {
        let (of_8_mib, of_128_mib, of_144_mib, largest) = (13 << 3, 17 << 3, 17 << 3 | 1, 0xff);
        for window in [of_8_mib, of_128_mib, of_144_mib, largest] {
            let bomb = repeated(window, 65_536);
            assert_eq!(unpack(Codec::Zstd, &bomb, 1 << 20), Err(UnpackFault::TooLarge));
        }
        for (window, fits) in [(of_128_mib, true), (of_144_mib, false)] {
            let unpacked = unpack(Codec::Zstd, &repeated(window, 8), 1 << 20);
            let expected = if fits { Ok(vec![b'x'; 1 << 20]) } else { Err(UnpackFault::TooLarge) };
            assert!(unpacked == expected, "{window:#x}");
        }
    }
}
