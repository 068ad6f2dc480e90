//! Module files small enough to be written in one line of a scenario, and real enough for
//! depmod, modinfo and the loaders: an ELF64 relocatable object with `.modinfo`, a symbol
//! table, optional `__versions`, build id and signature. It holds no code.

use crate::containers::{self, XzCheck};

/// A module file as a scenario describes it.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Path under the module directory, or absolute.
    pub path: String,
    /// Entries of `.modinfo`, in order.
    pub info: Vec<Vec<u8>>,
    /// Modules whose symbol it needs.
    pub needs: Vec<String>,
    /// Symbols exported, with their checksums.
    pub exports: Vec<(String, u64)>,
    /// Records of `__versions`.
    pub versions: Vec<(String, u64)>,
    /// Entries of the extended modversions.
    pub extended: Vec<(String, u64)>,
    /// Further symbols it lacks, and whether each is weak.
    undefined: Vec<(String, bool)>,
    build_id: Vec<u8>,
    compression: Option<String>,
    without_info: bool,
    without_symbols: bool,
    appended: Vec<u8>,
    truncated: Option<usize>,
    raw: Option<Vec<u8>>,
}

impl Module {
    /// Reads `PATH [WORD…]`.
    ///
    /// `info=K=V`, `alias=`, `softdep=`, `weakdep=`, `parm=` add a `.modinfo` entry;
    /// `needs=A,B`; `exports=SYMBOL:CRC,…`; `undefined=SYMBOL,…`; `weak=SYMBOL,…`;
    /// `versions=SYMBOL:CRC,…`; `extended=SYMBOL:CRC,…`; `build-id=HEX`;
    /// `compress=gz|xz|xz-crc64|zst|zst-frames|zst-nosize`; `append=BYTES`; `signed=NAME`
    /// (a file of `signatures/`, appended as a module signature); `truncate=N`;
    /// `raw=BYTES` (the file's whole content); `noinfo`; `nosymbols`.
    pub fn parse(words: &[Vec<u8>]) -> Result<Self, String> {
        let (path, rest) = words.split_first().ok_or("module PATH")?;
        let mut module =
            Self { path: String::from_utf8_lossy(path).into_owned(), ..Self::default() };
        for word in rest {
            module.read_word(word)?;
        }
        Ok(module)
    }

    fn read_word(&mut self, word: &[u8]) -> Result<(), String> {
        let at = word.iter().position(|byte| *byte == b'=').unwrap_or(word.len());
        let (key, bytes) = (&word[..at], word.get(at + 1..).unwrap_or_default());
        let value = String::from_utf8_lossy(bytes).into_owned();
        match std::str::from_utf8(key).unwrap_or_default() {
            "alias" | "parm" | "softdep" | "weakdep" => self.info.push(word.to_vec()),
            "append" => self.appended = bytes.to_vec(),
            "build-id" => self.build_id = hexadecimal(&value)?,
            "compress" => self.compression = Some(value),
            "extended" => self.extended = symbols(&value)?,
            "exports" => self.exports = symbols(&value)?,
            "info" => self.info.push(bytes.to_vec()),
            "needs" => self.needs = value.split(',').map(String::from).collect(),
            "noinfo" => self.without_info = true,
            "nosymbols" => self.without_symbols = true,
            "raw" => self.raw = Some(bytes.to_vec()),
            "signed" => self.appended = signature(&value)?,
            "truncate" => self.truncated = Some(value.parse().map_err(|_| "truncate=N")?),
            "undefined" | "weak" => {
                let weak = key == b"weak";
                self.undefined.extend(value.split(',').map(|name| (name.to_string(), weak)));
            }
            "versions" => self.versions = symbols(&value)?,
            other => return Err(format!("unknown word {other}")),
        }
        Ok(())
    }

    /// The module's name: the file name up to the first dot, `-` as `_`.
    pub fn name(&self) -> String {
        module_name(&self.path)
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut bytes = self.elf();
        bytes.extend(&self.appended);
        let mut bytes = match self.compression.as_deref() {
            Some("gz") => containers::gzip(&bytes),
            Some("xz") => containers::xz(&bytes, XzCheck::Crc32),
            Some("xz-crc64") => containers::xz(&bytes, XzCheck::Crc64),
            Some("zst") => containers::zstd(&bytes, true),
            Some("zst-frames") => containers::zstd_frames(&bytes),
            Some("zst-nosize") => containers::zstd(&bytes, false),
            _ => bytes,
        };
        bytes.truncate(self.truncated.unwrap_or(usize::MAX));
        bytes
    }

