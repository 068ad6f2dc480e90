//! What this room reads of module files is what the `object` crate reads of them: of small modules
//! written here in every layout, and of every module of a tree when `KMODCTL_MODULE_TREE` names
//! one (`cargo xtask test` always does).
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kmodctl_format::byte_order;
use kmodctl_format::elf::{Class, Layout, ModuleFile};
use kmodctl_format::symbols::{self, Symbols};
use object::read::elf::{ElfFile, FileHeader, SectionHeader, Sym};
use object::{Endianness, FileKind, elf};

#[path = "../src/elf/writer.rs"]
mod writer;

use writer::{ModuleWriter, every_layout};

type Bytes = Vec<u8>;
/// Name, checksum, and the letter of its binding.
type Listed = Vec<(Bytes, u64, u8)>;

/// All that is compared of one module.
struct Facts {
    machine: u16,
    sections: Vec<(Bytes, Bytes)>,
    exported: Listed,
    needed: Listed,
    versions: Listed,
}

#[test]
fn written_modules_read_the_same() {
    for layout in every_layout() {
        for module in written(layout) {
            compare(&module, &format!("{layout:?}"));
        }
    }
}

#[test]
fn modules_of_a_tree_read_the_same() {
    let Some(tree) = std::env::var_os("KMODCTL_MODULE_TREE") else {
        println!("KMODCTL_MODULE_TREE is not set: only written modules are compared");
        return written_modules_read_the_same();
    };
    let mut paths = Vec::new();
    collect(Path::new(&tree), &mut paths);
    assert!(!paths.is_empty(), "no uncompressed module below {}", tree.display());
    for path in &paths {
        compare(&std::fs::read(path).unwrap(), &path.to_string_lossy());
    }
    println!("{} modules read the same", paths.len());
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), paths);
        } else if kind.is_file() && entry.path().extension().is_some_and(|end| end == "ko") {
            paths.push(entry.path());
        }
    }
}

fn compare(module: &[u8], place: &str) {
    let (ours, theirs) = (ours(module), theirs(module));
    let names = |facts: &Facts| facts.sections.iter().map(|section| section.0.clone()).collect();
    let (our_names, their_names): (Vec<_>, Vec<_>) = (names(&ours), names(&theirs));
    assert_eq!(our_names, their_names, "{place}");
    for (our, their) in ours.sections.iter().zip(&theirs.sections) {
        assert!(our == their, "{place}: {}", our.0.escape_ascii());
    }
    assert_eq!(ours.machine, theirs.machine, "{place}");
    assert_eq!(ours.exported, theirs.exported, "{place}");
    assert_eq!(ours.needed, theirs.needed, "{place}");
    assert_eq!(ours.versions, theirs.versions, "{place}");
}

/// One module with checksums as values, one with checksums in a section, one without any.
fn written(layout: Layout) -> [Bytes; 3] {
    let writer = ModuleWriter::new(layout);
    let versions = writer.versions(&[(9, b"module_layout"), (5, b"printk"), (6, b"unused")]);
    let checksums = writer.numbers(&[0x1111_1111, 0x2222_2222]);
    let base = writer
        .section(b".text", b"code")
        .section(b".modinfo", b"license=GPL\0name=small\0")
        .without_bytes(b".bss", 100_000)
        .section(b"__ksymtab_strings", b"given\0also_given\0")
        .symbol(b"init_module", 0x12, 1, 0)
        .symbol(b"printk", 0x10, 0, 0)
        .symbol(b"perhaps", 0x20, 0, 0);
    let absolute = base.clone().allocated(b"__versions", &versions).symbol(
        b"__crc_given",
        0x10,
        0xfff1,
        0xabcd_0123,
    );
    let relative = base
        .clone()
        .section(b"__kcrctab", &checksums)
        .symbol(b"__crc_given", 0x00, 5, 0)
        .symbol(b"__crc_also_given", 0x10, 5, 4);
    [absolute.write(), relative.write(), base.write()]
}

fn ours(module: &[u8]) -> Facts {
    let file = ModuleFile::read(module).unwrap();
    let contents =
        |section| (file.name(&section).unwrap().to_vec(), file.contents(&section).unwrap());
    Facts {
        machine: file.machine(),
        sections: file.sections().map(contents).collect(),
        exported: symbols::exported(&file).unwrap().map(|given| listed(&given)).unwrap_or_default(),
        needed: listed(&symbols::needed(&file).unwrap()),
        versions: symbols::versions(&file).unwrap().map(|built| listed(&built)).unwrap_or_default(),
    }
}

fn listed(symbols: &Symbols) -> Listed {
    symbols.iter().map(|symbol| (symbol.name.to_vec(), symbol.crc, symbol.bind.letter())).collect()
}

