//! `modules.devname`: which node in `/dev` loads a module, from the module's own aliases.

use alloc::vec::Vec;

use kmodctl_format::devname::{DeviceNode, device_of_alias, write_devname};
use kmodctl_format::tables::DEVNAME_HEADING;

use super::table::values;
use super::{Module, Remark};

/// Writes the file; without nodes it is empty.
pub(super) fn write(modules: &[Module<'_>], remarks: &mut Vec<Remark>) -> Vec<u8> {
    let mut output = Vec::new();
    for module in modules {
        match node(module) {
            Some(Ok(node)) => {
                if output.is_empty() {
                    output.extend_from_slice(DEVNAME_HEADING);
                }
                write_devname(&node, &mut output);
            }
            Some(Err(remark)) => remarks.push(remark),
            None => {}
        }
    }
    output
}

/// The node of a module: the last name and the last number before both are known.
fn node(module: &Module<'_>) -> Option<Result<DeviceNode, Remark>> {
    let (mut name, mut device) = (None, None);
    for alias in values(module, b"alias") {
        match alias.strip_prefix(b"devname:") {
            Some(node) => name = Some(node),
            None => device = device_of_alias(alias).or(device),
        }
        if name.is_some() && device.is_some() {
            break;
        }
    }
    let name = name?.to_vec();
    let Some((kind, major, minor)) = device else {
        let module = module.name.clone();
        return Some(Err(Remark::DeviceWithoutNumber { module, node: name }));
    };
    Some(Ok(DeviceNode { module: module.name.as_bytes().into(), name, kind, major, minor }))
}
