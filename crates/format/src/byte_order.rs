//! Integers as machines of either byte order write them. It reads them from any place of a slice
//! and never beyond its end.

/// Which end of an integer comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The most significant byte first: s390x, most of PowerPC and SPARC.
    Big,
    /// The least significant byte first: x86, ARM, RISC-V.
    Little,
}

impl ByteOrder {
    /// The two bytes at `at`, or nothing when they are not all there.
    pub fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let field = field(bytes, at)?;
        Some(match self {
            Self::Big => u16::from_be_bytes(field),
            Self::Little => u16::from_le_bytes(field),
        })
    }

    /// The four bytes at `at`, or nothing when they are not all there.
    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let field = field(bytes, at)?;
        Some(match self {
            Self::Big => u32::from_be_bytes(field),
            Self::Little => u32::from_le_bytes(field),
        })
    }

    /// The eight bytes at `at`, or nothing when they are not all there.
    pub fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let field = field(bytes, at)?;
        Some(match self {
            Self::Big => u64::from_be_bytes(field),
            Self::Little => u64::from_le_bytes(field),
        })
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_are_read_and_ends_are_kept() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(ByteOrder::Big.u16(&bytes, 1), Some(0x0203));
        assert_eq!(ByteOrder::Little.u16(&bytes, 1), Some(0x0302));
        assert_eq!(ByteOrder::Big.u32(&bytes, 4), Some(0x0506_0708));
        assert_eq!(ByteOrder::Little.u32(&bytes, 4), Some(0x0807_0605));
        assert_eq!(ByteOrder::Big.u64(&bytes, 0), Some(0x0102_0304_0506_0708));
        assert_eq!(ByteOrder::Little.u64(&bytes, 0), Some(0x0807_0605_0403_0201));
        for at in [1, 8, usize::MAX - 3, usize::MAX] {
            assert_eq!(ByteOrder::Little.u64(&bytes, at), None, "{at}");
        }
    }
}
