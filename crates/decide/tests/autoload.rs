//! Devices: a world, a device, and everything that is decided about it.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::autoload::{self, Decision};
use kmodctl_decide::{Origin, resolve};
use kmodctl_format::uevent::Uevent;
use text_world::{TextWorld, told};

/// Takes an event through everything, as the daemon does; its properties are words `KEY=VALUE`.
fn decided(world: &str, event: &str) -> String {
    let world = TextWorld::new(world);
    let message = event.replace(' ', "\0") + "\0";
    let event = Uevent::parse(message.as_bytes()).unwrap();
    let mut text = String::new();
    for query in autoload::queries(&event.device) {
        let query_text = query.escape_ascii();
        match resolve(&world, query) {
            Ok(found) if found.is_empty() => text += &format!("{query_text}: no module\n"),
            Ok(found) => {
                for requested in &found {
                    let decision = autoload::decide(&world, requested, &autoload::policy());
                    let name = requested.module.as_bytes().escape_ascii();
                    match decision {
                        Ok(decision) => text += &format!("{name}: {}", shown(&decision)),
                        Err(problem) => text += &format!("{name}: {}\n", problem.code()),
                    }
                }
            }
            Err(problem) => text += &format!("{query_text}: {}\n", problem.code()),
        }
    }
    text
}

fn shown(decision: &Decision) -> String {
    match decision {
        Decision::AlreadyLoaded => "already loaded\n".into(),
        Decision::Blacklisted(Origin::File { line, .. }) => format!("blacklisted by line {line}\n"),
        Decision::Blacklisted(Origin::KernelCommandLine) => "blacklisted\n".into(),
        Decision::BuiltIn => "built in\n".into(),
        Decision::Load(plan) => {
            let brings = autoload::brings(plan);
            let names: Vec<_> =
                brings.iter().map(|name| name.as_bytes().escape_ascii().to_string()).collect();
            format!("load {}\n{}", names.join(" "), told(plan))
        }
    }
}

#[test]
fn devices_are_decided_about() {
    const WORLD: &str = "module e1000e: ptp\nmodule ptp\nmodule xhci: usb\nmodule usb\n\
        index-alias pci:v8086* e1000e\nindex-alias pci:v1* xhci\nindex-alias pci:v1b* usb\n\
        builtin-alias acpi:PNP* button\nbuiltin button\nmodule ms_block\n";
    let table = [
        (
            "a device with a module",
            "",
            "add@/d SUBSYSTEM=pci MODALIAS=pci:v8086d1",
            "e1000e: load ptp e1000e
             insert ptp: needed by e1000e, required
             insert e1000e: asked, required",
        ),
        (
            "two modules for one device",
            "",
            "add@/d SUBSYSTEM=pci MODALIAS=pci:v1b",
            "xhci: load usb xhci
             insert usb: needed by xhci, required
             insert xhci: asked, required
             usb: load usb
             insert usb: asked, required",
        ),
        (
            "what is loaded or built in",
            "loaded e1000e\n",
            "add@/d MODALIAS=pci:v8086d1",
            "e1000e: already loaded",
        ),
        ("what is built in", "", "add@/d MODALIAS=acpi:PNP0:", "button: built in"),
        (
            "a blacklisted module",
            "blacklist e1000e\n",
            "add@/d MODALIAS=pci:v8086d1",
            "e1000e: blacklisted by line 1",
        ),
        (
            "a blacklisted module of a rule, by its name",
            "blacklist ms_block\n",
            "add@/d SUBSYSTEM=memstick",
            "ms_block: blacklisted by line 1
             mspro_block: no module",
        ),
        (
            "a blacklisted dependency is not looked at",
            "blacklist ptp\n",
            "add@/d MODALIAS=pci:v8086d1",
            "e1000e: load ptp e1000e
             insert ptp: needed by e1000e, required
             insert e1000e: asked, required",
        ),
        ("an unknown device", "", "add@/d MODALIAS=usb:v1", "usb:v1: no module"),
        ("an alias with an odd bracket", "", "add@/d MODALIAS=x[", "x[: unmatched-bracket"),
        ("a device without an alias", "", "add@/d SUBSYSTEM=net", ""),
    ];
    for (what, more, event, expected) in table {
        let expected: Vec<_> = expected.lines().map(str::trim).collect();
        let found = decided(&format!("{WORLD}{more}"), event);
        assert_eq!(found.lines().map(str::trim).collect::<Vec<_>>(), expected, "{what}");
    }
}
