//! How names are offered: dashes and underscores are the same, what was typed stays as it is, and
//! the rest is spelled like it.

/// Whether a name may get on a command line: names come from files that anybody may have made.
pub(super) fn is_plain(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_+-.:/".contains(letter);
    !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('-')
}

/// A module's name as the rest of what was typed; nothing when it begins otherwise.
pub(super) fn completed(name: &str, typed: &str) -> Option<String> {
    let folded = |text: &str| text.replace('-', "_");
    let (name, start) = (folded(name), folded(typed));
    let rest = name.strip_prefix(&start)?;
    let has_dashes = typed.contains('-') && !typed.contains('_');
    let rest = if has_dashes { rest.replace('_', "-") } else { rest.to_owned() };
    is_plain(&name).then(|| format!("{typed}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_spelled_like_the_beginning() {
        for (typed, expected) in [
            ("usb_st", Some("usb_storage")),
            ("usb-st", Some("usb-storage")),
            ("usb", Some("usb_storage")),
            ("", Some("usb_storage")),
            ("uas", None),
        ] {
            assert_eq!(completed("usb_storage", typed).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn odd_names_are_not_offered() {
        for name in ["a$(id)", "a b", "a;b", "a'", "a\x1b[31m", "", "-x", "a`id`"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
