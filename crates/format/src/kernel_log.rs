//! The kernel's messages about modules: records of `/dev/kmsg`, and what the lines mean. Lines that
//! are about something else are passed over; what follows from one is decided elsewhere.

use crate::ModuleName;
use alloc::vec::Vec;

/// A message about a module, of `kernel/module/main.c`, `kernel/module/version.c`,
/// `kernel/module/signing.c`, `kernel/params.c`, `security/lockdown/lockdown.c` and
/// `drivers/base/firmware_loader/main.c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// `module_blacklist=` names the module.
    Blacklisted {
        /// The module.
        module: ModuleName,
    },
    /// A symbol has another checksum than the module was built with.
    DisagreesAboutSymbol {
        /// The module.
        module: ModuleName,
        /// The symbol.
        symbol: Vec<u8>,
    },
    /// It exports a symbol that is exported already.
    DuplicateSymbol {
        /// The module.
        module: ModuleName,
        /// The symbol.
        symbol: Vec<u8>,
        /// The module that has exported it; `kernel` is the kernel itself.
        owner: ModuleName,
    },
    /// A file of firmware that a driver asked for is not there.
    FirmwareMissing {
        /// The driver; mostly it is called like its module.
        driver: Vec<u8>,
        /// The file's path below the directories of firmware.
        file: Vec<u8>,
    },
    /// A value that a parameter does not take; the load fails.
    InvalidParameter {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// No key that the kernel trusts signed it, nobody did, or the kernel cannot check it.
    SignatureRefused(Refused),
    /// A parameter that the module does not have; the load goes on.
    UnknownParameter {
        /// The module.
        module: ModuleName,
        /// The parameter.
        parameter: Vec<u8>,
    },
    /// A symbol that nothing in the kernel has.
    UnknownSymbol {
        /// The module.
        module: ModuleName,
        /// The symbol.
        symbol: Vec<u8>,
    },
    /// The module was built for another kernel.
    Vermagic {
        /// The module.
        module: ModuleName,
        /// What it was built for.
        found: Vec<u8>,
        /// What the kernel is.
        wanted: Vec<u8>,
    },
}

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No key of the kernel's made it.
    KeyUnavailable,
    /// The kernel is locked down and takes signed modules only.
    Lockdown,
    /// There is none.
    Unsigned,
    /// Its algorithm is unknown to the kernel.
    Unsupported,
}

/// The line of a record of `/dev/kmsg`: `PRIORITY,NUMBER,TIME,FLAGS;LINE`, and whatever follows on
/// further lines left out (`Documentation/ABI/testing/dev-kmsg`).
pub fn line_of_record(record: &[u8]) -> Option<&[u8]> {
    let start = record.iter().position(|&byte| byte == b';')? + 1;
    record[start..].split(|&byte| byte == b'\n').next()
}

/// What a line says of a module, if it says something.
pub fn message(line: &[u8]) -> Option<Message> {
    let found = signature(line).or_else(|| blacklisted(line)).or_else(|| firmware(line));
    found.or_else(|| of_module(line))
}

/// Reads `DRIVER DEVICE: Direct firmware load for FILE failed with error -2`: -2 is ENOENT.
fn firmware(line: &[u8]) -> Option<Message> {
    let (device, rest) = split(line, b": Direct firmware load for ")?;
    let file = rest.strip_suffix(b" failed with error -2")?.to_vec();
    let driver = device.split(|&byte| byte == b' ').next()?.to_vec();
    Some(Message::FirmwareMissing { driver, file })
}

fn signature(line: &[u8]) -> Option<Message> {
    let refused = match line {
        b"Loading of module with unavailable key is rejected" => Refused::KeyUnavailable,
        b"Loading of unsigned module is rejected" => Refused::Unsigned,
        b"Loading of module with unsupported crypto is rejected" => Refused::Unsupported,
        _ if line.starts_with(b"Lockdown: ") && contains(line, b"unsigned module loading") => {
            Refused::Lockdown
        }
        _ => return None,
    };
    Some(Message::SignatureRefused(refused))
}

fn blacklisted(line: &[u8]) -> Option<Message> {
    let name = line.strip_prefix(b"Module ")?.strip_suffix(b" is blacklisted")?;
    Some(Message::Blacklisted { module: ModuleName::new(name) })
}

