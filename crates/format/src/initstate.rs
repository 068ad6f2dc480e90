//! The state of a module, as `/sys/module/M/initstate` and `/proc/modules` spell it. What a missing
//! file means is not decided here.

/// How far a module is loaded (`kernel/module/main.c`, `show_initstate`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitState {
    /// Its initialisation runs.
    Coming,
    /// It is being removed.
    Going,
    /// It is loaded.
    Live,
}

/// Reads `/sys/module/M/initstate`; another word is `None`.
pub fn parse(text: &[u8]) -> Option<InitState> {
    match text.strip_suffix(b"\n").unwrap_or(text) {
        b"coming" => Some(InitState::Coming),
        b"going" => Some(InitState::Going),
        b"live" => Some(InitState::Live),
        _ => None,
    }
}

/// Reads the state in a line of `/proc/modules`, where the words are others
/// (`kernel/module/procfs.c`, `m_show`).
pub(crate) fn of_proc_modules(word: &[u8]) -> Option<InitState> {
    match word {
        b"Loading" => Some(InitState::Coming),
        b"Unloading" => Some(InitState::Going),
        b"Live" => Some(InitState::Live),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_whole_words() {
        let table: &[(&[u8], Option<InitState>)] = &[
            (b"live\n", Some(InitState::Live)),
            (b"coming\n", Some(InitState::Coming)),
            (b"going", Some(InitState::Going)),
            (b"", None),
            (b"Live\n", None),
            (b"live \n", None),
        ];
        for (text, state) in table {
            assert_eq!(parse(text), *state, "{}", text.escape_ascii());
        }
    }
}
