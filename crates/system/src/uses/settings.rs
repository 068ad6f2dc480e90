//! Settings of the kernel that name a module's part and hold the module for it.

use std::collections::BTreeSet;

use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;

use crate::file::read_start;
use crate::place::joined;

/// A setting whose value `V` holds the module `PREFIX_V`.
struct Setting {
    name: &'static str,
    prefix: &'static str,
    /// Where its possible values stand.
    known: Option<&'static str>,
    /// What it may always be.
    always: &'static str,
}

/// `net/ipv4/tcp_cong.c` and `net/sched/sch_api.c`.
const SETTINGS: [Setting; 2] = [
    Setting { name: "net.core.default_qdisc", prefix: "sch_", known: None, always: "pfifo_fast" },
    Setting {
        name: "net.ipv4.tcp_congestion_control",
        prefix: "tcp_",
        known: Some("net.ipv4.tcp_available_congestion_control"),
        always: "reno",
    },
];

/// Finds the settings that name a module.
pub(super) fn of(proc: &[u8], module: &ModuleName, uses: &mut BTreeSet<Use>) {
    for Setting { name, prefix, known, always } in SETTINGS {
        let value = value(proc, name);
        if value.is_empty() || ModuleName::new([prefix.as_bytes(), &value].concat()) != *module {
            continue;
        }
        let known = known.map(|known| self::value(proc, known)).unwrap_or_default();
        // The kernel lists last what was loaded last; the one it began with is the likeliest.
        let mut others = known.split(|&byte| byte == b' ').filter(|other| *other != value);
        let instead = others.rfind(|other| !other.is_empty());
        let instead = instead.unwrap_or(always.as_bytes()).to_vec();
        uses.insert(Use::Setting { name: name.as_bytes().to_vec(), instead });
    }
}

fn value(proc: &[u8], name: &str) -> Vec<u8> {
    const LIMIT: usize = 4096;
    let file = joined(proc, format!("sys/{}", name.replace('.', "/")).as_bytes());
    read_start(&file, LIMIT).unwrap_or_default().trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn a_setting_holds_the_module_of_its_value() {
        let tree = Tree::new();
        tree.write("proc/sys/net/core/default_qdisc", "fq\n");
        tree.write("proc/sys/net/ipv4/tcp_congestion_control", "bbr\n");
        tree.write("proc/sys/net/ipv4/tcp_available_congestion_control", "reno cubic bbr\n");
        let found = |module: &str| {
            let mut uses = BTreeSet::new();
            of(&tree.bytes("proc"), &ModuleName::new(module), &mut uses);
            let shown = uses.into_iter().map(|found| match found {
                Use::Setting { name, instead } => {
                    let text = [&name[..], b"=", &instead].concat();
                    String::from_utf8(text).unwrap()
                }
                other => format!("{other:?}"),
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(found("tcp_bbr"), ["net.ipv4.tcp_congestion_control=cubic"]);
        assert_eq!(found("sch_fq"), ["net.core.default_qdisc=pfifo_fast"]);
        assert_eq!(found("tcp_cubic"), [""; 0]);
    }
}
