//! Messages of netlink: they end, and what stands in them is part of them.
#![no_main]

use kmodctl_format::netlink::{Message, messages};
use kmodctl_format::network_interface::network_interface;
use kmodctl_format::packet_rules::{Part, rule};
use kmodctl_format::traffic_control::queue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let is_part = |text: &[u8]| text.is_empty() || bytes.windows(text.len()).any(|at| at == text);
    for message in messages(bytes) {
        let Message::Thing { kind, body } = message else { continue };
        if let Some(queue) = queue(kind, body) {
            assert!(is_part(queue.kind));
        }
        if let Some(interface) = network_interface(kind, body) {
            assert!(is_part(interface.name) && is_part(interface.kind));
        }
        let Some(rule) = rule(kind, body) else { continue };
        assert!(is_part(rule.table) && is_part(rule.chain));
        for part in rule.parts {
            let (Part::Expression(name) | Part::Extension(name)) = part;
            assert!(is_part(name));
        }
    }
});
