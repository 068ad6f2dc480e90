//! Writes small module files for tests, in every layout. It knows no more of ELF than they need.

#![allow(dead_code, unreachable_pub)]

extern crate alloc;

use alloc::vec::Vec;

use super::{Class, Layout};
use crate::byte_order::ByteOrder;

const SYMTAB: u32 = 2;
const STRTAB: u32 = 3;

/// Both classes in both byte orders.
pub fn every_layout() -> Vec<Layout> {
    let mut layouts = Vec::new();
    for class in [Class::Elf32, Class::Elf64] {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            layouts.push(Layout { class, order });
        }
    }
    layouts
}

/// A module file in the making: sections in order, then a symbol table.
#[derive(Clone)]
pub struct ModuleWriter {
    layout: Layout,
    machine: u16,
    sections: Vec<Written>,
    symbols: Vec<u8>,
    symbol_names: Vec<u8>,
}

#[derive(Clone)]
struct Written {
    name: Vec<u8>,
    kind: u32,
    flags: u64,
    bytes: Vec<u8>,
    size: u64,
}

impl ModuleWriter {
    pub fn new(layout: Layout) -> Self {
        let (sections, symbols, symbol_names) = (Vec::new(), Vec::new(), Vec::new());
        Self { layout, machine: 62, sections, symbols, symbol_names }
    }

    pub fn machine(mut self, machine: u16) -> Self {
        self.machine = machine;
        self
    }

    pub fn section(self, name: &[u8], bytes: &[u8]) -> Self {
        self.any_section(name, 1, 0, bytes, bytes.len() as u64)
    }

    pub fn allocated(self, name: &[u8], bytes: &[u8]) -> Self {
        self.any_section(name, 1, 2, bytes, bytes.len() as u64)
    }

    pub fn without_bytes(self, name: &[u8], size: u64) -> Self {
        self.any_section(name, 8, 2, &[], size)
    }

    /// A section whose header claims a size that its bytes do not have.
    pub fn any_section(
        mut self,
        name: &[u8],
        kind: u32,
        flags: u64,
        bytes: &[u8],
        size: u64,
    ) -> Self {
        let (name, bytes) = (name.to_vec(), bytes.to_vec());
        self.sections.push(Written { name, kind, flags, bytes, size });
        self
    }

    /// Adds a symbol; the first one also makes the empty symbol at index 0.
    pub fn symbol(mut self, name: &[u8], info: u8, section: u16, value: u64) -> Self {
        if self.symbols.is_empty() {
            self.symbol_names.push(0);
            self.push_symbol(0, 0, 0, 0);
        }
        let name_offset = self.symbol_names.len() as u32;
        self.symbol_names.extend_from_slice(name);
        self.symbol_names.push(0);
        self.push_symbol(name_offset, info, section, value);
        self
    }

    pub fn push_symbol(&mut self, name: u32, info: u8, section: u16, value: u64) {
        let mut out = core::mem::take(&mut self.symbols);
        self.u32(&mut out, name);
        if self.layout.class == Class::Elf32 {
            self.word(&mut out, value);
            self.u32(&mut out, 0);
        }
        out.extend_from_slice(&[info, 0]);
        self.u16(&mut out, section);
        if self.layout.class == Class::Elf64 {
            self.word(&mut out, value);
            self.word(&mut out, 0);
        }
        self.symbols = out;
    }

