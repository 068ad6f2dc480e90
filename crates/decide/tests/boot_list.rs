//! Plan tests of the boot list: what a name comes to in a kernel, and what adding and removing come
//! to.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::boot_list::check::{Standing, renamed, standing};
use kmodctl_decide::boot_list::owned::{Added, BootRequest, add, remove};
use kmodctl_decide::{Inventory, Problem};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

const WORLD: &str = "
    module loop
    module snd_seq
    module nfsd sunrpc
    module sunrpc
    module r8169 realtek
    module realtek
    module pcspkr
    module nouveau
    builtin tty
    index-alias char_major_116_* snd_seq
    index-alias pci:v1* nouveau
    builtin-alias tty_ldisc_* tty
    in /etc/modprobe.d/a.conf
    blacklist pcspkr
    install nouveau /bin/false
    install r8169 /bin/false
    softdep r8169 pre: realtek
    boot loop
";

fn told(standing: &Standing) -> String {
    match standing {
        Standing::Blocked(module, _) => format!("blocked {module}"),
        Standing::BuiltIn => "built in".into(),
        Standing::Malformed => "malformed".into(),
        Standing::Missing { meant } => format!("missing {meant:?}"),
        Standing::Modules(modules) => format!("modules {modules:?}"),
    }
}

#[test]
fn names_come_to_modules_or_to_nothing() {
    let world = TextInventory::new(WORLD);
    let name = |name: &str| format!("{:?}", [ModuleName::new(name)]);
    let table = [
        ("loop", format!("modules {}", name("loop"))),
        ("snd_seq", format!("modules {}", name("snd_seq"))),
        ("char-major-116-3", format!("modules {}", name("snd_seq"))),
        // A softdep switches an install line off, for systemd as for modprobe.
        ("r8169", format!("modules {}", name("r8169"))),
        ("tty", "built in".into()),
        ("tty-ldisc-2", "built in".into()),
        ("pcspkr", "blocked pcspkr".into()),
        ("pci:v1", "blocked nouveau".into()),
        ("lopp", format!("missing {}", name("loop"))),
        ("zzzzzz", "missing []".into()),
        ("loop # mine", "malformed".into()),
        ("a[b", "malformed".into()),
        ("", "malformed".into()),
    ];
    for (word, expected) in table {
        assert_eq!(told(&standing(&world, word.as_bytes()).unwrap()), expected, "{word}");
    }
}

#[test]
fn a_renamed_module_is_found_by_its_aliases() {
    let old = TextInventory::new("module a\nindex-alias pci:1* a\nindex-alias pci:2* a");
    let new = TextInventory::new(
        "module b\nmodule c\nindex-alias pci:1* b\nindex-alias pci:2* b\nindex-alias pci:2* c",
    );
    let heir = |name: &str| renamed(&old, &new, &ModuleName::new(name)).unwrap();
    assert_eq!(heir("a"), Some(ModuleName::new("b")));
    assert_eq!(heir("z"), None);
}

fn request(names: &[&str], current: Option<&str>) -> BootRequest {
    const HEADING: &str = "# Written by kmodctl, which owns this file: use `kmodctl boot add` and `kmodctl boot remove`.\n";
    BootRequest {
        names: names.iter().map(|name| name.as_bytes().to_vec()).collect(),
        path: b"/etc/modules-load.d/kmodctl.conf".to_vec(),
        current: current.map(|lines| format!("{HEADING}{lines}").into_bytes()),
    }
}

fn lines(after: Option<Vec<u8>>) -> String {
    let text = String::from_utf8(after.unwrap_or_default()).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join(" ")
}

#[test]
fn names_are_added_once_and_where_they_are_needed() {
    let world = TextInventory::new(WORLD);
    let other = TextInventory::new("module tty");
    let table: [(&[&str], Option<&str>, bool, &str); 8] = [
        (&["nfsd"], None, false, "nfsd"),
        (&["nfsd", "snd-seq", "snd_seq"], Some("a\n"), false, "a nfsd snd-seq"),
        (&["loop"], None, false, "no change"),
        (&["tty"], None, false, "no change"),
        (&["tty"], None, true, "tty"),
        (&["pcspkr"], None, false, "blocked"),
        (&["nfsd", "nsfd"], None, false, "not-found"),
        (&["nfsd"], Some("a\n# mine\n"), false, "file-not-ours"),
    ];
    for (names, current, with_other, expected) in table {
        let mut worlds: Vec<&dyn Inventory> = vec![&world];
        worlds.extend(with_other.then_some(&other as &dyn Inventory));
        let found = match add(&worlds, &request(names, current)) {
            Ok(addition) => {
                assert_eq!(addition.names.len(), names.len());
                assert_eq!(addition.change.is_some(), addition.names[0].1 == Added::New);
                addition.change.map_or("no change".into(), |change| lines(change.after))
            }
            Err(problem) => problem.code().into(),
        };
        assert_eq!(found, expected, "{names:?}");
    }
}

#[test]
fn names_are_removed_from_our_file_only() {
    let world = TextInventory::new(WORLD);
    let removed = |names: &[&str], current| remove(&world, &request(names, current));
    let change = removed(&["snd_seq"], Some("nfsd\nsnd-seq\n")).unwrap().unwrap();
    assert_eq!(lines(change.after), "nfsd");
    let change = removed(&["nfsd", "snd_seq"], Some("nfsd\nsnd-seq\n")).unwrap().unwrap();
    assert_eq!(change.after, None);
    assert!(matches!(removed(&["loop"], None), Err(Problem::LineForeign { .. })));
    assert_eq!(removed(&["sunrpc"], None), Err(Problem::NotListed { name: b"sunrpc".to_vec() }));
}
