//! Which compressed modules a kernel reads by itself, as `/sys/module/compression` says. A kernel
//! that reads none has no such file.

use crate::suffix::Codec;

/// Reads `/sys/module/compression` (`kernel/module/decompress.c`); another word is `None`.
pub fn parse(text: &[u8]) -> Option<Codec> {
    match text.strip_suffix(b"\n").unwrap_or(text) {
        b"gzip" => Some(Codec::Gzip),
        b"xz" => Some(Codec::Xz),
        b"zstd" => Some(Codec::Zstd),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressions_are_whole_words() {
        let table: &[(&[u8], Option<Codec>)] = &[
            (b"gzip\n", Some(Codec::Gzip)),
            (b"xz\n", Some(Codec::Xz)),
            (b"zstd\n", Some(Codec::Zstd)),
            (b"lz4\n", None),
            (b"\n", None),
        ];
        for (text, codec) in table {
            assert_eq!(parse(text), *codec, "{}", text.escape_ascii());
        }
    }
}
