//! Spellings of module names and aliases. It knows nothing of what exists on a machine.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// A module's name as the kernel spells it: `-` is folded to `_`, and nothing follows a `.`.
///
/// A name is bytes, since files and command lines may hold any.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleName(Box<[u8]>);

impl ModuleName {
    /// Folds a spelling into a name: `snd-hda.intel` becomes `snd_hda`.
    pub fn new(spelling: impl AsRef<[u8]>) -> Self {
        let spelling = spelling.as_ref();
        let end = spelling.iter().position(|&byte| byte == b'.').unwrap_or(spelling.len());
        Self(spelling[..end].iter().map(|&byte| underscore(byte)).collect())
    }

    /// Takes the name of a module file from the last component of its path.
    pub fn of_path(path: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        Self::new(&path[start..])
    }

    /// Whether a module file has this name; as [`Self::of_path`], but without a copy.
    pub fn is_of_path(&self, path: &[u8]) -> bool {
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let (name, rest) = path[start..].split_at_checked(self.0.len()).unwrap_or((b"", b"?"));
        let folded = name.iter().map(|&byte| underscore(byte));
        matches!(rest, [] | [b'.', ..]) && folded.eq(self.0.iter().copied())
    }

    /// Folds `-` outside brackets and keeps dots, as configuration lines and aliases are read.
    pub fn of_alias(spelling: impl AsRef<[u8]>) -> Result<Self, UnmatchedBracket> {
        fold_alias(spelling.as_ref()).map(|folded| Self(folded.into()))
    }

    /// Keeps a spelling to the byte, where kmod folds nothing (`modprobe.blacklist=b-c`).
    pub fn verbatim(spelling: impl AsRef<[u8]>) -> Self {
        Self(spelling.as_ref().into())
    }

    /// The name's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Folds `-` to `_` in an alias, outside `[…]`; a bracket without its partner is an error.
pub fn fold_alias(alias: &[u8]) -> Result<Cow<'_, [u8]>, UnmatchedBracket> {
    let [has_dash, opens, closes] = [b'-', b'[', b']'].map(|byte| alias.contains(&byte));
    match (has_dash, opens || closes) {
        (_, true) => fold_outside_brackets(alias).map(Cow::Owned),
        (true, false) => Ok(alias.iter().map(|&byte| underscore(byte)).collect()),
        (false, false) => Ok(Cow::Borrowed(alias)),
    }
}

fn fold_outside_brackets(alias: &[u8]) -> Result<Vec<u8>, UnmatchedBracket> {
    let mut in_brackets = false;
    alias
        .iter()
        .map(|&byte| match byte {
            b']' if !in_brackets => Err(UnmatchedBracket),
            b'[' | b']' => {
                in_brackets = byte == b'[';
                Ok(byte)
            }
            _ if in_brackets => Ok(byte),
            _ => Ok(underscore(byte)),
        })
        .collect::<Result<_, _>>()
        .and_then(|folded| if in_brackets { Err(UnmatchedBracket) } else { Ok(folded) })
}

/// An alias holds a `[` without its `]`, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnmatchedBracket;

fn underscore(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for ModuleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_fold_into_names() {
        let table: &[(&str, &str)] = &[
            ("snd-hda-intel", "snd_hda_intel"),
            ("e1000e.ko.xz", "e1000e"),
            ("dot.ted.ko", "dot"),
            ("", ""),
            (".ko", ""),
        ];
        for (spelling, name) in table {
            assert_eq!(ModuleName::new(spelling).as_bytes(), name.as_bytes(), "{spelling}");
        }
    }

    #[test]
    fn paths_are_named_by_their_last_component() {
        let table = [("/lib/modules/a-b.ko", "a_b"), ("x.ko.zst", "x"), ("dir.d/", "")];
        for (path, name) in table {
            assert_eq!(ModuleName::of_path(path).as_bytes(), name.as_bytes(), "{path}");
            assert!(ModuleName::new(name).is_of_path(path.as_bytes()), "{path}");
            for other in ["a", "a_b_c", "xx", "b"] {
                assert!(!ModuleName::new(other).is_of_path(path.as_bytes()), "{path}: {other}");
            }
        }
    }

    #[test]
    fn aliases_fold_outside_brackets_only() {
        let table: &[(&str, Option<&str>)] = &[
            ("-aa[-bb-]cc-", Some("_aa[-bb-]cc_")),
            ("foo.ko", Some("foo.ko")),
            ("a[b", None),
            ("a]b", None),
            ("a[[b]", Some("a[[b]")),
        ];
        for (alias, folded) in table {
            let ours = fold_alias(alias.as_bytes()).ok();
            assert_eq!(ours.as_deref(), folded.map(str::as_bytes), "{alias}");
        }
    }
}
