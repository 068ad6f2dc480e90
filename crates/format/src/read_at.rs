//! Bytes that are asked for by range, so that a parser reads only what it needs. No file is opened
//! here: a slice answers from memory, and `system` answers from a file.

/// Bytes of a known length that can be read at any offset.
pub trait ReadAt {
    /// How many bytes there are.
    fn length(&self) -> u64;

    /// Fills the whole buffer from `offset` on; a range beyond the end is [`ReadError::Beyond`].
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError>;
}

/// Why a range could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The range ends beyond the last byte.
    Beyond,
    /// The kernel refused the read, with this errno.
    Io(i32),
}

impl ReadAt for [u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let start = usize::try_from(offset).map_err(|_| ReadError::Beyond)?;
        let end = start.checked_add(buffer.len()).ok_or(ReadError::Beyond)?;
        buffer.copy_from_slice(self.get(start..end).ok_or(ReadError::Beyond)?);
        Ok(())
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn length(&self) -> u64 {
        (**self).length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_beyond_the_end_are_refused() {
        let bytes: &[u8] = b"abcd";
        let mut two = [0; 2];
        assert_eq!(bytes.read_at(2, &mut two), Ok(()));
        assert_eq!(&two, b"cd");
        for offset in [3, 4, u64::MAX] {
            assert_eq!(bytes.read_at(offset, &mut two), Err(ReadError::Beyond), "{offset}");
        }
    }
}
