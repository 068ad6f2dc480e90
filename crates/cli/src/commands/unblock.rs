//! `kmodctl unblock M…`: ends blocks that `kmodctl block` made.

use clap::Args;
use kmodctl::decide::block::{BlockPlan, Hold, ImageState, unblock};

use super::blocking::{self, Common};
use super::only;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, text};

/// End the blocks of modules, with those of what was blocked along with them
///
/// Lines that others wrote are left alone; those that keep a module out all the same are told.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl unblock nfsd
      Let a module in again")]
pub(crate) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// End the blocks of `kmodctl block --only`.
    #[arg(long)]
    only: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    if arguments.only {
        return only::unblock(&arguments.common, session);
    }
    const HEADLINE: &str = "the block was not ended";
    let failed = |problem| Failure::new(HEADLINE, problem);
    let request = blocking::request(&arguments.common, session).map_err(failed)?;
    let plan = unblock(&session.machine, &request).map_err(failed)?;
    let holds = |state: &ImageState| matches!(state, ImageState::Held(_));
    let (stale, unreadable) = blocking::stale_images(session, &plan, holds).map_err(failed)?;
    let mut answer = blocking::finish(&arguments.common, session, &plan, &stale, HEADLINE)?;
    answer.remarks.splice(0..0, remarks(&plan));
    answer.remarks.extend(unreadable);
    Ok(answer)
}

fn remarks(plan: &BlockPlan) -> Vec<Remark> {
    let still_held = plan.modules.iter().filter_map(|ended| {
        let hold = ended.other_hold()?;
        let name = text(ended.module.as_bytes());
        let told = format!("`{name}` stays out all the same: {}", show::block::hold(hold));
        let fix = match hold {
            Hold::Earlier(other) => {
                format!("see what keeps that out: kmodctl verify-block {other}")
            }
            Hold::Blacklisted(_) | Hold::Refused(_) => {
                "take out that line, which is not kmodctl's".to_owned()
            }
        };
        Some(Remark { code: "other-block", told, fix: Some(fix) })
    });
    still_held.collect()
}
