//! What a 64-bit shared library tells the loader: its soname, what it needs, and the functions it
//! shows with their versions. It reads the bytes itself, so that no program has to be there.

use anyhow::{Context, Result, ensure};

/// The dynamic section of a library, and its table of symbols.
#[derive(Debug)]
pub struct Dynamic {
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// `DT_NEEDED`.
    pub needed: Vec<String>,
    /// Functions and data it shows, each as `NAME@VERSION` or, where that is the default version,
    /// `NAME@@VERSION`; sorted.
    pub exported: Vec<String>,
}

const SHT_DYNSYM: u64 = 11;
const SHT_DYNAMIC: u64 = 6;
const SHT_GNU_VERDEF: u64 = 0x6fff_fffd;
const SHT_GNU_VERSYM: u64 = 0x6fff_ffff;

impl Dynamic {
    /// Reads a library.
    pub fn read(bytes: &[u8]) -> Result<Dynamic> {
        let file = Elf { bytes };
        ensure!(bytes.starts_with(b"\x7fELF\x02\x01"), "not a 64-bit little-endian ELF file");
        let dynamic = file.section(SHT_DYNAMIC)?.context("it has no dynamic section")?;
        let (mut soname, mut needed) = (None, Vec::new());
        for at in dynamic.range().step_by(16) {
            let (tag, value) = (file.number(at, 8)?, file.number(at + 8, 8)?);
            match tag {
                1 => needed.push(file.string(dynamic.link, value)?),
                14 => soname = Some(file.string(dynamic.link, value)?),
                _ => {}
            }
        }
        Ok(Dynamic { soname, needed, exported: file.exported()? })
    }
}

struct Elf<'a> {
    bytes: &'a [u8],
}

struct Section {
    offset: usize,
    size: usize,
    link: usize,
}

impl Section {
    fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.size
    }
}

impl Elf<'_> {
    fn number(&self, at: usize, size: usize) -> Result<u64> {
        let bytes = self.bytes.get(at..at + size).context("the file ends early")?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn section_at(&self, index: usize) -> Result<(u64, Section)> {
        let header = self.number(40, 8)? as usize + index * self.number(58, 2)? as usize;
        let field = |at: usize, size| self.number(header + at, size);
        let section = Section {
            offset: field(24, 8)? as usize,
            size: field(32, 8)? as usize,
            link: field(40, 4)? as usize,
        };
        Ok((field(4, 4)?, section))
    }

    fn section(&self, kind: u64) -> Result<Option<Section>> {
        for index in 0..self.number(60, 2)? as usize {
            let (found, section) = self.section_at(index)?;
            if found == kind {
                return Ok(Some(section));
            }
        }
        Ok(None)
    }

    fn string(&self, table: usize, offset: u64) -> Result<String> {
        let start = self.section_at(table)?.1.offset + offset as usize;
        let rest = self.bytes.get(start..).context("a name lies outside")?;
        let end = rest.iter().position(|byte| *byte == 0).context("a name does not end")?;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    /// The defined global symbols, without those that are the names of versions.
    fn exported(&self) -> Result<Vec<String>> {
        const ABSOLUTE: u64 = 0xfff1;
        let symbols = self.section(SHT_DYNSYM)?.context("it has no symbols")?;
        let numbers = self.section(SHT_GNU_VERSYM)?.context("its symbols have no versions")?;
        let versions = self.versions()?;
        let mut exported = Vec::new();
        for (index, at) in symbols.range().step_by(24).enumerate() {
            let (section, binding) = (self.number(at + 6, 2)?, self.number(at + 4, 1)? >> 4);
            if section == 0 || section == ABSOLUTE || binding == 0 {
                continue;
            }
            let name = self.string(symbols.link, self.number(at, 4)?)?;
            let number = self.number(numbers.offset + index * 2, 2)?;
            let sign = if number & 0x8000 == 0 { "@@" } else { "@" };
            let version = versions.iter().find(|(known, _)| *known == number & 0x7fff);
            let version = version.map_or("", |(_, version)| version.as_str());
            exported.push(format!("{name}{sign}{version}"));
        }
        exported.sort();
        Ok(exported)
    }

    /// The numbers of the versions that the library defines, and their names.
    fn versions(&self) -> Result<Vec<(u64, String)>> {
        let Some(section) = self.section(SHT_GNU_VERDEF)? else { return Ok(Vec::new()) };
        let (mut versions, mut at) = (Vec::new(), section.offset);
        loop {
            let (number, name, next) =
                (self.number(at + 4, 2)?, self.number(at + 12, 4)?, self.number(at + 16, 4)?);
            let name = self.number(at + name as usize, 4)?;
            versions.push((number, self.string(section.link, name)?));
            if next == 0 {
                return Ok(versions);
            }
            at += next as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_library_is_refused() {
        let said = |bytes: &[u8]| Dynamic::read(bytes).unwrap_err().to_string();
        assert_eq!(said(b"#!/bin/sh"), "not a 64-bit little-endian ELF file");
        assert_eq!(said(b"\x7fELF\x02\x01"), "the file ends early");
    }
}
