//! What the kernel asks for by itself, in words.

use kmodctl::decide::inventory::Use;
use kmodctl::decide::request::Request;
use kmodctl::decide::want::Sign;
use kmodctl::decide::why::Asked;
use kmodctl::format::ModuleName;
use serde_json::{Value, json};

use super::super::{text, uses};

/// More lines than this of one kind say nothing new.
const MOST: usize = 4;

/// What has the kernel ask for a module, as lines.
pub(super) fn asked(asked: &Asked, wanted: &str) -> String {
    let (first, others) = shown(&asked.requests, way);
    let mut lines = format!("  the kernel asks for {wanted} {first}\n");
    lines.extend(others.map(|other| format!("    or {other}\n")));
    let (first, others) = shown(&asked.signs, sign);
    lines += &format!("    seen: {first}\n");
    lines.extend(others.map(|other| format!("          {other}\n")));
    lines
}

/// How the kernel may have asked for a module that nothing explains, as lines.
pub(super) fn unknown(module: &ModuleName, requests: &[Request]) -> String {
    let mut lines =
        format!("  nothing seen here asks for {module}: a person loaded it, or the kernel asked\n");
    let way = |request: &Request| {
        let signs = match request.leaves_signs() {
            true => "nothing shows it now",
            false => "that is not seen from here",
        };
        format!("{} ({signs})", way(request))
    };
    if !requests.is_empty() {
        let (first, others) = shown(requests, way);
        lines += &format!("    {first}\n");
        lines.extend(others.map(|other| format!("    or {other}\n")));
    }
    lines
}

/// The first of several, then the others, as many as are shown.
fn shown<T>(all: &[T], words: impl Fn(&T) -> String) -> (String, impl Iterator<Item = String>) {
    let mut lines: Vec<_> = all.iter().take(MOST).map(words).collect();
    let left = all.len().saturating_sub(MOST);
    if left > 0 {
        lines.push(format!("{left} more"));
    }
    let mut lines = lines.into_iter();
    (lines.next().unwrap_or_default(), lines)
}

/// By which name the kernel asks, and when.
fn way(request: &Request) -> String {
    format!("as {}, when {}", text(request.name()), text(request.when()))
}

/// The ways by which the kernel asks, in one line.
pub(crate) fn ways(requests: &[Request]) -> String {
    let (first, others) = shown(requests, way);
    others.fold(first, |line, other| format!("{line}; or {other}"))
}

/// What an alias means to the kernel.
pub(crate) fn meaning(request: &Request) -> String {
    let (name, when) = (request.name(), request.when());
    format!("the kernel asks for {} when {}\n", text(&name), text(&when))
}

/// A request for programs.
pub(crate) fn value(request: &Request) -> Value {
    json!({ "name": text(request.name()), "when": text(request.when()) })
}

/// What has the kernel ask.
pub(crate) fn sign(sign: &Sign) -> String {
    match sign {
        Sign::Charset { at, option } => format!("{} is mounted with {}", text(at), text(option)),
        Sign::Cipher { name, driver } => {
            format!("{} is in use, and {} does it", text(name), text(driver))
        }
        Sign::Fstab { file, line, at } => {
            format!("{}:{line} has one for {}", text(file), text(at))
        }
        Sign::Interface { name } => format!("the network interface {}", text(name)),
        Sign::Phy { device } => format!("the PHY {}", text(device)),
        Sign::Scheduled { device } => format!("the disk {}", text(device)),
        Sign::Table { file } => format!("{} lists it", text(file)),
        Sign::Use(Use::Mount { at, source, within: None, .. }) => {
            format!("{} is mounted at {}", text(source), text(at))
        }
        Sign::Use(found) => uses::words(found),
    }
}
