//! `/proc/modules`, the kernel's own list of loaded modules (`kernel/module/procfs.c`, `m_show`).
//! What sysfs says about them is not looked at.

use crate::ModuleName;
use crate::initstate::{self, InitState};
use alloc::vec::Vec;

/// One module. Only a name is certain: a field that is missing or unreadable is `None` or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedModule {
    /// Its name, to the byte.
    pub name: ModuleName,
    /// Bytes of memory.
    pub size: Option<u64>,
    /// How often it is used; `None` on a kernel without module unloading.
    pub references: Option<u64>,
    /// The modules that use it.
    pub users: Vec<ModuleName>,
    /// It can never be removed.
    pub is_permanent: bool,
    /// How far it is loaded.
    pub state: Option<InitState>,
    /// The letters of its taint flags (`OE`), for it has a seventh field only when it taints.
    pub taints: Vec<u8>,
}

/// Reads the list, in its order (the youngest first). A line without a word is left out.
pub fn parse(text: &[u8]) -> impl Iterator<Item = LoadedModule> {
    text.split(|&byte| byte == b'\n').filter_map(line)
}

fn line(line: &[u8]) -> Option<LoadedModule> {
    let mut fields = line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    let name = ModuleName::verbatim(fields.next()?);
    let size = fields.next().and_then(number);
    let references = fields.next().and_then(number);
    let users = fields.next().unwrap_or_default();
    let state = fields.next().and_then(initstate::of_proc_modules);
    let taints = fields.nth(1).unwrap_or_default();
    let taints = taints.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    let used_by = || users.split(|&byte| byte == b',').filter(|user| !user.is_empty());
    Some(LoadedModule {
        name,
        size,
        references,
        users: used_by().filter(|user| is_name(user)).map(ModuleName::verbatim).collect(),
        is_permanent: used_by().any(|user| user == b"[permanent]"),
        state,
        taints,
    })
}

fn is_name(user: &[u8]) -> bool {
    user != b"-" && user != b"[permanent]"
}

fn number(field: &[u8]) -> Option<u64> {
    core::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    fn shown(module: &LoadedModule) -> String {
        let LoadedModule { name, size, references, users, is_permanent, state, taints } = module;
        let taints = taints.escape_ascii();
        format!("{name} {size:?} {references:?} {users:?} {is_permanent} {state:?} {taints}")
    }

    #[test]
    fn lines_have_six_fields_or_seven() {
        let table = [
            (
                "btrfs 1818624 0 - Live 0xffffffffc0a00000",
                "btrfs Some(1818624) Some(0) [] false Some(Live) ",
            ),
            (
                "usb_common 16384 300 a,b, Live 0x0 (OE)",
                "usb_common Some(16384) Some(300) [`a`, `b`] false Some(Live) OE",
            ),
            ("x 1 1 y,[permanent], Loading 0x0", "x Some(1) Some(1) [`y`] true Some(Coming) "),
            ("x 1 - - Unloading 0x0 (-)", "x Some(1) None [] false Some(Going) "),
            ("x", "x None None [] false None "),
        ];
        for (line, expected) in table {
            let read: Vec<_> = parse(line.as_bytes()).map(|module| shown(&module)).collect();
            assert_eq!(read, [expected], "{line}");
        }
    }

    #[test]
    fn empty_lines_are_no_modules() {
        let names: Vec<_> = parse(b"b 1\n\n \na 2\n").map(|module| module.name).collect();
        assert_eq!(names, [ModuleName::verbatim("b"), ModuleName::verbatim("a")]);
    }
}
