//! Which of several copies of a module counts: lines of depmod.d and what kmod 34.2 does by them.
#![allow(clippy::unwrap_used)]

use kmodctl_decide::depmod::{Candidates, Preference};
use kmodctl_format::depmod_configuration::parse;
use kmodctl_format::regular_expression::is_found;

fn chosen(configuration: &str, paths: &[&str]) -> String {
    let (directives, complaints) = parse(configuration.as_bytes());
    assert_eq!(complaints, []);
    let preference = Preference::new(directives.iter(), |kernel| is_found(kernel, b"1.2"));
    let mut candidates = Candidates::new(&preference, b"/m");
    paths.iter().for_each(|path| candidates.offer(path.as_bytes().to_vec()));
    let chosen = candidates.chosen();
    assert_eq!(chosen.len(), 1, "{configuration}");
    String::from_utf8(chosen[0].1.clone()).unwrap().trim_start_matches("/m/").to_owned()
}

/// Four copies, as one directory happened to list them.
const BELOW: [&str; 4] =
    ["/m/extra/a-b.ko", "/m/weak/a-b.ko", "/m/updates/dkms/a-b.ko", "/m/k/a-b.ko"];

#[test]
fn copies_below_the_module_directory() {
    let table = [
        ("", "updates/dkms/a-b.ko"),
        ("search built-in", "extra/a-b.ko"),
        ("search weak extra built-in", "weak/a-b.ko"),
        ("search weak\nsearch k", "weak/a-b.ko"),
        ("search extra built-in weak", "extra/a-b.ko"),
        ("search updates/dkms weak", "updates/dkms/a-b.ko"),
        ("search k weak k", "k/a-b.ko"),
        ("search dkms", "extra/a-b.ko"),
        ("search upd", "extra/a-b.ko"),
        ("search updates/", "extra/a-b.ko"),
        ("search /updates", "extra/a-b.ko"),
        ("override a-b * extra", "extra/a-b.ko"),
        ("override a_b * extra", "updates/dkms/a-b.ko"),
        ("override a-b 1.3 extra", "updates/dkms/a-b.ko"),
        ("override a-b 1.[23] extra\noverride a-b 2 weak", "weak/a-b.ko"),
        ("override a-b [ extra", "updates/dkms/a-b.ko"),
        ("override a-b (1|2)\\\\.2 extra", "extra/a-b.ko"),
        ("override a-b * updates/dkms\noverride a-b * weak\nsearch k", "weak/a-b.ko"),
    ];
    for (configuration, expected) in table {
        assert_eq!(chosen(configuration, &BELOW), expected, "{configuration}");
    }
}

#[test]
fn copies_elsewhere() {
    let paths = [&BELOW[..], &["/ext2/a-b.ko", "/ext1/a-b.ko"]].concat();
    let external = "external * /ext1\nexternal 1.2 /ext2\nexternal 9 /ext3\n";
    let table = [
        ("", "updates/dkms/a-b.ko"),
        ("search external", "/ext1/a-b.ko"),
        ("search external updates", "/ext1/a-b.ko"),
        ("search updates external", "updates/dkms/a-b.ko"),
        ("search nothing external", "/ext1/a-b.ko"),
        ("search built-in external", "extra/a-b.ko"),
    ];
    for (configuration, expected) in table {
        assert_eq!(
            chosen(&[external, configuration].concat(), &paths),
            expected,
            "{configuration}"
        );
    }
}

#[test]
fn copies_that_tie() {
    let table: [(&[&str], &str); 3] = [
        (&["/m/k/a.ko", "/m/k/a.ko.xz"], "k/a.ko"),
        (&["/m/k/a.ko.xz", "/m/k/a.ko"], "k/a.ko.xz"),
        // As in kmod, of two copies under one preferred directory the later one counts.
        (&["/m/updates/a/m.ko", "/m/updates/b/m.ko"], "updates/b/m.ko"),
    ];
    for (paths, expected) in table {
        assert_eq!(chosen("", paths), expected);
    }
}
