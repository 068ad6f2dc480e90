//! `MODPROBE_OPTIONS`: the options that modprobe hands to the commands it runs, so that a modprobe
//! among them behaves alike. How the variable is read is known in `format`.

/// The variable's name.
pub(super) const VARIABLE: &str = "MODPROBE_OPTIONS";

/// The variable for commands: what it was, and the options that are handed on, in their order.
/// Nothing when there is nothing to hand on.
pub(super) fn handed_on(inherited: Option<&[u8]>, options: &[Vec<u8>]) -> Option<Vec<u8>> {
    if options.is_empty() {
        return None;
    }
    let own = options.join(&b' ');
    Some(match inherited {
        Some(inherited) => [inherited, b" ", &own].concat(),
        None => own,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_handed_on_behind_what_was_there() {
        let options = [b"-C".to_vec(), b"a b".to_vec(), b"-q".to_vec()];
        let table: [(Option<&[u8]>, &str); 3] =
            [(None, "-C a b -q"), (Some(b""), " -C a b -q"), (Some(b"-v"), "-v -C a b -q")];
        for (inherited, expected) in table {
            let handed_on = handed_on(inherited, &options);
            assert_eq!(handed_on.as_deref(), Some(expected.as_bytes()));
        }
        assert_eq!(handed_on(Some(b"-v"), &[]), None);
    }
}
