//! The log as C sees it: its level, and a function of the caller's that shows messages.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::rc::Rc;

use crate::core::context::Context;
use crate::core::log::{Priority, Show, level_of, to_standard_error};
use crate::core::module::terminated;
use crate::entry::guard::guard;
use crate::entry::pointer::bytes;

/// A function of the caller's that takes a message as a format with its arguments: `data`,
/// `priority`, `file`, `line`, `function`, `format` and a `va_list`. Rust has no name for the last,
/// and so only the C of `link/log.c` calls it.
pub type LogFunction = unsafe extern "C" fn();

#[cfg(not(test))]
unsafe extern "C" {
    /// Calls a function of the caller's with `"%s"` and a text. It is C: see `link/log.c`.
    fn kmodctl_log(
        log: LogFunction,
        data: *mut c_void,
        priority: c_int,
        function: *const c_char,
        text: *const c_char,
    );
}

/// The tests of this crate are linked without the C.
#[cfg(test)]
unsafe fn kmodctl_log(
    _: LogFunction,
    _: *mut c_void,
    _: c_int,
    _: *const c_char,
    _: *const c_char,
) {
}

/// The least urgent priority that is shown; -1 without a context.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_get_log_priority(context: *const Context) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { context.as_ref() }.map_or(-1, |context| context.log.level())
}

/// Shows messages up to a priority from now on.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_set_log_priority(context: *mut Context, priority: c_int) {
    // SAFETY: by this function's contract.
    if let Some(context) = unsafe { context.as_ref() } {
        context.log.set_level(priority);
    }
}

/// Has messages shown by a function of the caller's from now on; a NULL silences them.
///
/// # Safety
/// `context` is NULL or a context of the caller's. `log` is NULL, or a function of the type in
/// `libkmod.h` that can be called with `data` as long as the context lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_set_log_fn(
    context: *mut Context,
    log: Option<LogFunction>,
    data: *const c_void,
) {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { context.as_ref() }) else { return };
    guard(c"kmod_set_log_fn", Some(&context.log), (), || {
        context.log.set_show(log.map(|log| callers(log, data.cast_mut())));
        let address = log.map_or_else(|| "(nil)".into(), |log| format!("{log:p}"));
        let address = address.as_bytes();
        context
            .log
            .info(c"kmod_set_log_fn", &[b"custom logging function ", address, b" registered"]);
    });
}

fn callers(log: LogFunction, data: *mut c_void) -> Show {
    Rc::new(move |priority: Priority, function: &CStr, text: &[u8]| {
        // kmod's formats end in a newline, and log functions know it.
        let text = terminated(&[text, b"\n"].concat());
        // SAFETY: by the contract of `kmod_set_log_fn` the function can be called with these; both
        // strings outlive the call.
        unsafe { kmodctl_log(log, data, priority as c_int, function.as_ptr(), text.as_ptr()) };
    })
}

/// How messages are shown before the caller says otherwise.
pub(crate) fn standard_error() -> Show {
    Rc::new(to_standard_error)
}

/// The level a new context has: that of `KMOD_LOG`, unless the program has more rights than its
/// caller.
pub(crate) fn environment_level() -> c_int {
    // SAFETY: the name is a string; what is returned belongs to the environment, which no one is to
    // change meanwhile, and is copied at once.
    let level = unsafe { bytes(secure_getenv(c"KMOD_LOG".as_ptr())) };
    level.map_or(Priority::Error as c_int, level_of)
}

unsafe extern "C" {
    /// A variable of the environment, unless the program has more rights than its caller:
    /// getenv(3). Miri knows only its simpler sister.
    #[cfg_attr(miri, link_name = "getenv")]
    fn secure_getenv(name: *const c_char) -> *const c_char;
}
