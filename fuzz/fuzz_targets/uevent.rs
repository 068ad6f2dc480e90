//! uevents: what is read of a message is a part of it, and written again it reads the same.
#![no_main]

use kmodctl_format::uevent::{Device, Uevent};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    if let Ok(event) = Uevent::parse(message) {
        assert!(event.device.path.ends_with(event.device.name()));
        let mut written = [event.action, b"@", event.device.path, b"\0"].concat();
        for (key, value) in &event.device.properties {
            written.extend_from_slice(&[key, &b"="[..], value, b"\0"].concat());
        }
        assert!(written.len() <= message.len());
        assert_eq!(Uevent::parse(&written), Ok(event));
    }
    let device = Device::of_sysfs(b"/devices/x", b"pci", message);
    assert!(device.modalias().is_none_or(|modalias| !modalias.is_empty()));
    assert!(device.properties.iter().all(|(key, _)| !key.is_empty() && !key.contains(&b'=')));
});
