//! Takes the version information out of a private copy of a module, so that a kernel inserts it
//! although it was made for another one. The file on disk is never touched.

use super::{Damage, ModuleFile, Section};
use crate::modinfo;
use core::ops::Range;

/// Why the version information could not be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstripped {
    /// The copy is not a readable module.
    Damaged(Damage),
    /// `.modinfo` is there, but holds no `vermagic` string.
    NoVermagic,
}

impl Unstripped {
    /// The errno that kmod gives for it: ENODATA for a missing `vermagic`.
    pub fn errno(self) -> i32 {
        const ENODATA: i32 = 61;
        match self {
            Self::Damaged(damage) => damage.errno(),
            Self::NoVermagic => ENODATA,
        }
    }
}

/// Clears what makes a kernel compare versions: with `modversions` the flag `SHF_ALLOC` of
/// `__versions`, with `vermagic` every byte of the first `vermagic=…` string.
///
/// A module without `__versions` or without `.modinfo` has nothing to clear and is fine. When an
/// error is returned no byte was changed.
/// The kernel reads neither once so cleared (`kernel/module/main.c`, `setup_load_info`).
pub fn strip_versions(
    bytes: &mut [u8],
    modversions: bool,
    vermagic: bool,
) -> Result<(), Unstripped> {
    let file = ModuleFile::read(&*bytes).map_err(Unstripped::Damaged)?;
    let flags = if modversions { allocation_flag(&file) } else { None };
    let text = if vermagic { vermagic_range(&file)? } else { None };
    if let Some(byte) = flags.and_then(|at| bytes.get_mut(at)) {
        *byte &= !SHF_ALLOC;
    }
    if let Some(text) = text.and_then(|range| bytes.get_mut(range)) {
        text.fill(0);
    }
    Ok(())
}

const SHF_ALLOC: u8 = 2;

/// Where the byte of `__versions`' flags stands that holds `SHF_ALLOC`: the least significant one.
fn allocation_flag(file: &ModuleFile<&[u8]>) -> Option<usize> {
    let section = file.find(b"__versions")?;
    let start = usize::try_from(section.header_offset).ok()?.checked_add(Section::FLAGS)?;
    start.checked_add(file.layout().least_significant_byte())
}

/// Where in the file the first `vermagic=…` string stands, without its NUL.
fn vermagic_range(file: &ModuleFile<&[u8]>) -> Result<Option<Range<usize>>, Unstripped> {
    let Some(section) = file.find(b".modinfo") else { return Ok(None) };
    let contents = file.contents(&section).map_err(Unstripped::Damaged)?;
    let (start, length) = modinfo::strings(&contents)
        .find(|(_, string)| string.starts_with(b"vermagic="))
        .map(|(start, string)| (start, string.len()))
        .ok_or(Unstripped::NoVermagic)?;
    let start = usize::try_from(section.offset).map_or(usize::MAX, |offset| offset + start);
    Ok(Some(start..start.saturating_add(length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::writer::{ModuleWriter, every_layout};

    #[test]
    fn versions_lose_their_flag_and_vermagic_its_bytes() {
        for layout in every_layout() {
            let before = ModuleWriter::new(layout)
                .section(b".modinfo", b"\0a=b\0vermagic=6.1 SMP\0vermagic=other\0")
                .allocated(b"__versions", &[0; 64])
                .write();
            let mut after = before.clone();
            assert_eq!(strip_versions(&mut after, true, true), Ok(()));
            let changed: usize = before.iter().zip(&after).filter(|(old, new)| old != new).count();
            assert_eq!(changed, b"vermagic=6.1 SMP".len() + 1, "{layout:?}");
            let file = ModuleFile::read(&after[..]).unwrap();
            let modinfo = file.section(b".modinfo").unwrap().unwrap();
            let zeros = [0; b"vermagic=6.1 SMP".len()];
            assert_eq!(modinfo, [b"\0a=b\0", &zeros[..], b"\0vermagic=other\0"].concat());
            let flags = usize::try_from(file.find(b"__versions").unwrap().header_offset).unwrap();
            assert_eq!(layout.word(&after, flags + Section::FLAGS), Some(0));
            assert_eq!(layout.word(&before, flags + Section::FLAGS), Some(2));
        }
    }

    #[test]
    fn only_what_was_asked_for_is_cleared() {
        for layout in every_layout() {
            let bare = ModuleWriter::new(layout).section(b".text", b"x").write();
            let plain = ModuleWriter::new(layout).section(b".modinfo", b"license=GPL\0").write();
            let table = [
                (&bare, true, true, Ok(())),
                (&plain, true, false, Ok(())),
                (&plain, false, false, Ok(())),
                (&plain, true, true, Err(Unstripped::NoVermagic)),
            ];
            for (before, modversions, vermagic, expected) in table {
                let mut after = before.clone();
                assert_eq!(strip_versions(&mut after, modversions, vermagic), expected);
                assert_eq!(&after, before, "nothing is to be changed");
            }
        }
        assert_eq!(Unstripped::NoVermagic.errno(), 61);
        let damaged = Err(Unstripped::Damaged(Damage::NotElf));
        assert_eq!(strip_versions(&mut [0; 40], true, true), damaged);
    }
}
