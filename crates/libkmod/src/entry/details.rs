//! What the file of a module tells: entries, versions, symbols given and needed.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

use kmodctl::decide::Problem;

use crate::core::details::{self, Counted};
use crate::core::list::{Entry, Item};
use crate::core::module::Module;
use crate::entry::guard::{ENOENT, PANICKED, guard, number};
use crate::entry::pointer::{list_given_back, list_handed_out, shared};
use crate::entry::relations::takes_a_list;

/// Fills `list` with what is read of a module, and says how much that is.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `list` NULL or where a pointer can be read and
/// written.
unsafe fn read(
    function: &'static CStr,
    module: *const Module,
    list: *mut *mut Entry,
    reader: fn(&Module) -> Result<Counted, Problem>,
) -> c_int {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return ENOENT };
    // SAFETY: by this function's contract.
    if unsafe { !takes_a_list(list) } {
        return ENOENT;
    }
    guard(function, Some(&module.context().log), PANICKED, || match reader(&module) {
        Ok((found, count)) => {
            // SAFETY: by this function's contract.
            unsafe { *list = list_handed_out(found) };
            c_int::try_from(count).unwrap_or(c_int::MAX)
        }
        Err(problem) => number(&problem),
    })
}

/// The name of a symbol; NULL of anything else.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
unsafe fn symbol(entry: *const Entry) -> *const c_char {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Symbol { name, .. }) => name.as_ptr(),
        _ => null(),
    }
}

/// The checksum of a symbol; 0 of anything else.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
unsafe fn crc(entry: *const Entry) -> u64 {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Symbol { crc, .. }) => *crc,
        _ => 0,
    }
}

/// Lists what a module says of itself, and its signature.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `list` NULL or where a pointer can be read and
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_info(
    module: *const Module,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { read(c"kmod_module_get_info", module, list, details::info) }
}

/// The key of an entry of a module's information.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_info_get_key(entry: *const Entry) -> *const c_char {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Info { key, .. }) => key.as_ptr(),
        _ => null(),
    }
}

/// The value of an entry of a module's information.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_info_get_value(entry: *const Entry) -> *const c_char {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Info { value, .. }) => value.as_ptr(),
        _ => null(),
    }
}

/// Ends a list of a module's information.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_info_free_list(list: *mut Entry) {
    // SAFETY: by this function's contract.
    guard(c"kmod_module_info_free_list", None, (), || unsafe { list_given_back(list) });
}

/// Lists the symbols a module was built against.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `list` NULL or where a pointer can be read and
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_versions(
    module: *const Module,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { read(c"kmod_module_get_versions", module, list, details::versions) }
}

/// The name of the symbol.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_version_get_symbol(entry: *const Entry) -> *const c_char {
    // SAFETY: by this function's contract.
    unsafe { symbol(entry) }
}

/// The checksum of the symbol.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_version_get_crc(entry: *const Entry) -> u64 {
    // SAFETY: by this function's contract.
    unsafe { crc(entry) }
}

/// Ends such a list.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_versions_free_list(list: *mut Entry) {
    // SAFETY: by this function's contract.
    guard(c"kmod_module_versions_free_list", None, (), || unsafe { list_given_back(list) });
}

/// Lists the symbols a module gives to others.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `list` NULL or where a pointer can be read and
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_symbols(
    module: *const Module,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { read(c"kmod_module_get_symbols", module, list, details::symbols) }
}

/// The name of the symbol.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_symbol_get_symbol(entry: *const Entry) -> *const c_char {
    // SAFETY: by this function's contract.
    unsafe { symbol(entry) }
}

/// The checksum of the symbol.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_symbol_get_crc(entry: *const Entry) -> u64 {
    // SAFETY: by this function's contract.
    unsafe { crc(entry) }
}

/// Ends such a list.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_symbols_free_list(list: *mut Entry) {
    // SAFETY: by this function's contract.
    guard(c"kmod_module_symbols_free_list", None, (), || unsafe { list_given_back(list) });
}

/// Lists the symbols a module needs.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `list` NULL or where a pointer can be read and
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_dependency_symbols(
    module: *const Module,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    unsafe {
        read(c"kmod_module_get_dependency_symbols", module, list, details::dependency_symbols)
    }
}

/// The name of the symbol.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_dependency_symbol_get_symbol(
    entry: *const Entry,
) -> *const c_char {
    // SAFETY: by this function's contract.
    unsafe { symbol(entry) }
}

/// The checksum of the symbol.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_dependency_symbol_get_crc(entry: *const Entry) -> u64 {
    // SAFETY: by this function's contract.
    unsafe { crc(entry) }
}

/// How the symbol is bound, `enum kmod_symbol_bind`.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_dependency_symbol_get_bind(entry: *const Entry) -> c_int {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Symbol { bind, .. }) => c_int::from(*bind),
        _ => 0,
    }
}

/// Ends such a list.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_dependency_symbols_free_list(list: *mut Entry) {
    // SAFETY: by this function's contract.
    guard(c"kmod_module_dependency_symbols_free_list", None, (), || unsafe {
        list_given_back(list)
    });
}
