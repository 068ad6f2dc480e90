//! Ways through the lines of the configuration.

use std::ffi::c_char;
use std::ptr::{null, null_mut};

use crate::core::context::Context;
use crate::core::directives::{Directives, Kind};
use crate::entry::guard::guard;
use crate::entry::pointer::{shared, text};

/// # Safety
/// `context` is NULL or a context of the caller's.
unsafe fn way(context: *const Context, kind: Kind) -> *mut Directives {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return null_mut() };
    guard(c"kmod_config_get_entries", Some(&context.log), null_mut(), || {
        Box::into_raw(Box::new(Directives::new(&context, kind)))
    })
}

/// A way through the `alias` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_aliases(context: *const Context) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Alias) }
}

/// A way through the `blacklist` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_blacklists(context: *const Context) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Blacklist) }
}

/// A way through the `install` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_install_commands(
    context: *const Context,
) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Install) }
}

/// A way through the `options` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_options(context: *const Context) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Options) }
}

/// A way through the `remove` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_remove_commands(
    context: *const Context,
) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Remove) }
}

/// A way through the `softdep` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_softdeps(context: *const Context) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Softdep) }
}

/// A way through the `weakdep` lines, before the first.
///
/// # Safety
/// `context` is NULL or a context of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_get_weakdeps(context: *const Context) -> *mut Directives {
    // SAFETY: by this function's contract.
    unsafe { way(context, Kind::Weakdep) }
}

/// What the line is about; NULL before the first line.
///
/// # Safety
/// `way` is NULL or a way of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_iter_get_key(way: *const Directives) -> *const c_char {
    // SAFETY: by this function's contract.
    text(unsafe { way.as_ref() }.and_then(Directives::key))
}

/// What the line says; NULL for a blacklist line.
///
/// # Safety
/// `way` is NULL or a way of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_iter_get_value(way: *const Directives) -> *const c_char {
    // SAFETY: by this function's contract.
    let Some(way) = (unsafe { way.as_ref() }) else { return null() };
    guard(c"kmod_config_iter_get_value", None, null(), || text(way.value()))
}

/// Goes to the next line; false behind the last, and then it begins anew.
///
/// # Safety
/// `way` is NULL or a way of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_iter_next(way: *mut Directives) -> bool {
    // SAFETY: by this function's contract.
    unsafe { way.as_ref() }.is_some_and(Directives::advance)
}

/// Ends a way.
///
/// # Safety
/// `way` is NULL or a way of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_config_iter_free_iter(way: *mut Directives) {
    guard(c"kmod_config_iter_free_iter", None, (), || {
        if !way.is_null() {
            // SAFETY: by this function's contract the pointer is that of a box of `way`.
            drop(unsafe { Box::from_raw(way) });
        }
    });
}
