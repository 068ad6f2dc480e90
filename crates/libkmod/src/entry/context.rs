//! Contexts: made, counted, asked and told.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use crate::core::context::{Context, Origin, Validity};
use crate::core::words;
use crate::entry::guard::{ENOENT, PANICKED, guard, number};
use crate::entry::logging::{environment_level, standard_error};
use crate::entry::pointer::{bytes, given_back, handed_out, shared, text};

/// Makes a context: reads the configuration, opens nothing else.
///
/// # Safety
/// `directory` is NULL or a string; `configuration` is NULL or a list of strings that ends in NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_new(
    directory: *const c_char,
    configuration: *const *const c_char,
) -> *mut Context {
    guard(c"kmod_new", None, null_mut(), || {
        // SAFETY: by this function's contract.
        let (directory, configuration) = unsafe { (bytes(directory), strings(configuration)) };
        let origin =
            Origin { directory, configuration, level: environment_level(), show: standard_error() };
        handed_out(Context::new(origin).ok())
    })
}

/// The strings of a list that ends in NULL; nothing of a NULL.
///
/// # Safety
/// The pointer is NULL, or of such a list.
unsafe fn strings(list: *const *const c_char) -> Option<Vec<Vec<u8>>> {
    if list.is_null() {
        return None;
    }
    let mut strings = Vec::new();
    for place in 0.. {
        // SAFETY: by this function's contract there is a pointer at every place up to the NULL, and
        // no place behind it is looked at.
        let string = unsafe { bytes(*list.add(place)) };
        match string {
            Some(string) => strings.push(string.to_vec()),
            None => break,
        }
    }
    Some(strings)
}

/// Takes another reference to a context.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_ref(context: *mut Context) -> *mut Context {
    // SAFETY: by this function's contract.
    handed_out(unsafe { shared(context) }.map(|context| Rc::clone(&context)))
}

/// Gives a reference to a context back; NULL when that was the last one.
///
/// # Safety
/// `context` is NULL or a context of the caller's, which has one reference less afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_unref(context: *mut Context) -> *mut Context {
    guard(c"kmod_unref", None, null_mut(), || {
        // SAFETY: by this function's contract.
        let Some(object) = (unsafe { given_back(context) }) else { return null_mut() };
        let is_last = Rc::strong_count(&object) == 1;
        drop(object);
        if is_last { null_mut() } else { context }
    })
}

/// Opens the indexes for all later questions.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_load_resources(context: *mut Context) -> c_int {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return ENOENT };
    guard(c"kmod_load_resources", Some(&context.log), PANICKED, || match context.load_resources() {
        Ok(()) => 0,
        Err(problem) => {
            words::tell(&context.log, &problem);
            number(&problem)
        }
    })
}

/// Closes the indexes.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_unload_resources(context: *mut Context) {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return };
    guard(c"kmod_unload_resources", Some(&context.log), (), || context.unload_resources());
}

/// Says whether what was read is still what the files say: `enum kmod_resources`.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_validate_resources(context: *mut Context) -> c_int {
    let recreate = Validity::Recreate as c_int;
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return recreate };
    guard(c"kmod_validate_resources", Some(&context.log), recreate, || context.validity() as c_int)
}

/// The directory of modules.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_get_dirname(context: *const Context) -> *const c_char {
    // SAFETY: by this function's contract.
    text(unsafe { context.as_ref() }.map(Context::directory))
}

/// What the caller keeps with the context.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_get_userdata(context: *const Context) -> *mut c_void {
    // SAFETY: by this function's contract.
    let context = unsafe { context.as_ref() };
    context.map_or(null(), |context| context.user_data.get()).cast_mut()
}

/// Keeps a pointer of the caller's with the context.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_set_userdata(context: *mut Context, data: *const c_void) {
    // SAFETY: by this function's contract.
    if let Some(context) = unsafe { context.as_ref() } {
        context.user_data.set(data);
    }
}
