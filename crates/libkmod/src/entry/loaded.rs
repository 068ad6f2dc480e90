//! What the kernel tells of the modules in it.

use std::ffi::{c_char, c_int, c_long, c_ulong};
use std::ptr::{null, null_mut};

use kmodctl::decide::{Errno, InitState, World};

use crate::core::context::Context;
use crate::core::details;
use crate::core::list::{Entry, Item};
use crate::core::module::Module;
use crate::core::words;
use crate::entry::guard::{ENOENT, PANICKED, guard, negative};
use crate::entry::pointer::{list_given_back, list_handed_out, shared, text};

/// Lists all modules of the kernel.
///
/// # Safety
/// `context` is NULL or a context of the caller's, `list` NULL or where a pointer can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_new_from_loaded(
    context: *mut Context,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return ENOENT };
    if list.is_null() {
        return ENOENT;
    }
    guard(c"kmod_module_new_from_loaded", Some(&context.log), PANICKED, || match context.loaded() {
        Ok(found) => {
            // SAFETY: by this function's contract.
            unsafe { *list = list_handed_out(found) };
            0
        }
        Err(errno) => {
            words::unopened(&context.log, c"kmod_module_new_from_loaded", b"/proc/modules", errno);
            negative(errno)
        }
    })
}

/// The state of a module, `enum kmod_module_initstate`.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_initstate(module: *const Module) -> c_int {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return ENOENT };
    guard(c"kmod_module_get_initstate", Some(&module.context().log), PANICKED, || {
        if module.is_builtin() {
            return BUILTIN;
        }
        match module.context().machine.state(module.name()) {
            Some(InitState::Live) => LIVE,
            Some(InitState::Coming) => COMING,
            Some(InitState::Going) => GOING,
            None => ENOENT,
        }
    })
}

const BUILTIN: c_int = 0;
const LIVE: c_int = 1;
const COMING: c_int = 2;
const GOING: c_int = 3;

/// The word for a state.
#[unsafe(no_mangle)]
pub extern "C" fn kmod_module_initstate_str(state: c_int) -> *const c_char {
    text(match state {
        BUILTIN => Some(c"builtin"),
        LIVE => Some(c"live"),
        COMING => Some(c"coming"),
        GOING => Some(c"going"),
        _ => None,
    })
}

/// The memory a loaded module takes, in bytes.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_size(module: *const Module) -> c_long {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return c_long::from(ENOENT) };
    let refused = c_long::from(PANICKED);
    guard(c"kmod_module_get_size", Some(&module.context().log), refused, || {
        #[cfg(feature = "panics")]
        panic_for_the_test(&module);
        match module.context().machine.size(module.name()) {
            Ok(size) => c_long::try_from(size).unwrap_or(c_long::MAX),
            Err(errno) => c_long::from(negative(errno)),
        }
    })
}

#[cfg(feature = "panics")]
#[expect(clippy::panic, reason = "the test of what becomes of a panic needs one")]
fn panic_for_the_test(module: &Module) {
    if module.name().as_bytes() == b"kmodctl_panics" {
        panic!("asked for by a test");
    }
}

/// How often a loaded module is used.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_refcnt(module: *const Module) -> c_int {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return ENOENT };
    guard(c"kmod_module_get_refcnt", Some(&module.context().log), PANICKED, || {
        match module.context().machine.references(module.name()) {
            Ok(references) => references,
            Err(errno) => negative(errno),
        }
    })
}

/// The modules that use a loaded module.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_holders(module: *const Module) -> *mut Entry {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return null_mut() };
    guard(c"kmod_module_get_holders", Some(&module.context().log), null_mut(), || {
        list_handed_out(told(&module, c"kmod_module_get_holders", "holders", module.holders()))
    })
}

/// The sections of a loaded module.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_sections(module: *const Module) -> *mut Entry {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return null_mut() };
    guard(c"kmod_module_get_sections", Some(&module.context().log), null_mut(), || {
        let sections = details::sections(&module);
        list_handed_out(told(&module, c"kmod_module_get_sections", "sections", sections))
    })
}

/// What was found in a directory of sysfs; why nothing was is told.
fn told<T>(
    module: &Module,
    function: &std::ffi::CStr,
    directory: &str,
    found: Result<Option<T>, Errno>,
) -> Option<T> {
    found.unwrap_or_else(|errno| {
        let name = module.name().as_bytes();
        let path = [b"/sys/module/", name, b"/", directory.as_bytes()].concat();
        words::unopened(&module.context().log, function, &path, errno);
        None
    })
}

/// The name of a section.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_section_get_name(entry: *const Entry) -> *const c_char {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Section { name, .. }) => name.as_ptr(),
        _ => null(),
    }
}

/// Where a section begins; the greatest number without one.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_section_get_address(entry: *const Entry) -> c_ulong {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Section { address, .. }) => *address as c_ulong,
        _ => c_ulong::MAX,
    }
}

/// Ends a list of sections.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_section_free_list(list: *mut Entry) {
    // SAFETY: by this function's contract.
    guard(c"kmod_module_section_free_list", None, (), || unsafe { list_given_back(list) });
}