    fn elf(&self) -> Vec<u8> {
        let mut sections = Vec::new();
        if !self.without_info {
            sections.push(Section::new(".modinfo", 1, 2, self.modinfo()));
        }
        if !self.versions.is_empty() {
            sections.push(Section::new("__versions", 1, 2, self.version_records()));
        }
        if !self.extended.is_empty() {
            let crcs = self.extended.iter().flat_map(|(_, crc)| (*crc as u32).to_le_bytes());
            let names = self.extended.iter().flat_map(|(name, _)| name.bytes().chain([0]));
            sections.push(Section::new("__version_ext_crcs", 1, 2, crcs.collect()));
            sections.push(Section::new("__version_ext_names", 1, 2, names.collect()));
        }
        if !self.build_id.is_empty() {
            sections.push(Section::new(".note.gnu.build-id", 7, 2, self.build_id_note()));
        }
        if !self.without_symbols {
            let (table, names) = self.symbol_table();
            let names_index = sections.len() as u32 + 2;
            sections.push(Section { link: names_index, ..Section::new(".symtab", 2, 0, table) });
            sections.push(Section::new(".strtab", 3, 0, names));
        }
        assemble(sections)
    }

    /// The given entries, then those a build adds when they are not given.
    fn modinfo(&self) -> Vec<u8> {
        let mut entries = self.info.clone();
        for (key, value) in [
            ("license", "GPL".to_string()),
            ("depends", self.needs.join(",")),
            ("name", self.name()),
            ("vermagic", format!("{} SMP mod_unload", crate::RELEASE)),
        ] {
            let given = |entry: &Vec<u8>| entry.starts_with(format!("{key}=").as_bytes());
            if !entries.iter().any(given) {
                entries.push(format!("{key}={value}").into_bytes());
            }
        }
        entries.iter().flat_map(|entry| entry.iter().copied().chain([0])).collect()
    }

    fn version_records(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (symbol, crc) in &self.versions {
            out.extend(crc.to_le_bytes());
            out.extend(symbol.as_bytes());
            out.resize(out.len().next_multiple_of(64), 0);
        }
        out
    }

    fn build_id_note(&self) -> Vec<u8> {
        let mut out = 4_u32.to_le_bytes().to_vec();
        out.extend((self.build_id.len() as u32).to_le_bytes());
        out.extend(3_u32.to_le_bytes());
        out.extend(b"GNU\0");
        out.extend(&self.build_id);
        out
    }

    /// Undefined symbols of the needed modules, then `__crc_` symbols of the exports.
    fn symbol_table(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut table, mut names) = (vec![0; 24], vec![0]);
        let own = [(format!("{}_symbol", self.name()), 0x1234_5678)];
        let exports = if self.exports.is_empty() { &own[..] } else { &self.exports[..] };
        const GLOBAL: u8 = 0x10;
        const WEAK: u8 = 0x20;
        let needed = self.needs.iter().map(|name| (format!("{name}_symbol"), 0, 0_u16, GLOBAL));
        let undefined = self
            .undefined
            .iter()
            .map(|(name, weak)| (name.clone(), 0, 0_u16, if *weak { WEAK } else { GLOBAL }));
        let exported =
            exports.iter().map(|(name, crc)| (format!("__crc_{name}"), *crc, 0xfff1, GLOBAL));
        for (name, value, section, kind) in needed.chain(undefined).chain(exported) {
            table.extend((names.len() as u32).to_le_bytes());
            table.extend([kind, 0]); // STT_NOTYPE
            table.extend(section.to_le_bytes());
            table.extend(value.to_le_bytes());
            table.extend(0_u64.to_le_bytes());
            names.extend(name.as_bytes());
            names.push(0);
        }
        (table, names)
    }
}

/// The module name a path stands for.
pub fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).replace('-', "_")
}

struct Section {
    name: &'static str,
    kind: u32,
    flags: u64,
    link: u32,
    content: Vec<u8>,
}

