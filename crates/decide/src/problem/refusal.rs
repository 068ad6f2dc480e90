//! The words for refusals that the kernel's messages explain.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::Refused;

use super::cures::{Fix, Request};
use super::line::{self, take_out};
use crate::diagnosis::{Difference, Exporter, Missing, OptionLine, Refusal};
use crate::errno::Errno;

const ENOMEM: Errno = Errno(12);

/// The stable name of a refusal.
pub(super) fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Blacklisted => "blacklisted-by-kernel",
        Refusal::ContentAltered => "altered",
        Refusal::FirmwareMissing { .. } => "firmware-missing",
        Refusal::ForeignMachine(_) => "wrong-architecture",
        Refusal::Lacking { .. } => "something-missing",
        Refusal::ParameterValue { .. } => "bad-parameter",
        Refusal::Signature(Refused::KeyUnavailable) => "key-refused",
        Refusal::Signature(Refused::Lockdown) => "lockdown",
        Refusal::Signature(Refused::Unsigned) => "unsigned",
        Refusal::Signature(Refused::Unsupported) => "bad-signature",
        Refusal::SignatureDamaged => "bad-signature",
        Refusal::Start { errno: Errno::ENODEV, .. } => "no-device",
        Refusal::Start { errno: ENOMEM, .. } => "no-memory",
        Refusal::Start { errno: Errno::EBUSY, .. } => "busy",
        Refusal::Start { .. } => "start-failed",
        Refusal::SymbolTaken { .. } => "symbol-taken",
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
        Refusal::ContentAltered => format!(
            "`{module}` is signed, but its file is not what was signed: it is damaged, or was changed"
        ),
        Refusal::FirmwareMissing { file } => {
            format!("`{module}` did not start: its firmware {} is not there", file.escape_ascii())
        }
        Refusal::ForeignMachine(machine) => {
            format!("`{module}` is for another kind of machine: {}", machine_name(*machine))
        }
        Refusal::Lacking { wanted } => format!(
            "`{module}` did not start: it looks for something that is not there, perhaps {}, which it \
             wants loaded before it, and which no installed module is",
            quoted(wanted)
        ),
        Refusal::ParameterValue { parameter, value, line } => format!(
            "the parameter `{}` of `{module}` does not take the value `{}`{}",
            parameter.escape_ascii(),
            value.escape_ascii(),
            given_by(line.as_ref())
        ),
        Refusal::Signature(refused) => format!("{} `{module}`", signature_words(*refused)),
        Refusal::SignatureDamaged => {
            format!(
                "the signature at the end of the file of `{module}` cannot be read: it is damaged"
            )
        }
        Refusal::Start { options, line, rival, errno } => {
            let given = match options.is_empty() {
                true => String::new(),
                false => format!(
                    "; it was given `{}`{}",
                    options.escape_ascii(),
                    given_by(line.as_ref())
                ),
            };
            let rival =
                rival.as_ref().map_or(String::new(), |rival| format!(", perhaps by `{rival}`"));
            format!("`{module}` did not start: {}{rival}{given}", start_words(*errno))
        }
        Refusal::SymbolTaken { symbol, owner } => {
            let owner = match owner.as_bytes() {
                b"kernel" => "the kernel itself".to_string(),
                _ => format!("`{owner}`"),
            };
            let symbol = symbol.escape_ascii();
            format!("`{module}` brings the symbol `{symbol}`, which {owner} has brought already")
        }
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
pub(super) fn fixes(module: &ModuleName, file: &[u8], refusal: &Refusal) -> Vec<Fix> {
    let words = |text: &str| vec![Fix::Words(text.to_string())];
    match refusal {
        Refusal::Blacklisted => words("take it out of module_blacklist=, and start again"),
        Refusal::ContentAltered => words("install the package that owns the file again"),
        Refusal::FirmwareMissing { file } => vec![Fix::Words(firmware_fix(file))],
        Refusal::Lacking { wanted } => vec![Fix::Words(format!(
            "install the module that is {}, by its name or an alias, and run depmod",
            quoted(wanted)
        ))],
        Refusal::SignatureDamaged => signature_fixes(file),
        Refusal::SymbolTaken { owner, .. } if owner.as_bytes() == b"kernel" => {
            words("leave the module out: the kernel does the same without it")
        }
        Refusal::SymbolTaken { owner, .. } => {
            vec![Fix::Request(Request::Unload { modules: vec![owner.clone()] })]
        }
        Refusal::ForeignMachine(_) => words("install the module for this machine"),
        Refusal::ParameterValue { line, .. } => parameter_fixes(module, line.as_ref()),
        Refusal::Start { rival: Some(rival), .. } => {
            vec![Fix::Request(Request::Unload { modules: vec![rival.clone()] })]
        }
        Refusal::Start { line: Some(line), .. } => parameter_fixes(module, Some(line)),
        Refusal::Start { options, .. } if !options.is_empty() => {
            vec![Fix::Words(format!("kmodctl load {module} (without these parameters)"))]
        }
        Refusal::Start { .. } => parameter_fixes(module, None),
        Refusal::Signature(_) => signature_fixes(file),
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

/// The modules of a distribution's kernel lie in `kernel` and are signed by it.
fn signature_fixes(file: &[u8]) -> Vec<Fix> {
    let sign = Fix::Words("sign it with a key that is enrolled, or enrol its key".into());
    let again = "install the package that owns the file again (the kernel's own are signed)";
    let is_of_distribution = file.windows(8).any(|part| part == b"/kernel/");
    let again = is_of_distribution.then(|| Fix::Words(again.into()));
    again.into_iter().chain([sign]).collect()
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

/// The cures of a parameter that is not taken: its line without it, and what it may be.
fn parameter_fixes(module: &ModuleName, option: Option<&OptionLine>) -> Vec<Fix> {
    let list = Fix::Words(format!("kmodctl param list {module} (types and meanings)"));
    option.map(line::without).into_iter().chain([list]).collect()
}

fn given_by(line: Option<&OptionLine>) -> String {
    line.map_or(String::new(), |line| {
        format!(", which {}:{} gives", line.place.file.escape_ascii(), line.place.line)
    })
}

/// What cures that a file of firmware is missing.
pub fn firmware_fix(file: &[u8]) -> String {
    format!("install the package that has /lib/firmware/{}", file.escape_ascii())
}

fn quoted(names: &[Vec<u8>]) -> String {
    let names = names.iter().map(|name| format!("`{}`", name.escape_ascii()));
    names.collect::<Vec<_>>().join(" and ")
}

fn start_words(errno: Errno) -> String {
    match errno {
        Errno::ENODEV => "it found nothing to drive, and was not told where it is".into(),
        Errno::EBUSY => "something that it wants for itself is taken".into(),
        ENOMEM => "there is not as much memory as it wants".into(),
        errno => format!("its own code said no (errno {})", errno.0),
    }
}

/// The architecture of a number of `e_machine`, as the kernel's own names have it.
fn machine_name(machine: u16) -> String {
    let known = match machine {
        3 => "i386",
        8 => "mips",
        20 => "powerpc",
        21 => "powerpc64",
        22 => "s390",
        40 => "arm",
        62 => "x86_64",
        183 => "arm64",
        243 => "riscv",
        258 => "loongarch",
        other => return format!("number {other} of the ELF machines"),
    };
    known.into()
}

/// Tells of each module that lacks, or of each reason, which symbols it is about.
fn missing_cause(module: &ModuleName, missing: &[Missing]) -> String {
    let mut groups: Vec<(&Exporter, Vec<&Missing>)> = Vec::new();
    for one in missing {
        match groups.iter_mut().find(|(exporter, _)| **exporter == one.exporter) {
            Some((_, group)) => group.push(one),
            None => groups.push((&one.exporter, vec![one])),
        }
    }
    let told = groups
        .iter()
        .map(|(exporter, group)| format!("{}{}", symbols(group), exporter_words(exporter)));
    format!("`{module}` needs {}", told.collect::<Vec<_>>().join("; "))
}

fn symbols(missing: &[&Missing]) -> String {
    const MOST: usize = 3;
    let names = missing.iter().take(MOST).map(|one| format!("`{}`", one.symbol.escape_ascii()));
    let names = names.collect::<Vec<_>>().join(", ");
    match missing.len().saturating_sub(MOST) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

fn exporter_words(exporter: &Exporter) -> String {
    match exporter {
        Exporter::Absent(owner) => format!(" of `{owner}`, which is not loaded"),
        Exporter::LeftOut { module, place } => {
            format!(" of `{module}`, which {}:{} leaves out", place.file.escape_ascii(), place.line)
        }
        Exporter::Loaded(owner) => format!(" of `{owner}`, which is loaded, but from another file"),
        Exporter::Unlisted { module, .. } => {
            format!(" of `{module}`, which the index does not know that it needs")
        }
        Exporter::Unknown => ", which no installed module has".into(),
    }
}

fn missing_fixes(module: &ModuleName, missing: &[Missing]) -> Vec<Fix> {
    let of = |missing: &Missing| match &missing.exporter {
        Exporter::Absent(owner) => Some(Fix::Words(format!("kmodctl load {owner}"))),
        Exporter::LeftOut { place, .. } => Some(take_out(place)),
        Exporter::Loaded(owner) => Some(Fix::Words(format!(
            "kmodctl unload --holders {owner} (its installed file is taken then)"
        ))),
        Exporter::Unlisted { directory, .. } => {
            Some(Fix::Request(Request::RebuildIndexes { directory: directory.clone() }))
        }
        Exporter::Unknown => None,
    };
    let words = || Fix::Words(format!("build or install `{module}` for the running kernel"));
    vec![missing.iter().find_map(of).unwrap_or_else(words)]
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
