//! What comes of requests, as texts.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use kmodctl_decide::Origin;
use kmodctl_decide::block::{Hold, Leak, Outcome, Proof, Verification};

pub fn at(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line, .. } => format!("{}:{line}", String::from_utf8_lossy(path)),
        Origin::KernelCommandLine => "command line".into(),
    }
}

pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Elsewhere => "elsewhere".into(),
        Outcome::Held(Hold::Blacklisted(origin)) => format!("blacklisted {}", at(origin)),
        Outcome::Held(Hold::Earlier(module)) => format!("held by {module}"),
        Outcome::Held(Hold::Refused(origin)) => format!("refused {}", at(origin)),
        Outcome::Leaks(Leak::Command(origin)) => format!("LEAKS command {}", at(origin)),
        Outcome::Leaks(Leak::Open(None)) => "LEAKS".into(),
        Outcome::Leaks(Leak::Open(Some(origin))) => format!("LEAKS but for {}", at(origin)),
        Outcome::Leaks(Leak::Softdep { softdep, .. }) => format!("LEAKS softdep {}", at(softdep)),
    }
}

pub fn compare(found: &str, expected: &str, what: &str) {
    let expected: String = expected.lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(found.trim(), expected.trim(), "{what}");
}

pub fn verdict(proof: &Verification) -> &'static str {
    match proof.proof() {
        Proof::Holds => "holds",
        Proof::Leaks => "LEAKS",
        Proof::Unproven => "unproven",
    }
}
