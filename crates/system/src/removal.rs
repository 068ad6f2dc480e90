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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_calls::script::Script;

    const EAGAIN: Answer = Err(Errno::EAGAIN);

    fn removed(script: &mut Script, force: bool, wait: Option<u64>) -> Result<(), Errno> {
        let removal = Removal { force, wait_milliseconds: wait, fails_if_absent: false };
        match remove(script, &ModuleName::new("m-n"), &removal) {
            Ok(()) => Ok(()),
            Err(Problem::RemoveRefused { module, errno }) => {
                assert_eq!(module.as_bytes(), b"m_n");
                Err(errno)
            }
            Err(problem) => panic!("{problem:?}"),
        }
    }

    #[test]
    fn the_kernel_is_asked_once_unless_it_is_to_be_waited_for() {
        let plain = OFlags::NONBLOCK.bits();
        let forced = (OFlags::NONBLOCK | OFlags::TRUNC).bits();
        let table =
            [(false, Ok(()), plain), (true, Err(Errno::EBUSY), forced), (false, EAGAIN, plain)];
        for (force, answer, flags) in table {
            let mut script = Script::new([answer]);
            assert_eq!(removed(&mut script, force, None), answer);
            assert_eq!(script.calls, [format!("delete_module m_n {flags}")]);
        }
    }

    #[test]
    fn sleeps_double_and_end_at_the_deadline() {
        let call = format!("delete_module m_n {}", OFlags::NONBLOCK.bits());
        let sleep = |milliseconds: u64| format!("sleep {milliseconds}");
        let table: [(u64, &[Answer], Answer, &[u64]); 5] = [
            (0, &[EAGAIN], EAGAIN, &[]),
            (1, &[EAGAIN, EAGAIN], EAGAIN, &[1]),
            (10, &[EAGAIN, EAGAIN, EAGAIN, EAGAIN], EAGAIN, &[2, 4, 4]),
            (10, &[EAGAIN, EAGAIN, Ok(())], Ok(()), &[2, 4]),
            (10, &[EAGAIN, Err(Errno::EBUSY)], Err(Errno::EBUSY), &[2]),
        ];
        for (patience, answers, answer, sleeps) in table {
            let mut script = Script::new(answers.iter().copied());
            assert_eq!(removed(&mut script, false, Some(patience)), answer, "{patience}");
            let slept = sleeps.iter().flat_map(|&slept| [sleep(slept), call.clone()]);
            let expected: Vec<_> = [call.clone()].into_iter().chain(slept).collect();
            assert_eq!(script.calls, expected, "{patience}");
        }
    }
}
