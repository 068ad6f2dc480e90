//! What commands that act on the kernel have in common.

use kmodctl::decide::Problem;
use kmodctl::decide::plan::Step;
use kmodctl::decide::run::{Outcome, Watch};

use crate::answer::Failure;
use crate::session::Session;

/// Nothing is told while steps are carried out: the plan is.
pub(super) struct Silent;

impl Watch for Silent {
    fn begins(&mut self, _: &Step) {}
    fn ends(&mut self, _: &Step, _: &Result<Outcome, Problem>) {}
}

/// Refuses to act where `--root` means another host, whose kernel does not run here.
pub(super) fn refuse_other_host(session: &Session) -> Result<(), Failure> {
    if session.host.is_running() {
        return Ok(());
    }
    Err(Failure::new("", Problem::OtherHost { root: session.host.root().to_vec() }))
}