/// Reads `MODULE: WORDS`.
fn of_module(line: &[u8]) -> Option<Message> {
    let colon = line.windows(2).position(|two| two == b": ")?;
    let (name, words) = (&line[..colon], &line[colon + 2..]);
    if name.is_empty() || name.contains(&b' ') {
        return None;
    }
    let module = ModuleName::new(name);
    if let Some(rest) = words.strip_prefix(b"Unknown symbol ") {
        let symbol = rest.split(|&byte| byte == b' ').next()?.to_vec();
        return Some(Message::UnknownSymbol { module, symbol });
    }
    if let Some(symbol) = words.strip_prefix(b"disagrees about version of symbol ") {
        return Some(Message::DisagreesAboutSymbol { module, symbol: symbol.to_vec() });
    }
    if let Some(rest) = words.strip_prefix(b"exports duplicate symbol ") {
        let (symbol, owner) = split(rest.strip_suffix(b")")?, b" (owned by ")?;
        let (symbol, owner) = (symbol.to_vec(), ModuleName::new(owner));
        return Some(Message::DuplicateSymbol { module, symbol, owner });
    }
    if let Some(rest) = words.strip_prefix(b"version magic '") {
        let (found, rest) = split(rest, b"' should be '")?;
        let (found, wanted) = (found.to_vec(), rest.strip_suffix(b"'")?.to_vec());
        return Some(Message::Vermagic { module, found, wanted });
    }
    if let Some(rest) = words.strip_prefix(b"unknown parameter '") {
        let parameter = rest.strip_suffix(b"' ignored")?.to_vec();
        return Some(Message::UnknownParameter { module, parameter });
    }
    let (value, rest) = split(words.strip_prefix(b"`")?, b"' invalid for parameter `")?;
    let (value, parameter) = (value.to_vec(), rest.strip_suffix(b"'")?.to_vec());
    Some(Message::InvalidParameter { module, parameter, value })
}

fn split<'a>(text: &'a [u8], middle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(middle.len()).position(|window| window == middle)?;
    Some((&text[..at], &text[at + middle.len()..]))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn messages_are_known_by_their_words() {
        let table = [
            (
                "usb_storage: Unknown symbol scsi_done (err -2)",
                "UnknownSymbol { module: `usb_storage`, symbol: scsi_done }",
            ),
            (
                "dummy: disagrees about version of symbol module_layout",
                "DisagreesAboutSymbol { module: `dummy`, symbol: module_layout }",
            ),
            (
                "dummy: version magic '6.1 SMP x ' should be '6.1 SMP y '",
                "Vermagic { module: `dummy`, found: 6.1 SMP x , wanted: 6.1 SMP y  }",
            ),
            (
                "loop: unknown parameter 'no_such' ignored",
                "UnknownParameter { module: `loop`, parameter: no_such }",
            ),
            (
                "loop: `many' invalid for parameter `max_loop'",
                "InvalidParameter { module: `loop`, parameter: max_loop, value: many }",
            ),
            ("Module loop is blacklisted", "Blacklisted { module: `loop` }"),
            (
                "Loading of module with unavailable key is rejected",
                "SignatureRefused(KeyUnavailable)",
            ),
            ("Loading of unsigned module is rejected", "SignatureRefused(Unsigned)"),
            (
                "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
                "SignatureRefused(Lockdown)",
            ),
            (
                "m: exports duplicate symbol mii_link_ok (owned by mii)",
                "DuplicateSymbol { module: `m`, symbol: mii_link_ok, owner: `mii` }",
            ),
            (
                "snd_m 0000:00:03.0: Direct firmware load for a/b.fw failed with error -2",
                "FirmwareMissing { driver: snd_m, file: a/b.fw }",
            ),
            ("snd_m 0: Direct firmware load for a/b.fw failed with error -11", ""),
            ("loop: module loaded", ""),
            ("usb 1-1: Unknown symbol", ""),
            ("a b: Unknown symbol c (err -2)", ""),
            ("", ""),
        ];
        for (line, expected) in table {
            assert_eq!(shown(message(line.as_bytes())), expected, "{line}");
        }
    }

    fn shown(message: Option<Message>) -> alloc::string::String {
        let text = |bytes: &[u8]| format!("{}", bytes.escape_ascii());
        match message {
            None => "".into(),
            Some(Message::UnknownSymbol { module, symbol }) => {
                format!("UnknownSymbol {{ module: {module:?}, symbol: {} }}", text(&symbol))
            }
            Some(Message::DisagreesAboutSymbol { module, symbol }) => {
                format!("DisagreesAboutSymbol {{ module: {module:?}, symbol: {} }}", text(&symbol))
            }
            Some(Message::DuplicateSymbol { module, symbol, owner }) => format!(
                "DuplicateSymbol {{ module: {module:?}, symbol: {}, owner: {owner:?} }}",
                text(&symbol)
            ),
            Some(Message::FirmwareMissing { driver, file }) => {
                format!("FirmwareMissing {{ driver: {}, file: {} }}", text(&driver), text(&file))
            }
            Some(Message::Vermagic { module, found, wanted }) => format!(
                "Vermagic {{ module: {module:?}, found: {}, wanted: {} }}",
                text(&found),
                text(&wanted)
            ),
            Some(Message::UnknownParameter { module, parameter }) => {
                format!(
                    "UnknownParameter {{ module: {module:?}, parameter: {} }}",
                    text(&parameter)
                )
            }
            Some(Message::InvalidParameter { module, parameter, value }) => format!(
                "InvalidParameter {{ module: {module:?}, parameter: {}, value: {} }}",
                text(&parameter),
                text(&value)
            ),
            Some(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn records_hold_a_line() {
        let record = b"6,339,5140900,-;loop: module loaded\n SUBSYSTEM=x\n";
        assert_eq!(line_of_record(record), Some(&b"loop: module loaded"[..]));
        assert_eq!(line_of_record(b"nothing"), None);
    }
}
