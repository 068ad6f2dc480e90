//! The checksums of the symbols a module was built against: `__versions`, and the extended form
//! that has room for long names. It compares nothing with a kernel.

use super::{Bind, Place, Symbols};
use crate::elf::{Class, Damage, ModuleFile, Part};
use crate::modinfo::before_nul;
use crate::modinfo::strings;
use crate::read_at::ReadAt;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::ops::Range;

/// The symbols a module was built against; nothing when it has no such section.
///
/// `__versions` comes first, then what only the extended form has. Names are as the file spells
/// them: kmod's list of them drops one leading `.`.
/// Source: `include/linux/module.h` (`struct modversion_info`),
/// `Documentation/kbuild/modules.rst` ("Extended modversions").
pub fn versions<R: ReadAt>(file: &ModuleFile<R>) -> Result<Option<Symbols>, Damage> {
    let basic = basic(file)?;
    let extended = extended(file)?;
    Ok(match (basic, extended) {
        (Some(basic), Some(extended)) => Some(join(basic, &extended)),
        (basic, extended) => basic.or(extended),
    })
}

/// The records of `__versions`: a checksum as wide as an address, and a name in the rest of its
/// 64 bytes.
pub(super) fn basic<R: ReadAt>(file: &ModuleFile<R>) -> Result<Option<Symbols>, Damage> {
    const RECORD: usize = 64;
    let Some(section) = file.find(b"__versions") else { return Ok(None) };
    let text = file.contents(&section)?;
    let broken =
        |at: usize| Damage::Broken { part: Part::Versions, offset: section.offset + at as u64 };
    let name_start = if file.layout().class == Class::Elf32 { 4 } else { 8 };
    if text.len() % RECORD != 0 {
        return Err(broken(text.len() / RECORD * RECORD));
    }
    let mut places = Vec::with_capacity(text.len() / RECORD);
    for start in (0..text.len()).step_by(RECORD) {
        let name = &text[start + name_start..start + RECORD];
        let length = before_nul(name).ok_or(broken(start))?;
        let crc = file.layout().word(&text, start).ok_or(broken(start))?;
        places.push(place(start + name_start..start + name_start + length, crc));
    }
    Ok(Some(Symbols { text, places }))
}

/// `__version_ext_crcs`, 32-bit checksums, and `__version_ext_names`, a string for each.
fn extended<R: ReadAt>(file: &ModuleFile<R>) -> Result<Option<Symbols>, Damage> {
    let Some(section) = file.find(b"__version_ext_crcs") else { return Ok(None) };
    let Some(text) = file.section(b"__version_ext_names")? else { return Ok(None) };
    let broken = Damage::Broken { part: Part::ExtendedVersions, offset: section.offset };
    let crcs = file.contents(&section)?;
    let names: Vec<_> = strings(&text).map(|(start, name)| start..start + name.len()).collect();
    if crcs.len() % 4 != 0 || crcs.len() / 4 != names.len() {
        return Err(broken);
    }
    let order = file.layout().order;
    let crc = |index: usize| order.u32(&crcs, index * 4).map_or(0, u64::from);
    let places =
        names.into_iter().enumerate().map(|(index, name)| place(name, crc(index))).collect();
    Ok(Some(Symbols { text, places }))
}

fn join(mut basic: Symbols, extended: &Symbols) -> Symbols {
    let known: BTreeSet<_> = basic.iter().map(|symbol| symbol.name).collect();
    let shift = basic.text.len();
    let missing: Vec<_> = extended
        .places
        .iter()
        .zip(extended.iter())
        .filter(|(_, symbol)| !known.contains(symbol.name))
        .map(|(at, symbol)| place(at.name.start + shift..at.name.end + shift, symbol.crc))
        .collect();
    basic.text.extend_from_slice(&extended.text);
    basic.places.extend(missing);
    basic
}

fn place(name: Range<usize>, crc: u64) -> Place {
    Place { name, crc, bind: Bind::Undefined }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::writer::{ModuleWriter, every_layout};

    type Listed = Vec<(Vec<u8>, u64)>;

    fn listed(bytes: &[u8]) -> Result<Option<Listed>, Damage> {
        let symbols = versions(&ModuleFile::read(bytes).unwrap())?;
        let pair = |symbol: super::super::Symbol<'_>| (symbol.name.to_vec(), symbol.crc);
        Ok(symbols.map(|symbols| symbols.iter().map(pair).collect()))
    }

    #[test]
    fn both_forms_are_read_and_joined() {
        for layout in every_layout() {
            let writer = ModuleWriter::new(layout);
            let basic = writer.versions(&[(1, b"module_layout"), (0xffff_fff0, b".printk")]);
            let crcs = writer.numbers(&[1, 3]);
            let long = [b'r'; 300];
            let names = [b"module_layout\0", &long[..], b"\0"].concat();
            let with_basic = writer.clone().section(b"__versions", &basic);
            let extend = |writer: ModuleWriter| {
                writer.section(b"__version_ext_crcs", &crcs).section(b"__version_ext_names", &names)
            };
            let both = extend(with_basic.clone()).write();
            let only_extended = extend(writer.clone()).write();
            let layout_entry = (b"module_layout".to_vec(), 1);
            let printk = (b".printk".to_vec(), 0xffff_fff0);
            let rust = (long.to_vec(), 3);
            let basic_entries = [layout_entry.clone(), printk.clone()];
            assert_eq!(listed(&with_basic.write()), Ok(Some(basic_entries.to_vec())));
            assert_eq!(
                listed(&both),
                Ok(Some([layout_entry.clone(), printk, rust.clone()].to_vec()))
            );
            assert_eq!(listed(&only_extended), Ok(Some([layout_entry, rust].to_vec())));
            assert_eq!(listed(&writer.write()), Ok(None));
        }
    }

    #[test]
    fn damage_is_named_with_its_offset() {
        for layout in every_layout() {
            let writer = ModuleWriter::new(layout);
            let full = [b'x'; 64];
            let good = writer.versions(&[(1, b"a")]);
            let table = [([&good[..], &full[..]].concat(), 64), ([&good[..], b"odd"].concat(), 64)];
            for (section, at) in table {
                let bytes = writer.clone().section(b"__versions", &section).write();
                let start = ModuleFile::read(&bytes[..]).unwrap().find(b"__versions").unwrap();
                let broken = Damage::Broken { part: Part::Versions, offset: start.offset + at };
                assert_eq!(listed(&bytes), Err(broken));
            }
            let uneven = writer
                .section(b"__version_ext_crcs", &[0; 8])
                .section(b"__version_ext_names", b"only\0")
                .write();
            assert!(matches!(
                listed(&uneven),
                Err(Damage::Broken { part: Part::ExtendedVersions, .. })
            ));
        }
    }
}
