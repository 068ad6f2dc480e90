//! Chains of reasons in words.

use kmodctl::decide::why::{Chain, How, Link, Root};
use serde_json::{Value, json};

use super::{origin, text};

/// A chain as lines: what it begins with, then each step below the one before.
pub(crate) fn chain(chain: &Chain) -> String {
    let asks = match (&chain.root, chain.links.first()) {
        (Root::Unknown(module), _) => {
            let module = text(module.as_bytes());
            format!(
                "nothing in the files asks for {module}: a person loaded it, or the kernel asked"
            )
        }
        (root, Some(link)) => {
            format!("{} asks for {}", self::root(root), text(link.user.as_bytes()))
        }
        (root, None) => format!("{} asks for it", self::root(root)),
    };
    let mut lines = format!("  {asks}\n");
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
        Root::Unknown(module) => format!("somebody, for {}", text(module.as_bytes())),
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
        Root::Unknown(_) => "unknown",
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
        "links": chain.links.iter().map(link).collect::<Vec<_>>(),
    })
}
