//! Values as words: names, sizes, places in the configuration.

use kmodctl::decide::Origin;
use kmodctl::format::ModuleName;

/// Bytes as text: what is no UTF-8 or would steer a terminal is escaped.
pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    match std::str::from_utf8(bytes.as_ref()) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => bytes.as_ref().escape_ascii().to_string(),
    }
}

/// Bytes as one word of a shell.
pub(crate) fn shell_word(bytes: impl AsRef<[u8]>) -> String {
    let word = text(bytes);
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+:,@=%".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Names with commas between them.
pub(crate) fn joined<'a>(names: impl IntoIterator<Item = &'a ModuleName>) -> String {
    self::names(names).join(", ")
}

/// Names as texts.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a ModuleName>) -> Vec<String> {
    names.into_iter().map(|name| text(name.as_bytes())).collect()
}

/// A number of bytes, for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..10_485_760 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1024 * 1024)),
    }
}

/// Where a line of the configuration stands: `FILE:LINE`.
pub(crate) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line, .. } => format!("{}:{line}", text(path)),
        Origin::KernelCommandLine => "the kernel command line".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_whole_units() {
        for (bytes, shown) in [(0, "0 B"), (1024, "1 KiB"), (1025, "2 KiB"), (20 << 20, "20 MiB")] {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        assert_eq!(text("a\x1b[31m"), "a\\x1b[31m");
        assert_eq!(text(b"a\xff"), "a\\xff");
        assert_eq!(text("ü"), "ü");
    }
}
