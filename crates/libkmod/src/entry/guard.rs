//! What stands between every C function and its body: a panic ends here, as an error and a line in
//! the log. The process goes on, for it may be the first one of a machine.

use std::any::Any;
use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use kmodctl::decide::{Errno, Problem};

use crate::core::log::Log;

/// Runs the body of a C function; a panic is told to the log and answered with `refused`.
pub(crate) fn guard<T>(
    function: &'static CStr,
    log: Option<&Log>,
    refused: T,
    body: impl FnOnce() -> T,
) -> T {
    // What a panic leaves half done are caches, which are asked anew.
    let payload = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(answer) => return answer,
        Err(payload) => payload,
    };
    // Telling runs the caller's code, and dropping the payload runs any: neither may end us.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if let Some(log) = log {
            log.error(function, &[b"this is a bug of kmodctl: ", text(&*payload).as_bytes()]);
        }
        drop(payload);
    }));
    refused
}

fn text(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "a panic without words",
    }
}

/// What C is told when a function panicked: `ENOTRECOVERABLE`.
pub(crate) const PANICKED: c_int = -131;

/// No such object, which is what most functions say of a NULL.
pub(crate) const ENOENT: c_int = negative(Errno::ENOENT);
pub(crate) const ENOSYS: c_int = negative(Errno::ENOSYS);

/// An error number as C has it.
pub(crate) const fn negative(errno: Errno) -> c_int {
    -errno.0
}

/// A problem as C has it.
pub(crate) fn number(problem: &Problem) -> c_int {
    negative(problem.errno())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[test]
    fn a_panic_is_told_and_answered() {
        let told = Rc::new(RefCell::new(Vec::new()));
        let copy = Rc::clone(&told);
        let log = Log::new(3, Rc::new(move |_, _, text| copy.borrow_mut().push(text.to_vec())));
        let answer = guard(c"f", Some(&log), -1, || panic!("a {}", "reason"));
        assert_eq!(answer, -1);
        assert_eq!(*told.borrow(), [b"this is a bug of kmodctl: a reason"]);
        assert_eq!(guard(c"f", Some(&log), -1, || 7), 7);
        log.set_show(Some(Rc::new(|_, _, _| panic!("in the log, too"))));
        assert_eq!(guard(c"f", Some(&log), -1, || panic!("again")), -1);
    }
}
