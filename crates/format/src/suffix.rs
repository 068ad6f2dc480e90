//! Names of module files. What is in a file is told by its first bytes, not by its name.

/// How a module file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// gzip (RFC 1952).
    Gzip,
    /// xz.
    Xz,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// The suffixes of module files.
pub const SUFFIXES: [(&[u8], Option<Codec>); 4] = [
    (b".ko", None),
    (b".ko.gz", Some(Codec::Gzip)),
    (b".ko.xz", Some(Codec::Xz)),
    (b".ko.zst", Some(Codec::Zstd)),
];

/// Splits a module file's name (or path) into what stands before the suffix and the compression
/// that the suffix promises; `None` when it is not named as a module file.
pub fn split(name: &[u8]) -> Option<(&[u8], Option<Codec>)> {
    SUFFIXES.iter().find_map(|(suffix, codec)| Some((name.strip_suffix(*suffix)?, *codec)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_tell_module_files() {
        let named = |stem: &'static str, codec| Some((stem.as_bytes(), codec));
        let table = [
            ("kernel/a.ko", named("kernel/a", None)),
            ("a.ko.gz", named("a", Some(Codec::Gzip))),
            ("a.b.ko.xz", named("a.b", Some(Codec::Xz))),
            ("a.ko.zst", named("a", Some(Codec::Zstd))),
            (".ko", named("", None)),
            ("a.ko.bz2", None),
            ("a.o", None),
            ("ako", None),
            ("a.KO", None),
        ];
        for (name, expected) in table {
            assert_eq!(split(name.as_bytes()), expected, "{name}");
        }
    }
}
