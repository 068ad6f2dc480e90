//! `kmodctl devices`: every device that says what could drive it, what does, and what might.

use clap::Args;
use kmodctl::decide::why::{Candidate, candidates};
use kmodctl::decide::{Device, Inventory, Problem};
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::{self, Align, Table, text};

/// List the devices with a modalias: their driver, and the modules that answer to them
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl devices --undriven
      List what no driver is bound to")]
pub(crate) struct Arguments {
    /// List only devices that no driver is bound to.
    #[arg(long)]
    undriven: bool,
    /// List only devices that more than one module answers to.
    #[arg(long)]
    disputed: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let failed = |problem| Failure::new("the devices cannot be listed", problem);
    let heads = ["DEVICE", "DRIVER", "MODULES THAT ANSWER"].map(|head| (head, Align::Left));
    let mut table = Table::new(&heads);
    let mut values = Vec::new();
    for device in session.machine.devices() {
        let found = candidates(&session.machine, &device.modalias).map_err(failed)?;
        let is_left_out = (arguments.undriven && device.driver.is_some())
            || (arguments.disputed && found.len() < 2);
        if is_left_out {
            continue;
        }
        let words: Vec<_> = found.iter().map(short).collect();
        let driver = device.driver.as_deref().map(text).unwrap_or_default();
        table.row([text(&device.path), driver, words.join(", ")]);
        values.push(value(&device, &found));
    }
    Ok(Answer::new(table.text(0, session.paint), "devices", values))
}

/// One device with its candidates, as lines and as a value.
pub(super) fn told(session: &Session, device: &Device) -> Result<(String, Value), Problem> {
    let found = candidates(&session.machine, &device.modalias)?;
    let driver = match &device.driver {
        Some(driver) => format!("driven by {}", text(driver)),
        None => "without a driver".into(),
    };
    let mut lines = format!("{} {driver}\n", session.paint.bold(&text(&device.path)));
    lines += &format!("  it asks for {}\n", text(&device.modalias));
    for candidate in &found {
        lines += &format!("  {}\n", long(candidate));
    }
    if found.is_empty() {
        lines += "  no module of this kernel answers to it\n";
    }
    Ok((lines, value(device, &found)))
}

fn state(candidate: &Candidate) -> &'static str {
    match (candidate.is_builtin, candidate.is_loaded, &candidate.hold) {
        (true, ..) => "built in",
        (_, true, _) => "loaded",
        (_, _, Some(_)) => "kept out",
        (_, _, None) => "not loaded",
    }
}

fn short(candidate: &Candidate) -> String {
    format!("{} ({})", text(candidate.module.as_bytes()), state(candidate))
}

fn long(candidate: &Candidate) -> String {
    let name = text(candidate.module.as_bytes());
    match &candidate.hold {
        Some(hold) => format!("{name} answers: {}, {}", state(candidate), show::block::hold(hold)),
        None => format!("{name} answers: {}", state(candidate)),
    }
}

fn value(device: &Device, found: &[Candidate]) -> Value {
    let candidate = |candidate: &Candidate| {
        json!({
            "module": text(candidate.module.as_bytes()),
            "state": state(candidate).replace(' ', "-"),
            "kept_out_at": candidate.hold.as_ref().and_then(show::block::hold_at),
        })
    };
    json!({
        "path": text(&device.path),
        "modalias": text(&device.modalias),
        "driver": device.driver.as_deref().map(text),
        "module": device.module.as_ref().map(|module| text(module.as_bytes())),
        "candidates": found.iter().map(candidate).collect::<Vec<_>>(),
    })
}
