//! How an allow-list stands: kernels, the file, and what has come since it was made.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::Inventory;
use kmodctl_decide::block::only::{Because, KeptOut, OnlyFile, Trial, standing};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

const PATH: &[u8] = b"/etc/modprobe.d/01-kmodctl-only.conf";

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// The file that lets some modules in and not the others.
fn file(let_in: &str, out: &str, is_trial: bool) -> Vec<u8> {
    let let_in = words(let_in).map(ModuleName::new).collect();
    let spellings = words(out).map(|name| name.as_bytes().to_vec());
    let out = match is_trial {
        true => KeptOut::Trial(
            spellings.map(|spelling| Trial { spelling, ..Trial::default() }).collect(),
        ),
        false => KeptOut::Block(spellings.collect()),
    };
    OnlyFile { let_in, out }.write().unwrap()
}

/// What is told of a file on kernels, which are called 0, 1, and so on.
fn told(kernels: &[&str], file: &[u8]) -> String {
    let worlds: Vec<_> = kernels.iter().map(|text| TextInventory::new(text)).collect();
    let kernels: Vec<(Vec<u8>, &dyn Inventory)> =
        (0..).zip(&worlds).map(|(at, world)| (format!("{at}").into(), world as _)).collect();
    let standing = match standing(&kernels, PATH, file) {
        Ok(standing) => standing,
        Err(problem) => return problem.code().to_owned(),
    };
    let unjudged = standing
        .unjudged
        .iter()
        .map(|(release, modules)| format!("{} has {modules:?}", String::from_utf8_lossy(release)));
    let needed = standing.needed.iter().map(|(module, (release, because))| {
        let why = match because {
            Because::Boot(_) => "the boot list has".to_owned(),
            Because::Loaded => "is loaded".to_owned(),
            Because::Needed(user) => {
                format!("{user} of {} needs", String::from_utf8_lossy(release))
            }
            other => format!("{other:?}"),
        };
        format!("{module}, which {why}")
    });
    let all: Vec<_> = unjudged.chain(needed).collect();
    assert_eq!(standing.is_out_of_date(), !all.is_empty());
    all.join("; ")
}

#[test]
fn what_came_since_is_told() {
    const OLD: &str = "module a: b\nmodule b\nmodule c\nmodule d: c";
    let table: [(&str, &[&str], &str, &str, &str); 11] = [
        ("nothing", &[OLD], "a b", "c d", ""),
        ("modules went", &["module a"], "a b", "c d", ""),
        ("a kernel came", &[OLD, "module a: b\nmodule b\nmodule e"], "a b", "c d", "1 has [`e`]"),
        (
            "and what is let in needs another module there",
            &[OLD, "module a: b c\nmodule b\nmodule c"],
            "a b",
            "c d",
            "c, which a of 1 needs",
        ),
        (
            "by a softdep as well",
            &["module a\nmodule c\nin /m/modules.softdep\nsoftdep a pre: c"],
            "a",
            "c",
            "c, which a of 0 needs",
        ),
        (
            "by an install command, and the file's own line hides nothing",
            &["module a\nmodule c: d\nmodule d\nin /etc/modprobe.d/01-kmodctl-only.conf
               install a /bin/false\nin /etc/modprobe.d/x.conf
               install a /sbin/modprobe c; /sbin/modprobe -i a"],
            "a",
            "c d",
            "c, which a of 0 needs; d, which c of 0 needs",
        ),
        ("built in since", &["builtin c\nmodule a\nboot c\nloaded a"], "a", "c", ""),
        (
            "loaded by its path",
            &["module a: b\nmodule b\nmodule d: c\nmodule c\nloaded d"],
            "a b",
            "c d",
            "c, which d of 0 needs; d, which is loaded",
        ),
        (
            "on the boot list",
            &[&format!("{OLD}\nboot c")],
            "a b",
            "c d",
            "c, which the boot list has",
        ),
        ("a file of before", &[OLD], "", "c d", "0 has [`a`, `b`]"),
        ("no kernel", &[], "a b", "c d", ""),
    ];
    for (what, kernels, let_in, out, expected) in table {
        for is_trial in [false, true] {
            let file = file(let_in, out, is_trial);
            assert_eq!(told(kernels, &file), expected, "{what}");
            let standing = standing(&[], PATH, &file).unwrap();
            assert_eq!(
                (standing.is_trial, standing.kept_out),
                (is_trial, words(out).count()),
                "{what}"
            );
        }
    }
}

#[test]
fn a_file_of_somebody_else_is_a_problem() {
    let changed = [&file("a", "c", false)[..], b"options c x=1\n"].concat();
    assert_eq!(told(&[], &changed), "file-not-ours");
}
