//! `kmodctl boot remove`: names leave the boot list.

use kmodctl::decide::boot_list::owned::remove;
use kmodctl::decide::suggestion::nearest;
use kmodctl::decide::{Inventory, Problem};

use super::{Names, finish, request};
use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::text;

pub(super) fn run(names: &Names, session: &Session) -> Result<Answer, Failure> {
    let failed = |problem| failure(session, problem);
    let request = request(session, &names.modules).map_err(failed)?;
    let change = remove(&session.machine, &request).map_err(failed)?;
    let mut answer = finish(session, change.as_ref(), names).map_err(failed)?;
    answer.json.insert("names".into(), names.modules.clone().into());
    Ok(answer)
}

fn failure(session: &Session, problem: Problem) -> Failure {
    let mut failure = Failure::new("the boot list was not changed", problem);
    if let Problem::NotListed { name } = &*failure.problem {
        let lines = session.machine.boot_lines();
        let near = nearest(name, lines.iter().map(|line| line.name.as_slice()));
        let near: Vec<_> = near.into_iter().map(|name| format!("`{}`", text(name))).collect();
        if !near.is_empty() {
            failure.fixes.push(format!("did you mean {}?", near.join(" or ")));
        }
    }
    failure
}
