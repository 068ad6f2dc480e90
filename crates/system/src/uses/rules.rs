//! Rules of nf_tables that a module has a part in.

use std::collections::BTreeSet;

use kmodctl_decide::World;
use kmodctl_decide::inventory::Use;
use kmodctl_format::ModuleName;
use kmodctl_format::packet_rules::{ASK, HEADER, Part, Rule, rule};
use rustix::net::netlink::NETFILTER;

use super::{answers, is_running};
use crate::machine::Machine;
use crate::netlink::ask;

/// Finds rules by what they are made of.
pub(super) fn of(machine: &Machine, module: &ModuleName, uses: &mut BTreeSet<Use>) {
    // A socket for rules has the kernel load what it needs: without rules nothing is to be loaded.
    let has_rules = || machine.state(&ModuleName::new("nf_tables")).is_some();
    if !is_running(machine) || !has_rules() {
        return;
    }
    // A kernel that does not answer tells of no rules.
    let _ = ask(Some(NETFILTER), ASK, &HEADER, &mut |told, body| {
        let Some(rule) = rule(told, body) else { return };
        if rule.parts.iter().any(|part| is_of(machine, module, &rule, *part)) {
            uses.extend(told_of(&rule));
        }
    });
}

fn told_of(rule: &Rule<'_>) -> Option<Use> {
    Some(Use::Rule {
        family: rule.family_name()?,
        table: rule.table.to_vec(),
        chain: rule.chain.to_vec(),
        handle: rule.handle,
    })
}

/// Whether the module is the one that the kernel asks for to have this part of a rule.
fn is_of(machine: &Machine, module: &ModuleName, rule: &Rule<'_>, part: Part<'_>) -> bool {
    aliases(rule.family, part).iter().any(|alias| answers(machine, module, alias))
}

/// The names by which the kernel asks for a part of a rule (`net/netfilter/nf_tables_api.c`,
/// `x_tables.c` and `nf_log.c`). A rule of the family `inet` (1) is for IPv4 (2) and IPv6 (10).
fn aliases(family: u8, part: Part<'_>) -> Vec<Vec<u8>> {
    const INET: u8 = 1;
    let name = match part {
        Part::Expression(name) | Part::Extension(name) => name,
    };
    let with = |prefix: &str| [prefix.as_bytes(), name].concat();
    let mut aliases = match part {
        Part::Expression(_) => {
            vec![with("nft-"), with("nft-expr-"), with(&format!("nft-expr-{family}-"))]
        }
        Part::Extension(_) => ["xt_", "ipt_", "ip6t_", "arpt_", "ebt_"].map(with).into(),
    };
    if name.eq_ignore_ascii_case(b"log") {
        let families: &[u8] = if family == INET { &[2, 10] } else { &[family] };
        let logger = |family: &u8| format!("nf-logger-{family}-0").into_bytes();
        aliases.extend(families.iter().map(logger));
    }
    aliases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module_index::IndexFile;
    use crate::tree::Tree;

    #[test]
    fn a_part_belongs_to_the_module_that_the_kernel_asks_for() {
        let tree = Tree::new();
        let aliases = [
            ("nft_expr_1_reject", "nft_reject_inet"),
            ("ipt_LOG", "xt_LOG"),
            ("nf_logger_10_0", "nf_log_syslog"),
        ];
        tree.write_index(IndexFile::Alias, &aliases);
        let machine = Machine::new(tree.place(&[]));
        let rule = |family| {
            let (table, chain) = (&b"t"[..], &b"c"[..]);
            Rule { family, table, chain, handle: 1, parts: Vec::new() }
        };
        let table = [
            ("nft_limit", 2, Part::Expression(b"limit"), true),
            ("nft_limit", 2, Part::Extension(b"limit"), false),
            ("nft_reject_inet", 1, Part::Expression(b"reject"), true),
            ("nft_reject_inet", 2, Part::Expression(b"reject"), false),
            ("xt_LOG", 2, Part::Extension(b"LOG"), true),
            ("nf_log_syslog", 1, Part::Expression(b"log"), true),
            ("nf_log_syslog", 2, Part::Extension(b"LOG"), false),
            ("nf_log_syslog", 10, Part::Extension(b"LOG"), true),
        ];
        for (module, family, part, expected) in table {
            let module = ModuleName::new(module);
            assert_eq!(
                is_of(&machine, &module, &rule(family), part),
                expected,
                "{module} {part:?}"
            );
        }
    }
}