impl Section {
    fn new(name: &'static str, kind: u32, flags: u64, content: Vec<u8>) -> Self {
        Self { name, kind, flags, link: 0, content }
    }
}

/// Lays out an ELF64 little-endian relocatable object for x86-64.
fn assemble(mut sections: Vec<Section>) -> Vec<u8> {
    let mut names = vec![0];
    let mut name_offsets = Vec::new();
    for name in sections.iter().map(|section| section.name).chain([".shstrtab"]) {
        name_offsets.push(names.len() as u32);
        names.extend(name.as_bytes());
        names.push(0);
    }
    sections.push(Section::new(".shstrtab", 3, 0, names));
    let mut out = vec![0; 64];
    let mut headers = vec![0; 64];
    for (section, name) in sections.iter().zip(name_offsets) {
        out.resize(out.len().next_multiple_of(8), 0);
        headers.extend(name.to_le_bytes());
        headers.extend(section.kind.to_le_bytes());
        for word in [section.flags, 0, out.len() as u64, section.content.len() as u64] {
            headers.extend(word.to_le_bytes());
        }
        headers.extend(section.link.to_le_bytes());
        headers.extend(u32::from(section.kind == 2).to_le_bytes());
        headers.extend(8_u64.to_le_bytes());
        headers.extend(if section.kind == 2 { 24_u64 } else { 0 }.to_le_bytes());
        out.extend(&section.content);
    }
    out.resize(out.len().next_multiple_of(8), 0);
    let table = out.len() as u64;
    out[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    out[16..20].copy_from_slice(&[1, 0, 62, 0]); // ET_REL, EM_X86_64
    out[20] = 1;
    out[40..48].copy_from_slice(&table.to_le_bytes());
    out[52] = 64;
    out[58] = 64;
    out[60..62].copy_from_slice(&(sections.len() as u16 + 1).to_le_bytes());
    out[62..64].copy_from_slice(&(sections.len() as u16).to_le_bytes());
    out.extend(headers);
    out
}

/// A PKCS#7 signature with the trailer the kernel wants (linux/module_signature.h).
///
/// The signatures were made once, with `openssl cms -sign -binary -noattr -nocerts`, over
/// other content: modinfo shows them, it does not verify them.
fn signature(name: &str) -> Result<Vec<u8>, String> {
    let der: &[u8] = match name {
        "ecdsa" => include_bytes!("../signatures/ecdsa.p7s"),
        "ecdsa-skid" => include_bytes!("../signatures/ecdsa-skid.p7s"),
        "organisation" => include_bytes!("../signatures/organisation.p7s"),
        "rsa" => include_bytes!("../signatures/rsa.p7s"),
        "rsa-skid" => include_bytes!("../signatures/rsa-skid.p7s"),
        _ => return Err(format!("there is no signature {name}")),
    };
    let length = (der.len() as u32).to_be_bytes();
    Ok([der, &[0, 0, 2, 0, 0, 0, 0, 0], &length, b"~Module signature appended~\n"].concat())
}

/// `NAME:0xCRC,…`.
fn symbols(text: &str) -> Result<Vec<(String, u64)>, String> {
    let symbol = |item: &str| {
        let (name, crc) = item.split_once(':')?;
        let crc = u64::from_str_radix(crc.trim_start_matches("0x"), 16).ok()?;
        Some((name.to_string(), crc))
    };
    text.split(',').map(|item| symbol(item).ok_or(format!("`{item}` is not NAME:CRC"))).collect()
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(pair).collect();
    bytes.ok_or(format!("`{text}` is not hexadecimal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_an_object_with_its_strings() {
        let words = crate::scenario::words("kernel/a-b.ko needs=c alias=x info=author=me").unwrap();
        let module = Module::parse(&words).unwrap();
        assert_eq!(module.name(), "a_b");
        let text = module.bytes();
        let has = |needle: &[u8]| text.windows(needle.len()).any(|window| window == needle);
        assert!(text.starts_with(b"\x7fELF\x02\x01"));
        assert!(has(b"alias=x\0author=me\0license=GPL\0depends=c\0name=a_b\0vermagic="));
        assert!(has(b"\0c_symbol\0__crc_a_b_symbol\0"));
    }
}