    /// The records of a `__versions` section.
    pub fn versions(&self, records: &[(u64, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, (crc, name)) in records.iter().enumerate() {
            self.word(&mut out, *crc);
            out.extend_from_slice(name);
            out.resize((number + 1) * 64, 0);
        }
        out
    }

    /// The four-byte numbers of a section.
    pub fn numbers(&self, numbers: &[u32]) -> Vec<u8> {
        let mut out = Vec::new();
        numbers.iter().for_each(|&number| self.u32(&mut out, number));
        out
    }

    pub fn write(mut self) -> Vec<u8> {
        if !self.symbols.is_empty() {
            let (symbols, names) = (self.symbols.clone(), self.symbol_names.clone());
            self = self.any_section(b".symtab", SYMTAB, 0, &symbols, symbols.len() as u64);
            self = self.any_section(b".strtab", STRTAB, 0, &names, names.len() as u64);
        }
        let mut names = Vec::from([0]);
        for section in &self.sections {
            names.extend_from_slice(&section.name);
            names.push(0);
        }
        names.extend_from_slice(b".shstrtab\0");
        self = self.section(b".shstrtab", &names);
        self.assemble()
    }

    fn assemble(&self) -> Vec<u8> {
        let header_size = if self.layout.class == Class::Elf32 { 52 } else { 64 };
        let body: usize = self.sections.iter().map(|section| section.bytes.len()).sum();
        let mut out = self.header((header_size + body) as u64, header_size as u16);
        self.sections.iter().for_each(|section| out.extend_from_slice(&section.bytes));
        self.section_header(&mut out, [0, 0, 0], [0, 0, 0]);
        let (mut name, mut offset) = (1, header_size as u64);
        for (section, next) in self.sections.iter().zip(2..) {
            let Written { kind, flags, size, .. } = *section;
            let link = if kind == SYMTAB { next } else { 0 };
            self.section_header(&mut out, [name, kind, link], [flags, offset, size]);
            name += section.name.len() as u32 + 1;
            offset += section.bytes.len() as u64;
        }
        out
    }

    fn header(&self, table_offset: u64, header_size: u16) -> Vec<u8> {
        let class = if self.layout.class == Class::Elf32 { 1 } else { 2 };
        let order = if self.layout.order == ByteOrder::Little { 1 } else { 2 };
        let mut out = Vec::from([0x7f, b'E', b'L', b'F', class, order, 1]);
        out.resize(16, 0);
        self.u16(&mut out, 1);
        self.u16(&mut out, self.machine);
        self.u32(&mut out, 1);
        self.word(&mut out, 0);
        self.word(&mut out, 0);
        self.word(&mut out, table_offset);
        self.u32(&mut out, 0);
        let entry_size = if self.layout.class == Class::Elf32 { 40 } else { 64 };
        let count = self.sections.len() as u16 + 1;
        for number in [header_size, 0, 0, entry_size, count, count - 1] {
            self.u16(&mut out, number);
        }
        out
    }

    /// A header with its narrow fields (name, type, link) and its wide ones (flags, offset, size).
    fn section_header(&self, out: &mut Vec<u8>, narrow: [u32; 3], wide: [u64; 3]) {
        let [name, kind, link] = narrow;
        let [flags, offset, size] = wide;
        let symbol_size = if self.layout.class == Class::Elf32 { 16 } else { 24 };
        self.u32(out, name);
        self.u32(out, kind);
        for number in [flags, 0, offset, size] {
            self.word(out, number);
        }
        self.u32(out, link);
        self.u32(out, 0);
        self.word(out, 1);
        self.word(out, if kind == SYMTAB { symbol_size } else { 0 });
    }

    fn u16(&self, out: &mut Vec<u8>, number: u16) {
        match self.layout.order {
            ByteOrder::Big => out.extend_from_slice(&number.to_be_bytes()),
            ByteOrder::Little => out.extend_from_slice(&number.to_le_bytes()),
        }
    }

    fn u32(&self, out: &mut Vec<u8>, number: u32) {
        match self.layout.order {
            ByteOrder::Big => out.extend_from_slice(&number.to_be_bytes()),
            ByteOrder::Little => out.extend_from_slice(&number.to_le_bytes()),
        }
    }

    fn word(&self, out: &mut Vec<u8>, number: u64) {
        match (self.layout.class, self.layout.order) {
            (Class::Elf32, _) => self.u32(out, number as u32),
            (Class::Elf64, ByteOrder::Big) => out.extend_from_slice(&number.to_be_bytes()),
            (Class::Elf64, ByteOrder::Little) => out.extend_from_slice(&number.to_le_bytes()),
        }
    }
}
