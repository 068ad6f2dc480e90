//! Taking a module out of the kernel, and waiting until it becomes free. Whether something else
//! must go first is known in `decide`.

use std::time::Duration;

use kmodctl_decide::plan::Removal;
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::ModuleName;
use rustix::fs::OFlags;

use crate::live_kernel::terminated;
use crate::system_calls::{Answer, SystemCalls};

const FIRST_SLEEP: Duration = Duration::from_millis(2);

/// Removes a module without blocking in the kernel; a forced removal says so with `O_TRUNC`.
///
/// Source: delete_module(2).
pub(crate) fn remove(
    calls: &mut dyn SystemCalls,
    module: &ModuleName,
    removal: &Removal,
) -> Result<(), Problem> {
    let name = terminated(module.as_bytes());
    let force = if removal.force { OFlags::TRUNC } else { OFlags::empty() };
    let flags = (OFlags::NONBLOCK | force).bits() as i32;
    let patience = Duration::from_millis(removal.wait_milliseconds.unwrap_or(0));
    let answer = while_in_use(calls, patience, |calls| calls.delete_module(&name, flags));
    answer.map_err(|errno| Problem::RemoveRefused { module: module.clone(), errno })
}

/// Tries again while the module is in use: sleeps double, and the last one ends at the deadline.
fn while_in_use(
    calls: &mut dyn SystemCalls,
    patience: Duration,
    attempt: impl Fn(&mut dyn SystemCalls) -> Answer,
) -> Answer {
    let start = calls.elapsed();
    let mut sleep = FIRST_SLEEP;
    loop {
        let answer = attempt(calls);
        let left = patience.saturating_sub(calls.elapsed().saturating_sub(start));
        if answer != Err(Errno::EAGAIN) || left.is_zero() {
            return answer;
        }
        calls.sleep(sleep.min(left));
        sleep = sleep.saturating_mul(2);
    }
}
