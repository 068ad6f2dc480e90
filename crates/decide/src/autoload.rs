//! What a device asks for, and what is decided about each module that answers. The rules are those
//! of udev's 80-drivers.rules and Debian's 80-debian-compat.rules, as udev 252 and 257 have them.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::uevent::Device;

use crate::configuration::Origin;
use crate::load::{BlacklistPolicy, LoadPolicy, plan_load};
use crate::plan::{Action, Note, Plan, Reason};
use crate::problem::Problem;
use crate::resolve::Match;
use crate::world::World;

/// The policy of udev and systemd: a blacklisted module is kept out by whatever name it was asked
/// for, its dependencies are not looked at.
pub fn policy() -> LoadPolicy {
    let blacklist = BlacklistPolicy { aliases: true, names: true, everything: false };
    LoadPolicy { blacklist, ..LoadPolicy::default() }
}

/// Names and aliases that a device asks for when it appears, in the order of udev's rules.
///
/// One rule is left out: `sm_ftl` for `mtd*ro` devices, for which udev reads the flash memory.
pub fn queries<'a>(device: &Device<'a>) -> Vec<&'a [u8]> {
    let of_type: &[&[u8]] = match (device.subsystem, device.property(b"TIFM_CARD_TYPE")) {
        (b"tifm", Some(b"SD")) => &[b"tifm_sd"],
        (b"tifm", Some(b"MS")) => &[b"tifm_ms"],
        (b"memstick", _) => &[b"ms_block", b"mspro_block"],
        (b"i2o", _) => &[b"i2o_block"],
        (b"module", _) if device.name() == b"parport_pc" => &[b"ppdev"],
        (b"scsi", _) if device.property(b"DEVTYPE") == Some(b"scsi_device") => &[b"sg"],
        _ => &[],
    };
    device.modalias().into_iter().chain(of_type.iter().copied()).collect()
}

/// What is decided about one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is in the kernel already.
    AlreadyLoaded,
    /// This line keeps it out.
    Blacklisted(Origin),
    /// It is part of the kernel image.
    BuiltIn,
    /// It is to be loaded, with what it needs.
    Load(Plan),
}

/// Decides about a module that a query led to.
pub fn decide(
    world: &dyn World,
    requested: &Match,
    policy: &LoadPolicy,
) -> Result<Decision, Problem> {
    let plan = plan_load(world, requested, policy)?;
    let asked = plan.steps.iter().find(|step| step.reason == Reason::Asked);
    Ok(match asked.map(|step| &step.action) {
        Some(Action::Note(Note::AlreadyLoaded)) => Decision::AlreadyLoaded,
        Some(Action::Note(Note::Blacklisted(origin))) => Decision::Blacklisted(origin.clone()),
        Some(Action::Note(Note::BuiltIn)) => Decision::BuiltIn,
        _ => Decision::Load(plan),
    })
}

/// The modules that a plan would bring into the kernel, in its order, each once.
pub fn brings(plan: &Plan) -> Vec<ModuleName> {
    let mut modules = Vec::new();
    for step in &plan.steps {
        if !matches!(step.action, Action::Note(_)) && !modules.contains(&step.subject) {
            modules.push(step.subject.clone());
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    #[test]
    fn devices_ask_as_by_udevs_rules() {
        // Path, subsystem, properties, and what is asked for.
        type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);
        let table: &[Case<'_>] = &[
            ("/devices/a", "pci", &[("MODALIAS", "pci:v1")], "pci:v1"),
            ("/devices/a", "pci", &[("MODALIAS", "")], ""),
            ("/devices/a", "net", &[("INTERFACE", "eth0")], ""),
            ("/devices/a", "tifm", &[("TIFM_CARD_TYPE", "SD")], "tifm_sd"),
            (
                "/devices/a",
                "tifm",
                &[("MODALIAS", "tifm:MS"), ("TIFM_CARD_TYPE", "MS")],
                "tifm:MS tifm_ms",
            ),
            ("/devices/a", "tifm", &[("TIFM_CARD_TYPE", "XX")], ""),
            (
                "/devices/a",
                "memstick",
                &[("MODALIAS", "memstick:x")],
                "memstick:x ms_block mspro_block",
            ),
            ("/devices/a", "i2o", &[], "i2o_block"),
            ("/module/parport_pc", "module", &[], "ppdev"),
            ("/module/parport", "module", &[], ""),
            ("/devices/parport_pc", "platform", &[], ""),
            (
                "/devices/a",
                "scsi",
                &[("DEVTYPE", "scsi_device"), ("MODALIAS", "scsi:t-0x00")],
                "scsi:t-0x00 sg",
            ),
            ("/devices/a", "scsi", &[("DEVTYPE", "scsi_host")], ""),
            ("/devices/a", "block", &[("DEVTYPE", "disk")], ""),
        ];
        for (path, subsystem, properties, expected) in table {
            let device = Device {
                path: path.as_bytes(),
                subsystem: subsystem.as_bytes(),
                properties: properties.iter().map(|(k, v)| (k.as_bytes(), v.as_bytes())).collect(),
            };
            let asked: Vec<_> =
                queries(&device).iter().map(|q| q.escape_ascii().to_string()).collect();
            assert_eq!(
                asked.join(" "),
                String::from(*expected),
                "{path} {subsystem} {properties:?}"
            );
        }
    }
}
