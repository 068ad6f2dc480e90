//! What on a machine has the kernel ask for a module, by the names that the kernel would use. The
//! kernel keeps no record: what is told is what it would have asked for.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::chains::Root;
use crate::inventory::{Inventory, Node, Use};
use crate::problem::Problem;
use crate::request::{Request, requests};
use crate::want::Sign;

/// What has the kernel ask, by one name or by one of several that cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The names.
    pub requests: Vec<Request>,
    /// What has it ask.
    pub signs: Vec<Sign>,
}

/// Tells by who uses a module that is in the kernel.
pub(super) fn by_uses(
    world: &dyn Inventory,
    module: &ModuleName,
    roots: &mut Vec<Root>,
) -> Result<(), Problem> {
    let known = requests(world, module)?;
    if known.is_empty() {
        // Its users, for whom all processes are looked at, would show nothing.
        return Ok(());
    }
    for found in world.uses(module) {
        let fits = |request: &&Request| is_sign(&found, request);
        let requests: Vec<_> = known.iter().filter(fits).cloned().collect();
        if !requests.is_empty() {
            add(roots, requests, Sign::Use(found));
        }
    }
    Ok(())
}

/// Adds what has the kernel ask, to the same names where they are there.
pub(super) fn add(roots: &mut Vec<Root>, requests: Vec<Request>, sign: Sign) {
    for root in roots.iter_mut() {
        match root {
            Root::Request(asked) if asked.requests == requests => {
                if !asked.signs.contains(&sign) {
                    asked.signs.push(sign);
                }
                return;
            }
            _ => {}
        }
    }
    roots.push(Root::Request(Asked { requests, signs: vec![sign] }));
}

/// Whether a use of a module shows that the kernel had to ask for it by a name.
fn is_sign(found: &Use, request: &Request) -> bool {
    let prefix = request.prefix();
    match found {
        Use::Mount { kind, .. } => {
            // The kernel leaves a subtype out: fuse.sshfs is of fuse.
            let kind = kind.split(|&byte| byte == b'.').next().unwrap_or_default();
            prefix == "fs-" && is_part(request, kind)
        }
        // It was set up through its own node, or through that of all loop devices.
        Use::Loop { .. } => matches!(prefix, "block-major-" | "char-major-"),
        Use::Process { node, .. } => is_node(*node, request),
        Use::Socket { protocol, .. } | Use::Sockets { protocol, .. } => {
            is_protocol(protocol, request)
        }
        Use::Queue { .. } => matches!(prefix, "net-sch-" | "sch_"),
        Use::Rule { family, .. } => is_rule(family, prefix),
        Use::Setting { name, .. } if name == b"net.core.default_qdisc" => {
            matches!(prefix, "net-sch-" | "sch_")
        }
        Use::Setting { .. } => prefix == "tcp_",
        Use::Mapped { is_certain: true, .. } => prefix == "dm-",
        Use::Array { .. } => matches!(prefix, "md-level-" | "md-"),
        Use::Interface { .. } | Use::Kept { .. } | Use::Mapped { .. } | Use::Swap { .. } => false,
    }
}

fn is_part(request: &Request, text: &[u8]) -> bool {
    request.parts().next().is_some_and(|part| ModuleName::new(part) == ModuleName::new(text))
}

fn is_node(node: Node, request: &Request) -> bool {
    let prefix = if node.is_block { "block-major-" } else { "char-major-" };
    let is = |part: &[u8], number: u32| {
        part == b"*" || core::str::from_utf8(part).is_ok_and(|text| text.parse() == Ok(number))
    };
    let mut parts = request.parts();
    request.prefix() == prefix
        && parts.next().is_some_and(|part| is(part, node.major))
        && parts.next().is_none_or(|part| is(part, node.minor))
}

/// Whether a rule of nf_tables may have needed a request; of several families one is `inet`.
fn is_rule(family: &str, prefix: &str) -> bool {
    match prefix {
        "nft-expr-" | "nf-logger-" | "xt_" => true,
        "ipt_" => matches!(family, "ip" | "inet"),
        "ip6t_" => matches!(family, "ip6" | "inet"),
        "arpt_" => family == "arp",
        "ebt_" => family == "bridge",
        _ => false,
    }
}

/// Whether opening a socket of a protocol may have needed the request; netlink's are named by number.
fn is_protocol(protocol: &[u8], request: &Request) -> bool {
    match request.prefix() {
        "net-pf-16-proto-" => protocol == b"NETLINK",
        "net-pf-" | "can-proto-" | "bt-proto-" => protocol != b"NETLINK",
        _ => false,
    }
}
