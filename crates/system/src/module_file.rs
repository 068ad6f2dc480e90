//! Module files, opened for reading: plain ones by ranges, compressed ones from memory. What is in
//! them is known in `format`.

use kmodctl_decide::{Errno, Problem};
use kmodctl_format::elf::ModuleFile;
use kmodctl_format::suffix::Codec;
use kmodctl_format::{ReadAt, ReadError};

use crate::codec;
use crate::file::RangedFile;

/// The bytes of a module file, unpacked if need be.
pub struct OpenModule {
    /// How the file is compressed.
    pub codec: Option<Codec>,
    /// What it holds.
    pub bytes: ModuleBytes,
}

/// Where a module's bytes are read from.
pub enum ModuleBytes {
    /// A plain file.
    File(RangedFile),
    /// The memory that a compressed file was unpacked to.
    Unpacked(Vec<u8>),
}

/// Opens a module file for reading; its first bytes tell how it is compressed.
pub fn open_module(path: &[u8]) -> Result<OpenModule, Problem> {
    let (file, codec) = open_packed(path)?;
    let bytes = match codec {
        None => ModuleBytes::File(file),
        Some(codec) => ModuleBytes::Unpacked(unpack(path, &file, codec)?),
    };
    Ok(OpenModule { codec, bytes })
}

/// Opens a module file and reads which sections it has.
pub fn open_sections(path: &[u8]) -> Result<ModuleFile<ModuleBytes>, Problem> {
    ModuleFile::read(open_module(path)?.bytes)
        .map_err(|damage| Problem::ModuleDamaged { file: path.into(), damage })
}

/// Opens a module file as it is. A file without six bytes is EINVAL, as for kmod.
pub(crate) fn open_packed(path: &[u8]) -> Result<(RangedFile, Option<Codec>), Problem> {
    let file = RangedFile::open(path).map_err(|errno| unreadable(path, errno))?;
    let mut magic = [0; MAGIC];
    match file.read_up_to(0, &mut magic) {
        Ok(MAGIC) => Ok((file, codec::of_magic(&magic))),
        Ok(_) => Err(unreadable(path, Errno::EINVAL)),
        Err(errno) => Err(unreadable(path, errno)),
    }
}

/// Opens a module file as it is, and reads all of it into `bytes` if it has at most `most` bytes.
pub(crate) fn open_reading(
    path: &[u8],
    most: u64,
    bytes: &mut Vec<u8>,
) -> Result<(RangedFile, Option<Codec>), Problem> {
    let refused = |errno| unreadable(path, errno);
    let file = RangedFile::open(path).map_err(refused)?;
    if file.length() > most {
        bytes.resize(MAGIC, 0);
        let read = file.read_up_to(0, bytes).map_err(refused)?;
        bytes.truncate(read);
    } else {
        file.read_whole_into(most, bytes).map_err(refused)?;
    }
    match bytes.get(..MAGIC) {
        Some(magic) => Ok((file, codec::of_magic(magic))),
        None => Err(unreadable(path, Errno::EINVAL)),
    }
}

/// How many bytes tell how a file is compressed.
const MAGIC: usize = 6;

/// Reads and unpacks an open file.
pub(crate) fn unpack(path: &[u8], file: &RangedFile, codec: Codec) -> Result<Vec<u8>, Problem> {
    let (mut packed, mut unpacked) = (Vec::new(), Vec::new());
    unpack_into(path, file, codec, &mut packed, &mut unpacked)?;
    Ok(unpacked)
}

/// Reads and unpacks an open file, into buffers that may have been used before.
pub(crate) fn unpack_into(
    path: &[u8],
    file: &RangedFile,
    codec: Codec,
    packed: &mut Vec<u8>,
    unpacked: &mut Vec<u8>,
) -> Result<(), Problem> {
    /// The largest module of a distribution has 10 MB when compressed.
    const PACKED_LIMIT: u64 = 256 << 20;
    file.read_whole_into(PACKED_LIMIT, packed).map_err(|errno| unreadable(path, errno))?;
    codec::unpack_into(codec, packed, unpacked_limit(packed.len()), unpacked)
        .map_err(|fault| Problem::ModulePacked { file: path.into(), codec, fault })
}

/// No module is packed as tightly as this: what claims to be is a bomb, which is not to fill the
/// memory of a machine that merely looks at it.
fn unpacked_limit(packed: usize) -> usize {
    packed.saturating_mul(32).saturating_add(16 << 20).min(codec::LIMIT)
}

/// Reads an open file that is not compressed.
pub(crate) fn read_whole(path: &[u8], file: &RangedFile) -> Result<Vec<u8>, Problem> {
    file.read_whole(codec::LIMIT as u64).map_err(|errno| unreadable(path, errno))
}

pub(crate) fn unreadable(path: &[u8], errno: Errno) -> Problem {
    Problem::FileUnreadable { file: path.into(), errno }
}

impl ReadAt for ModuleBytes {
    fn length(&self) -> u64 {
        match self {
            Self::File(file) => file.length(),
            Self::Unpacked(bytes) => bytes[..].length(),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        match self {
            Self::File(file) => file.read_at(offset, buffer),
            Self::Unpacked(bytes) => bytes[..].read_at(offset, buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn modules_read_the_same_however_they_are_compressed() {
        let tree = Tree::new();
        tree.write("m.ko", b"some bytes of a module");
        // The suffix says nothing: content decides.
        for (pack, codec) in [("gzip", Codec::Gzip), ("xz", Codec::Xz), ("zstd", Codec::Zstd)] {
            let input = std::fs::File::open(tree.path("m.ko")).unwrap();
            let packed = std::process::Command::new(pack).arg("-c").stdin(input).output().unwrap();
            tree.write("packed.ko", packed.stdout);
            let module = open_module(&tree.bytes("packed.ko")).unwrap();
            assert_eq!(module.codec, Some(codec));
            assert!(
                matches!(&module.bytes, ModuleBytes::Unpacked(b) if b == b"some bytes of a module")
            );
        }
        let module = open_module(&tree.bytes("m.ko")).unwrap();
        assert_eq!(module.codec, None);
        assert_eq!(module.bytes.length(), 22);
        let mut word = [0; 5];
        assert_eq!(module.bytes.read_at(5, &mut word), Ok(()));
        assert_eq!(&word, b"bytes");
        assert_eq!(module.bytes.read_at(20, &mut word), Err(ReadError::Beyond));
    }
}
