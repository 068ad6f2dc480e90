//! Lists, gone through from any entry in both directions.

use std::ptr::null_mut;

use crate::core::list::{Entry, Step, neighbour};
use crate::entry::guard::guard;

/// The entry behind `current`; NULL behind the last of the list that begins with `list`.
///
/// # Safety
/// Both are NULL or entries of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_list_next(list: *const Entry, current: *const Entry) -> *mut Entry {
    // SAFETY: by this function's contract.
    let next = unsafe { beside(current, Step::On) };
    if list.is_null() || std::ptr::eq(next, list) { null_mut() } else { next }
}

/// The entry before `current`; NULL before the first of the list that begins with `list`.
///
/// # Safety
/// Both are NULL or entries of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_list_prev(list: *const Entry, current: *const Entry) -> *mut Entry {
    if list.is_null() || std::ptr::eq(list, current) {
        return null_mut();
    }
    // SAFETY: by this function's contract.
    unsafe { beside(current, Step::Back) }
}

/// The last entry of the list that begins with `list`.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_list_last(list: *const Entry) -> *mut Entry {
    // SAFETY: by this function's contract.
    unsafe { beside(list, Step::Back) }
}

/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
unsafe fn beside(entry: *const Entry, step: Step) -> *mut Entry {
    // SAFETY: by this function's contract.
    let Some(entry) = (unsafe { entry.as_ref() }) else { return null_mut() };
    guard(c"kmod_list_next", None, null_mut(), || {
        let found = neighbour(entry, step, |found| std::ptr::from_ref(found).cast_mut());
        found.unwrap_or(null_mut())
    })
}
