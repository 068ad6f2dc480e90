//! Lines about a module that do nothing for it.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::idle::{Idleness, idle_lines_about};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

fn told(world: &str, module: &str) -> Vec<String> {
    let world = TextInventory::new(world);
    let lines = idle_lines_about(&world, &[&ModuleName::new(module)]).unwrap();
    let shown = lines.into_iter().map(|line| {
        let (file, number) = line.origin.place().unwrap();
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let why = match line.why {
            Idleness::BuiltIn { parameters, .. } => {
                format!("built in: {}", text(&parameters.join(&b' ')))
            }
            Idleness::NoDirective { word, near } => {
                format!("no directive: {} {}", text(&word), text(&near.unwrap_or_default()))
            }
            Idleness::Unread => "unread".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{}:{number} {why}", text(&file))
    });
    shown.collect()
}

#[test]
fn what_was_meant_for_a_module_and_does_nothing_is_told() {
    let table: [(&str, &str, &[&str]); 7] = [
        (
            "builtin rtc\nin /etc/modprobe.d/a.conf\n# note\noptions rtc a=1 b",
            "rtc",
            &["/etc/modprobe.d/a.conf:2 built in: a=1 b"],
        ),
        ("module m\nin /etc/modprobe.d/a.conf\noptions m a=1", "m", &[]),
        (
            "module m\nin /etc/modprobe.d/site\noptions n a=1\nblacklist m",
            "m",
            &["/etc/modprobe.d/site:2 unread"],
        ),
        ("module m\nin /etc/modprobe.d/site.bak\noptions m a=1", "m", &[]),
        ("module m\nin /etc/modules-load.d/site\nm", "m", &[]),
        (
            "module m\nin /etc/modprobe.d/a.conf\noptoins m a=1\noptoins n a=1\nfrobnicate m",
            "m",
            &[
                "/etc/modprobe.d/a.conf:1 no directive: optoins options",
                "/etc/modprobe.d/a.conf:3 no directive: frobnicate ",
            ],
        ),
        ("module m\nin /usr/lib/modprobe.d/a.conf\noptoins m a=1", "m", &[]),
    ];
    for (world, module, expected) in table {
        assert_eq!(told(world, module), expected, "{world}");
    }
}
