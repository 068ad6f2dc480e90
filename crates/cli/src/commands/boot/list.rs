//! `kmodctl boot list`: what is loaded at boot, where that stands, and what comes of it.

use clap::Args;
use kmodctl::decide::inventory::BootLine;
use kmodctl::decide::{Inventory, Problem};
use kmodctl::format::ModuleName;
use serde_json::json;

use super::standings::Kernels;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{Align, Table, text};

/// List the modules that are loaded at boot, checked against every installed kernel
///
/// The exit code is 2 when a line does not do what it says in one of the kernels.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl boot list
      List what is loaded at boot, and what comes of it")]
pub(crate) struct Arguments {}

/// The exit code when a line is broken.
const BROKEN: u8 = 2;

pub(crate) fn run(_: &Arguments, session: &Session) -> Result<Answer, Failure> {
    answer(session).map_err(|problem| Failure::new("the boot list cannot be checked", problem))
}

fn answer(session: &Session) -> Result<Answer, Problem> {
    let kernels = Kernels::of(session);
    let lines = session.machine.boot_lines();
    let mut table = Table::new(&["NAME", "IN THE KERNELS", "FROM"].map(|head| (head, Align::Left)));
    let (mut values, mut answer) = (Vec::new(), Answer::default());
    for (number, line) in lines.iter().enumerate() {
        let standings = kernels.standings(&line.name)?;
        let at = place(line);
        table.row([text(&line.name), standings.words(), at.clone()]);
        values.push(json!({
            "name": text(&line.name),
            "at": at,
            "kernels": standings.value(),
        }));
        answer.remarks.extend(twice(&lines[..number], line));
        answer.remarks.extend(standings.remarks(&line.name, &at));
        if standings.is_broken() {
            answer.code = BROKEN;
        }
    }
    answer.text = table.text(0, session.paint);
    answer.json.insert("lines".into(), values.into());
    answer.json.insert("broken".into(), (answer.code == BROKEN).into());
    Ok(answer)
}

/// Where a line stands: `FILE:LINE`.
pub(super) fn place(line: &BootLine) -> String {
    match &line.file {
        Some(file) => format!("{}:{}", text(file), line.line),
        None => "the kernel command line".into(),
    }
}

fn twice(before: &[BootLine], line: &BootLine) -> Option<Remark> {
    let name = ModuleName::new(&line.name);
    let first = before.iter().find(|other| ModuleName::new(&other.name) == name)?;
    Some(Remark {
        code: "listed-twice",
        told: format!(
            "`{}` is listed by {} and by {}",
            text(&line.name),
            place(first),
            place(line)
        ),
        fix: Some("drop one of the lines".into()),
    })
}
