//! The differences that are meant, each with the reason that the report gives.

/// Why this difference is as it should be, if it is.
pub(crate) fn explanation(tool: &str, expected: &str, shown: &str) -> Option<&'static str> {
    EXPLAINED.iter().find(|(of, fits, _)| *of == tool && fits(expected, shown)).map(|row| row.2)
}

type Fits = fn(&str, &str) -> bool;

const EXPLAINED: [(&str, Fits, &str); 1] = [(
    "modinfo",
    only_signature_lines_differ,
    "ours shows the signer of a signature that names its key by subject key identifier",
)];

/// Everything is the same but the lines about the signature, which theirs leaves out.
fn only_signature_lines_differ(expected: &str, shown: &str) -> bool {
    let keys = ["sig_id:", "signer:", "sig_key:", "sig_hashalgo:", "signature:", "\t\t"];
    let rest = |text: &str| -> Vec<String> {
        let plain = |line: &&str| keys.iter().all(|key| !line.starts_with(key));
        text.lines().filter(plain).map(String::from).collect()
    };
    let has = |text: &str| text.contains("\nsig_id:");
    !has(expected) && has(shown) && rest(expected) == rest(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_signature_is_explained_and_nothing_else() {
        let empty = "name: a\n";
        let full =
            "name: a\nsig_id:         PKCS#7\nsigner:         Me\nsignature:      A:\n\t\tB\n";
        assert!(explanation("modinfo", empty, full).is_some());
        assert_eq!(explanation("modinfo", full, empty), None);
        assert_eq!(explanation("modprobe", empty, full), None);
        assert_eq!(explanation("modinfo", empty, "name: b\n"), None);
    }
}