fn theirs(module: &[u8]) -> Facts {
    match FileKind::parse(module).unwrap() {
        FileKind::Elf32 => Theirs::<elf::FileHeader32<Endianness>>::facts(module),
        _ => Theirs::<elf::FileHeader64<Endianness>>::facts(module),
    }
}

/// The same facts, taken with `object` and with no code of this room.
struct Theirs<'a, H: FileHeader<Endian = Endianness>> {
    file: ElfFile<'a, H>,
    module: &'a [u8],
}

impl<'a, H: FileHeader<Endian = Endianness>> Theirs<'a, H> {
    fn facts(module: &'a [u8]) -> Facts {
        let theirs = Self { file: ElfFile::parse(module).unwrap(), module };
        let header = theirs.file.elf_header();
        let versions = theirs.versions();
        Facts {
            machine: header.e_machine(theirs.file.endian()).0,
            sections: theirs.sections(),
            exported: theirs.exported(),
            needed: theirs.needed(&versions),
            versions: versions.into_iter().map(|(name, crc)| (name, crc, b'U')).collect(),
        }
    }

    fn sections(&self) -> Vec<(Bytes, Bytes)> {
        let (endian, table) = (self.file.endian(), self.file.elf_section_table());
        let contents = |section: &H::SectionHeader| {
            let name = table.section_name(endian, section).unwrap().to_vec();
            (name, section.data(endian, self.module).unwrap().to_vec())
        };
        table.iter().skip(1).map(contents).collect()
    }

    fn section(&self, name: &str) -> Option<Bytes> {
        self.sections()
            .into_iter()
            .find(|section| section.0 == name.as_bytes())
            .map(|found| found.1)
    }

    fn u32(&self, bytes: &[u8]) -> u64 {
        let word: [u8; 4] = bytes[..4].try_into().unwrap();
        u64::from(match self.file.endian() {
            Endianness::Big => u32::from_be_bytes(word),
            Endianness::Little => u32::from_le_bytes(word),
        })
    }

    fn exported(&self) -> Listed {
        let endian = self.file.endian();
        let mut exported = Vec::new();
        for symbol in self.file.elf_symbol_table().iter().skip(1) {
            let name = self.file.elf_symbol_table().symbol_name(endian, symbol).unwrap();
            let Some(name) = name.strip_prefix(b"__crc_") else { continue };
            let (value, index) = (symbol.st_value(endian).into(), symbol.st_shndx(endian));
            let crc = if index == elf::SHN_ABS || index == elf::SHN_UNDEF {
                value
            } else {
                let section = &self.sections()[usize::from(index.0) - 1];
                self.u32(&section.1[usize::try_from(value).unwrap()..])
            };
            let letter = [b'L', b'G', b'W'][usize::from(symbol.st_bind().0)];
            exported.push((name.to_vec(), crc, letter));
        }
        if exported.is_empty() {
            let strings = self.section("__ksymtab_strings").unwrap_or_default();
            let names = strings.split(|&byte| byte == 0).filter(|name| !name.is_empty());
            exported = names.map(|name| (name.to_vec(), 0, b'G')).collect();
        }
        exported
    }

    fn versions(&self) -> Vec<(Bytes, u64)> {
        let section = self.section("__versions").unwrap_or_default();
        let width = if self.file.elf_header().is_type_64() { 8 } else { 4 };
        let record = |record: &[u8]| {
            let is_big = self.file.endian() == Endianness::Big;
            let low = if is_big { &record[width - 4..width] } else { &record[..4] };
            let name = record[width..].split(|&byte| byte == 0).next().unwrap();
            (name.to_vec(), self.u32(low))
        };
        section.chunks(64).map(record).collect()
    }

    fn needed(&self, versions: &[(Bytes, u64)]) -> Listed {
        let (endian, table) = (self.file.endian(), self.file.elf_symbol_table());
        let mut unused: BTreeMap<_, _> = versions.iter().cloned().collect();
        let mut needed = Vec::new();
        for symbol in table.iter().skip(1).filter(|symbol| symbol.is_undefined(endian)) {
            let name = table.symbol_name(endian, symbol).unwrap().to_vec();
            let is_weak = symbol.st_bind() == elf::STB_WEAK;
            if !name.is_empty() {
                let crc = unused.remove(&name).unwrap_or(0);
                needed.push((name, crc, if is_weak { b'W' } else { b'U' }));
            }
        }
        let rest = versions.iter().filter(|(name, _)| unused.contains_key(name));
        needed.extend(rest.map(|(name, crc)| (name.clone(), *crc, b'U')));
        needed
    }
}
