//! The words for refusals that the kernel's messages explain.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::Refused;

use super::telling::Fix;
use crate::diagnosis::{Difference, Missing, Refusal};

/// The stable name of a refusal.
pub(super) fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Blacklisted => "blacklisted-by-kernel",
        Refusal::ParameterValue { .. } => "bad-parameter",
        Refusal::Signature(Refused::KeyUnavailable) => "key-refused",
        Refusal::Signature(Refused::Lockdown) => "lockdown",
        Refusal::Signature(Refused::Unsigned) => "unsigned",
        Refusal::Signature(Refused::Unsupported) => "bad-signature",
        Refusal::SymbolVersion { .. } => "wrong-symbol-version",
        Refusal::SymbolsMissing(_) => "unknown-symbol",
        Refusal::Vermagic { .. } => "wrong-vermagic",
    }
}

/// Why the kernel refused a module.
pub(super) fn cause(module: &ModuleName, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Blacklisted => {
            format!("module_blacklist= on the kernel command line names `{module}`")
        }
        Refusal::ParameterValue { parameter, value } => format!(
            "the parameter `{}` of `{module}` does not take the value `{}`",
            parameter.escape_ascii(),
            value.escape_ascii()
        ),
        Refusal::Signature(refused) => format!("{} `{module}`", signature_words(*refused)),
        Refusal::SymbolVersion { symbol, .. } => format!(
            "`{module}` was built with another version of the symbol `{}`",
            symbol.escape_ascii()
        ),
        Refusal::SymbolsMissing(missing) => missing_cause(module, missing),
        Refusal::Vermagic { differences } => {
            let parts: Vec<_> = differences.iter().map(difference).collect();
            format!("`{module}` was built for another kernel: {}", parts.join(", "))
        }
    }
}

/// What cures a refusal, the likeliest first.
pub(super) fn fixes(module: &ModuleName, refusal: &Refusal) -> Vec<Fix> {
    let words = |text: &str| vec![Fix::Words(text.to_string())];
    match refusal {
        Refusal::Blacklisted => words("take it out of module_blacklist=, and start again"),
        Refusal::ParameterValue { .. } => vec![Fix::Words(format!("kmodctl param list {module}"))],
        Refusal::Signature(_) => words("sign it with a key that is enrolled, or enrol its key"),
        Refusal::SymbolVersion { owners, .. } => {
            let mut fixes = words("build or install it for the running kernel");
            if let [owner, ..] = owners.as_slice() {
                let other = "is one of another version loaded?";
                fixes.push(Fix::Words(format!("the symbol is `{owner}`'s: {other}")));
            }
            fixes
        }
        Refusal::SymbolsMissing(missing) => missing_fixes(module, missing),
        Refusal::Vermagic { .. } => words("build or install it for the running kernel"),
    }
}

fn signature_words(refused: Refused) -> &'static str {
    match refused {
        Refused::KeyUnavailable => {
            "signatures are enforced, and no key that the kernel trusts signed"
        }
        Refused::Lockdown => "the kernel is locked down and takes signed modules only, unlike",
        Refused::Unsigned => "signatures are enforced, and nobody signed",
        Refused::Unsupported => "the kernel does not know the algorithm of the signature of",
    }
}

fn missing_cause(module: &ModuleName, missing: &[Missing]) -> String {
    let told = |missing: &Missing| {
        let symbol = missing.symbol.escape_ascii();
        match (&missing.owner, missing.is_loaded) {
            (None, _) => format!("`{symbol}`, which no installed module has"),
            (Some(owner), false) => format!("`{symbol}` of `{owner}`, which is not loaded"),
            (Some(owner), true) => {
                format!("`{symbol}` of `{owner}`, which is loaded, but from another file")
            }
        }
    };
    const MOST: usize = 3;
    let list: Vec<_> = missing.iter().take(MOST).map(told).collect();
    let more = match missing.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("`{module}` needs {}{more}", list.join("; "))
}

fn missing_fixes(module: &ModuleName, missing: &[Missing]) -> Vec<Fix> {
    let owner = missing.iter().find(|one| !one.is_loaded).and_then(|one| one.owner.as_ref());
    match owner {
        Some(owner) => vec![Fix::Words(format!(
            "kmodctl load {owner}, and see with `kmodctl why-not {owner}` why it was left out"
        ))],
        None => vec![Fix::Words(format!("build or install `{module}` for the running kernel"))],
    }
}

fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Has(word) => format!("it has {}, the kernel not", word.escape_ascii()),
        Difference::Lacks(word) => format!("the kernel has {}, it not", word.escape_ascii()),
        Difference::Release { found, wanted } => {
            format!("it is for {}, and this is {}", found.escape_ascii(), wanted.escape_ascii())
        }
    }
}
