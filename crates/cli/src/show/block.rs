//! Blocks in words: what holds a module, and what lets it through.

use kmodctl::decide::ImageFault;
use kmodctl::decide::block::{Hint, Hold, ImageState, Leak, Outcome, Void};
use kmodctl::decide::inventory::Engine;
use kmodctl::decide::problem::UnpackFault;
use serde_json::{Value, json};

use super::{origin, text};

/// What keeps a module out.
pub(crate) fn hold(hold: &Hold) -> String {
    match hold {
        Hold::Blacklisted(at) => format!("blacklisted by {}", origin(at)),
        Hold::Earlier(module) => format!("`{module}`, which is loaded before it, is refused"),
        Hold::Refused(at) => format!("refused by {}", origin(at)),
    }
}

/// Where a module is kept out: `FILE:LINE`.
pub(crate) fn hold_at(hold: &Hold) -> Option<String> {
    match hold {
        Hold::Blacklisted(at) | Hold::Refused(at) => Some(origin(at)),
        Hold::Earlier(_) => None,
    }
}

/// What lets a module through.
pub(crate) fn leak(leak: &Leak) -> String {
    match leak {
        Leak::Command(at) => {
            format!("the install line {} runs a command of its own, which may load it", origin(at))
        }
        Leak::Open(None) => "no line keeps it out".into(),
        Leak::Open(Some(at)) => {
            format!(
                "the blacklist line {} counts for aliases only, and no install line refuses it",
                origin(at)
            )
        }
        Leak::Softdep { softdep, install } => {
            format!(
                "the softdep {} switches the install line {} off",
                origin(softdep),
                origin(install)
            )
        }
    }
}

/// Where a module is let through: `FILE:LINE`.
pub(crate) fn leak_at(leak: &Leak) -> Option<String> {
    match leak {
        Leak::Command(at) | Leak::Open(Some(at)) | Leak::Softdep { softdep: at, .. } => {
            Some(origin(at))
        }
        Leak::Open(None) => None,
    }
}

/// What comes of a request.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Elsewhere => "does not lead to it".into(),
        Outcome::Held(held) => hold(held),
        Outcome::Leaks(through) => leak(through),
    }
}

/// What comes of a request, for programs.
pub(crate) fn outcome_value(outcome: &Outcome) -> Value {
    let (word, at) = match outcome {
        Outcome::Elsewhere => ("elsewhere", None),
        Outcome::Held(Hold::Blacklisted(at)) => ("blacklisted", Some(origin(at))),
        Outcome::Held(Hold::Refused(at)) => ("refused", Some(origin(at))),
        Outcome::Held(Hold::Earlier(_)) => ("refused-earlier", None),
        Outcome::Leaks(leak) => ("leaks", leak_at(leak)),
    };
    json!({ "outcome": word, "at": at, "message": self::outcome(outcome) })
}

/// What an image makes of a module.
pub(crate) fn image(state: &ImageState) -> String {
    match state {
        ImageState::Absent => "does not hold the module".into(),
        ImageState::CannotTell(fault) => format!("cannot be read: {}", image_fault(*fault)),
        ImageState::Held(held) => hold(held),
        ImageState::Leaks(Leak::Open(None)) => "holds the module and no block of it".into(),
        ImageState::Leaks(through) => format!("holds the module, and {}", leak(through)),
        ImageState::Passes(by) => {
            format!("holds the module, and {} passes over the lines that keep it out", engine(by))
        }
        ImageState::Unknown(None) => {
            "holds the module, and nothing known loads modules in it".into()
        }
        ImageState::Unknown(Some(by)) => {
            format!("holds the module, and {} loads modules in it", engine(by))
        }
    }
}

/// What an image makes of a module, for programs.
pub(crate) fn image_value(path: &[u8], state: &ImageState) -> Value {
    let (word, at) = match state {
        ImageState::Absent => ("absent", None),
        ImageState::CannotTell(_) | ImageState::Unknown(_) => ("cannot-tell", None),
        ImageState::Held(Hold::Blacklisted(at) | Hold::Refused(at)) => ("held", Some(origin(at))),
        ImageState::Held(Hold::Earlier(_)) => ("held", None),
        ImageState::Leaks(leak) => ("leaks", leak_at(leak)),
        ImageState::Passes(_) => ("leaks", None),
    };
    json!({ "image": text(path), "outcome": word, "at": at, "message": image(state) })
}

/// Why an image cannot be read.
pub(crate) fn image_fault(fault: ImageFault) -> String {
    match fault {
        ImageFault::Archive(damage) => {
            format!("its archive is damaged (byte {} of its part)", damage.offset)
        }
        ImageFault::Codec(name) => {
            format!("it is packed with {name}, which kmodctl does not unpack")
        }
        ImageFault::Errno(errno) => super::problem::errno_text(errno.0),
        ImageFault::NoImage(0) => "it is no cpio archive, packed or not".into(),
        ImageFault::NoImage(offset) => {
            format!("what begins at byte {offset} is no cpio archive, packed or not")
        }
        ImageFault::Unpack(UnpackFault::Corrupt) => "it is corrupt".into(),
        ImageFault::Unpack(UnpackFault::CutOff) => "it ends too early".into(),
        ImageFault::Unpack(UnpackFault::TooLarge) => "it is larger than any image".into(),
    }
}

/// What loads modules.
pub(crate) fn engine(engine: &Engine) -> String {
    match engine {
        Engine::Booster(_) => "booster's init".into(),
        Engine::Busybox(path) => format!("{} (BusyBox)", text(path)),
        Engine::Kmod(path) => format!("{} (kmod)", text(path)),
        Engine::Nobody => "nobody".into(),
        Engine::Other(path) => format!("{} (unknown)", text(path)),
        Engine::Toybox(path) => format!("{} (Toybox)", text(path)),
    }
}

/// A line that was meant to keep a module out, and why it does not.
pub(crate) fn hint(hint: &Hint) -> String {
    let at = origin(&hint.origin);
    match &hint.why {
        Void::Hidden => format!("{at} is not read: another file of its name takes its place"),
        Void::Misspelt(name) => {
            format!("{at} is about `{}`, which is no module: a misspelling?", text(name.as_bytes()))
        }
        Void::Second(first) => {
            format!("{at} does nothing: of install lines the first counts, {}", origin(first))
        }
        Void::Unread => format!("{at} is not read: the name of its file does not end in `.conf`"),
        Void::WrongDirectory => {
            format!("{at} does nothing: files of modules-load.d say what is loaded")
        }
    }
}

/// A stable name for why a line does nothing.
pub(crate) fn hint_code(why: &Void) -> &'static str {
    match why {
        Void::Hidden => "hidden-file",
        Void::Misspelt(_) => "misspelt-module",
        Void::Second(_) => "second-install-line",
        Void::Unread => "unread-file",
        Void::WrongDirectory => "wrong-directory",
    }
}
