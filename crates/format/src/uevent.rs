//! Events of the kernel about devices, as they come through a netlink socket, and the `uevent`
//! files of sysfs, which tell the same of devices that are there already. Nothing is concluded from
//! them here.

use alloc::vec::Vec;

/// An event as the kernel sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uevent<'a> {
    /// What happened: `add`, `remove`, `change`, `bind` and others.
    pub action: &'a [u8],
    /// What it happened to.
    pub device: Device<'a>,
    /// The event's number; the kernel counts all events from its start.
    pub sequence: Option<u64>,
}

/// A device, driver, bus or module as sysfs has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device<'a> {
    /// Its path below sysfs: `/devices/pci0000:00/0000:00:1f.2`.
    pub path: &'a [u8],
    /// What it belongs to: `pci`, `usb`, `module`; empty when that is not told.
    pub subsystem: &'a [u8],
    /// Its properties, in the kernel's order.
    pub properties: Vec<(&'a [u8], &'a [u8])>,
}

/// Why bytes are no event of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// They do not begin with `ACTION@PATH`.
    Header,
    /// They are a message of libudev's, which follow another form.
    Libudev,
    /// The last property does not end with a NUL: the message was cut off.
    Unfinished,
}

impl<'a> Uevent<'a> {
    /// Reads a message: `ACTION@PATH` and then `KEY=VALUE`, each with a NUL at its end.
    ///
    /// What stands there without `=` is passed over.
    ///
    /// Source: `lib/kobject_uevent.c`.
    pub fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        if message.starts_with(b"libudev\0") {
            return Err(Malformed::Libudev);
        }
        let body = message.strip_suffix(b"\0").ok_or(Malformed::Unfinished)?;
        let mut texts = body.split(|&byte| byte == 0);
        let header = texts.next().unwrap_or_default();
        let at = header.iter().position(|&byte| byte == b'@').ok_or(Malformed::Header)?;
        let (action, path) = (&header[..at], &header[at + 1..]);
        if action.is_empty() || !path.starts_with(b"/") {
            return Err(Malformed::Header);
        }
        let mut device = Device { path, subsystem: b"", properties: pairs(texts) };
        device.subsystem = device.property(b"SUBSYSTEM").unwrap_or_default();
        let sequence = device.property(b"SEQNUM").and_then(number);
        Ok(Self { action, device, sequence })
    }
}

impl<'a> Device<'a> {
    /// Reads a `uevent` file of sysfs, `KEY=VALUE` a line; path and subsystem are not in it.
    pub fn of_sysfs(path: &'a [u8], subsystem: &'a [u8], file: &'a [u8]) -> Self {
        Self { path, subsystem, properties: pairs(file.split(|&byte| byte == b'\n')) }
    }

    /// The value of a property; the last one counts.
    pub fn property(&self, key: &[u8]) -> Option<&'a [u8]> {
        self.properties.iter().rev().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// The alias by which modules for the device are found; none when it is empty.
    pub fn modalias(&self) -> Option<&'a [u8]> {
        self.property(b"MODALIAS").filter(|modalias| !modalias.is_empty())
    }

    /// The last component of its path.
    pub fn name(&self) -> &'a [u8] {
        let slash = self.path.iter().rposition(|&byte| byte == b'/');
        &self.path[slash.map_or(0, |slash| slash + 1)..]
    }
}

fn pairs<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Vec<(&'a [u8], &'a [u8])> {
    let pair = |text: &'a [u8]| {
        let equals = text.iter().position(|&byte| byte == b'=')?;
        Some((&text[..equals], &text[equals + 1..]))
    };
    texts.filter_map(pair).filter(|(key, _)| !key.is_empty()).collect()
}

/// A decimal number, as the kernel writes it: no sign.
fn number(text: &[u8]) -> Option<u64> {
    let digits = core::str::from_utf8(text).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_the_kernel_is_read_whole() {
        let message = b"add@/devices/pci0000:00/0000:00:02.0\0ACTION=add\0\
            DEVPATH=/devices/pci0000:00/0000:00:02.0\0SUBSYSTEM=pci\0PCI_CLASS=20000\0\
            MODALIAS=pci:v00008086d000010D3sv\0odd\0SEQNUM=1234\0";
        let event = Uevent::parse(message).unwrap();
        assert_eq!(event.action, b"add");
        assert_eq!(event.sequence, Some(1234));
        assert_eq!(event.device.path, b"/devices/pci0000:00/0000:00:02.0");
        assert_eq!(event.device.subsystem, b"pci");
        assert_eq!(event.device.name(), b"0000:00:02.0");
        assert_eq!(event.device.modalias(), Some(&b"pci:v00008086d000010D3sv"[..]));
        assert_eq!(event.device.properties.len(), 6);
    }

    #[test]
    fn what_is_no_message_of_the_kernel_is_refused() {
        let table: &[(&[u8], Malformed)] = &[
            (b"", Malformed::Unfinished),
            (b"add@/devices/x", Malformed::Unfinished),
            (b"add@/devices/x\0ACTION=ad", Malformed::Unfinished),
            (b"\0", Malformed::Header),
            (b"add\0ACTION=add\0", Malformed::Header),
            (b"@/devices/x\0", Malformed::Header),
            (b"add@devices/x\0", Malformed::Header),
            (b"libudev\0\xfe\xed\xca\xfe", Malformed::Libudev),
        ];
        for (message, expected) in table {
            let said = Uevent::parse(message);
            assert_eq!(said, Err(*expected), "{}", message.escape_ascii());
        }
    }

    #[test]
    fn odd_properties_do_no_harm() {
        let event = Uevent::parse(b"x@/y\0=z\0A\0\0MODALIAS=\0SEQNUM=+1\0A==\0").unwrap();
        assert_eq!(event.device.modalias(), None);
        assert_eq!(event.sequence, None);
        assert_eq!(event.device.property(b"A"), Some(&b"="[..]));
    }

    #[test]
    fn a_file_of_sysfs_is_read() {
        let file = b"DRIVER=e1000e\nMODALIAS=pci:v1\n\nMODALIAS=pci:v2\n";
        let device = Device::of_sysfs(b"/devices/a/b", b"pci", file);
        assert_eq!(device.modalias(), Some(&b"pci:v2"[..]));
        assert_eq!((device.name(), device.properties.len()), (&b"b"[..], 3));
        assert_eq!(Device::of_sysfs(b"x", b"", b"").name(), b"x");
    }
}
