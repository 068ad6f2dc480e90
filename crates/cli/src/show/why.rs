//! Chains of reasons in words.

pub(crate) mod kernel;

use kmodctl::decide::why::{Chain, How, Link, Root};
use serde_json::{Value, json};

use super::{origin, text};

/// A chain as lines: what it begins with, then each step below the one before.
pub(crate) fn chain(chain: &Chain) -> String {
    let wanted = chain.links.first().map(|link| text(link.user.as_bytes()));
    let wanted = wanted.as_deref().unwrap_or("it");
    let mut lines = match &chain.root {
        Root::Request(asked) => kernel::asked(asked, wanted),
        Root::Unknown { module, requests } => kernel::unknown(module, requests),
        root => format!("  {} asks for {wanted}\n", self::root(root)),
    };
    for (depth, link) in chain.links.iter().enumerate() {
        lines += &format!("  {}└─ {}\n", "   ".repeat(depth), self::link(link));
    }
    lines
}

/// What a chain begins with.
pub(crate) fn root(root: &Root) -> String {
    match root {
        Root::Boot(line) => match &line.file {
            Some(file) => format!("the boot list {}:{}", text(file), line.line),
            None => "modules_load= on the kernel command line".into(),
        },
        Root::Device(device) => {
            format!("the device {} ({})", text(&device.path), text(&device.modalias))
        }
        Root::Request(asked) => format!("the kernel, {}", kernel::ways(&asked.requests)),
        Root::Unknown { module, .. } => format!("somebody, for {}", text(module.as_bytes())),
    }
}

fn link(link: &Link) -> String {
    let (user, used) = (text(link.user.as_bytes()), text(link.used.as_bytes()));
    match &link.how {
        How::Needs => format!("{user} needs {used}"),
        How::Softdep(at) => format!("{user} wants {used}, by the softdep {}", origin(at)),
    }
}

/// A chain for programs.
pub(crate) fn chain_value(chain: &Chain) -> Value {
    let kind = match &chain.root {
        Root::Boot(_) => "boot-list",
        Root::Device(_) => "device",
        Root::Request(_) => "kernel-request",
        Root::Unknown { .. } => "unknown",
    };
    let (requests, signs) = match &chain.root {
        Root::Request(asked) => (&asked.requests[..], &asked.signs[..]),
        Root::Unknown { requests, .. } => (&requests[..], &[][..]),
        Root::Boot(_) | Root::Device(_) => (&[][..], &[][..]),
    };
    let link = |link: &Link| {
        json!({
            "user": text(link.user.as_bytes()),
            "used": text(link.used.as_bytes()),
            "how": match &link.how { How::Needs => "needs", How::Softdep(_) => "softdep" },
            "at": match &link.how { How::Needs => None, How::Softdep(at) => Some(origin(at)) },
        })
    };
    json!({
        "root": kind,
        "message": root(&chain.root),
        "requests": requests.iter().map(kernel::value).collect::<Vec<_>>(),
        "seen": signs.iter().map(kernel::sign).collect::<Vec<_>>(),
        "links": chain.links.iter().map(link).collect::<Vec<_>>(),
    })
}
