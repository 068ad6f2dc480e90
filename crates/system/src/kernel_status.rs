//! What the kernel and the firmware tell of how modules are trusted: taint, lockdown, Secure Boot,
//! whether signatures are enforced. What follows from it is for others to say.

use crate::file::read_start;
use crate::machine::Machine;
use crate::place::joined;

/// The state of a kernel; what cannot be told is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelStatus {
    /// The mask of `/proc/sys/kernel/tainted`.
    pub taint: Option<u64>,
    /// The lockdown level in force: `none`, `integrity`, `confidentiality`.
    pub lockdown: Option<Vec<u8>>,
    /// Whether Secure Boot is on; `None` on machines without UEFI too.
    pub secure_boot: Option<bool>,
    /// Whether only signed modules are taken (`module.sig_enforce`).
    pub signatures_enforced: Option<bool>,
}

/// Reads the state.
pub fn read(machine: &Machine) -> KernelStatus {
    let (proc, sys) = (&machine.place().proc, &machine.place().sys);
    let file = |directory: &[u8], name: &str| {
        let text = read_start(&joined(directory, name.as_bytes()), 4096).ok()?;
        Some(text.trim_ascii_end().to_vec())
    };
    let taint = file(proc, "sys/kernel/tainted");
    let enforced = file(sys, "module/module/parameters/sig_enforce");
    KernelStatus {
        taint: taint.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok()),
        lockdown: file(sys, "kernel/security/lockdown").and_then(|text| bracketed(&text)),
        secure_boot: secure_boot(sys),
        signatures_enforced: enforced.map(|text| text == b"Y"),
    }
}

/// The word between brackets: `none [integrity] confidentiality`.
fn bracketed(text: &[u8]) -> Option<Vec<u8>> {
    let start = text.iter().position(|&byte| byte == b'[')? + 1;
    let end = text[start..].iter().position(|&byte| byte == b']')?;
    Some(text[start..start + end].to_vec())
}

/// The variable `SecureBoot` of the global GUID: four bytes of attributes, then the value.
fn secure_boot(sys: &[u8]) -> Option<bool> {
    const VARIABLE: &[u8] = b"firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    let bytes = read_start(&joined(sys, VARIABLE), 16).ok()?;
    bytes.get(4).map(|value| *value == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn what_is_not_there_is_unknown() {
        let tree = Tree::new();
        let machine = Machine::new(tree.place(&[]));
        assert_eq!(read(&machine), KernelStatus::default());
        tree.write("proc/sys/kernel/tainted", "12289\n");
        tree.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
        tree.write("sys/module/module/parameters/sig_enforce", "Y\n");
        tree.write(
            "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
            b"\x06\0\0\0\x01",
        );
        let expected = KernelStatus {
            taint: Some(12289),
            lockdown: Some(b"integrity".to_vec()),
            secure_boot: Some(true),
            signatures_enforced: Some(true),
        };
        assert_eq!(read(&machine), expected);
    }
}
