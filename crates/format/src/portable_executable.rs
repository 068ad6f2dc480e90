//! Sections of PE files: a unified kernel image is one, and has its initramfs in `.initrd`
//! (<https://uapi-group.org/specifications/specs/unified_kernel_image/>). Only sections are found.

use crate::read_at::{ReadAt, ReadError};

/// Where a section's bytes are in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// The offset of its first byte.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

/// Whether a file with these first bytes may be a PE file.
pub fn is_executable(start: &[u8]) -> bool {
    start.starts_with(b"MZ")
}

/// Finds the first section of a name, which has at most eight bytes.
///
/// `None` when there is none, and for a file that is no PE file; a section that ends beyond the
/// file is [`ReadError::Beyond`].
pub fn section(file: &(impl ReadAt + ?Sized), name: &[u8]) -> Result<Option<Section>, ReadError> {
    let mut start = [0; 0x40];
    file.read_at(0, &mut start)?;
    let header_at = u64::from(u32::from_le_bytes([start[60], start[61], start[62], start[63]]));
    let mut header = [0; 24];
    file.read_at(header_at, &mut header)?;
    if !is_executable(&start) || !header.starts_with(b"PE\0\0") {
        return Ok(None);
    }
    let count = u64::from(u16::from_le_bytes([header[6], header[7]]));
    let table = header_at + 24 + u64::from(u16::from_le_bytes([header[20], header[21]]));
    for number in 0..count {
        let mut row = [0; 40];
        file.read_at(table + 40 * number, &mut row)?;
        let length = row[..8].iter().position(|&byte| byte == 0).unwrap_or(8);
        if &row[..length] == name {
            return bounded(file, &row).map(Some);
        }
    }
    Ok(None)
}

fn bounded(file: &(impl ReadAt + ?Sized), row: &[u8; 40]) -> Result<Section, ReadError> {
    let field =
        |at: usize| u64::from(u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]));
    // The raw size is padded; the virtual one is what the section holds.
    let (held, raw, offset) = (field(8), field(16), field(20));
    let length = if held == 0 { raw } else { held.min(raw) };
    if offset + length > file.length() {
        return Err(ReadError::Beyond);
    }
    Ok(Section { offset, length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn executable(sections: &[(&[u8], u32, u32, u32)]) -> Vec<u8> {
        let mut file = b"MZ".to_vec();
        file.resize(60, 0);
        file.extend(0x40u32.to_le_bytes());
        file.extend(b"PE\0\0\x64\x86");
        file.extend((sections.len() as u16).to_le_bytes());
        file.extend([0; 12]);
        file.extend(4u16.to_le_bytes());
        file.extend([0; 2 + 4]);
        for (name, held, raw, offset) in sections {
            let mut row = name.to_vec();
            row.resize(8, 0);
            for field in [*held, 0, *raw, *offset, 0, 0, 0, 0] {
                row.extend(field.to_le_bytes());
            }
            file.extend(row);
        }
        file.resize(1024, 7);
        file
    }

    #[test]
    fn sections_are_found_by_their_names() {
        let file = executable(&[
            (b".linux", 100, 512, 512),
            (b".initrd", 60, 512, 512),
            (b".eightby", 0, 12, 512),
            (b".far", 600, 600, 512),
        ]);
        let found = |name: &str| section(&file[..], name.as_bytes());
        assert_eq!(found(".initrd"), Ok(Some(Section { offset: 512, length: 60 })));
        assert_eq!(found(".eightby"), Ok(Some(Section { offset: 512, length: 12 })));
        assert_eq!(found(".cmdline"), Ok(None));
        assert_eq!(found(".far"), Err(ReadError::Beyond));
        assert_eq!(section(&file[..150], b".initrd"), Err(ReadError::Beyond));
        assert_eq!(section(&b"MZ"[..], b".initrd"), Err(ReadError::Beyond));
        assert_eq!(section(&[b'M'; 200][..], b".initrd"), Err(ReadError::Beyond));
        assert_eq!(section(&[0; 200][..], b".initrd"), Ok(None));
    }
}
