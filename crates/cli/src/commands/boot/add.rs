//! `kmodctl boot add`: names come into the boot list.

use kmodctl::decide::Inventory;
use kmodctl::decide::boot_list::owned::{Added, add};
use serde_json::json;

use super::list::place;
use super::standings::Kernels;
use super::{Names, finish, request};
use crate::answer::{Answer, Failure, Remark};
use crate::commands::blocking::worlds;
use crate::session::Session;
use crate::show::text;

const HEADLINE: &str = "the boot list was not changed";

pub(super) fn run(names: &Names, session: &Session) -> Result<Answer, Failure> {
    let failed = |problem| Failure::new(HEADLINE, problem);
    let request = request(session, &names.modules).map_err(failed)?;
    let others = worlds(session);
    let mut all: Vec<&dyn Inventory> = vec![&session.machine];
    all.extend(others.iter().map(|machine| machine as &dyn Inventory));
    let addition = add(&all, &request).map_err(failed)?;
    let mut answer = finish(session, addition.change.as_ref(), names).map_err(failed)?;
    let kernels = Kernels::of(session);
    let mut values = Vec::new();
    for (name, added) in &addition.names {
        let standings = kernels.standings(name).map_err(failed)?;
        values.push(json!({
            "name": text(name),
            "outcome": code(added),
            "kernels": standings.value(),
        }));
        match added {
            Added::Listed(line) => answer.remarks.push(Remark {
                code: "listed-already",
                told: format!("`{}` is listed by {} already", text(name), place(line)),
                fix: None,
            }),
            Added::BuiltIn => answer.remarks.push(Remark {
                code: "built-in",
                told: format!("`{}` is part of every kernel here, and needs no line", text(name)),
                fix: None,
            }),
            Added::New => answer.remarks.extend(standings.remarks(name, "new")),
        }
    }
    answer.json.insert("names".into(), values.into());
    Ok(answer)
}

fn code(added: &Added) -> &'static str {
    match added {
        Added::BuiltIn => "built-in",
        Added::Listed(_) => "listed-already",
        Added::New => "added",
    }
}
