//! Pointers that C keeps, and the values behind them.

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use crate::core::list::{Entry, List};

/// Hands a reference to C, which is to give it back to [`given_back`]; nothing is NULL.
pub(crate) fn handed_out<T>(object: Option<Rc<T>>) -> *mut T {
    object.map_or(null_mut(), |object| Rc::into_raw(object).cast_mut())
}

/// Another reference to what C has; C keeps its own.
///
/// # Safety
/// The pointer is NULL, or was [`handed_out`] and is still C's.
pub(crate) unsafe fn shared<T>(object: *const T) -> Option<Rc<T>> {
    if object.is_null() {
        return None;
    }
    // SAFETY: by this function's contract the pointer is that of an `Rc`, one of whose counts is
    // C's; the count that is added here is that of the value returned.
    unsafe {
        Rc::increment_strong_count(object);
        Some(Rc::from_raw(object))
    }
}

/// Takes a reference back from C.
///
/// # Safety
/// As for [`shared`]; afterwards the reference is no longer C's.
pub(crate) unsafe fn given_back<T>(object: *const T) -> Option<Rc<T>> {
    // SAFETY: by this function's contract C's count goes over to the value returned.
    (!object.is_null()).then(|| unsafe { Rc::from_raw(object) })
}

/// Hands a list to C by its first entry; no list is NULL.
pub(crate) fn list_handed_out(list: Option<Rc<List>>) -> *mut Entry {
    let Some(list) = list else { return null_mut() };
    let first = std::ptr::from_ref(list.first()).cast_mut();
    // C's count, which `list_given_back` takes.
    std::mem::forget(list);
    first
}

/// Takes a list back from C by any of its entries.
///
/// # Safety
/// The pointer is NULL, or of an entry of a list that was [`list_handed_out`] and is still C's.
/// Afterwards the list is no longer C's.
pub(crate) unsafe fn list_given_back(entry: *const Entry) {
    // SAFETY: by this function's contract the entry is alive.
    let Some(list) = unsafe { entry.as_ref() }.and_then(Entry::list) else { return };
    // SAFETY: C's count goes away; `list` holds another one, so that the entries die behind it.
    unsafe { Rc::decrement_strong_count(Rc::as_ptr(&list)) };
}

/// The bytes of a string of C's; nothing of a NULL.
///
/// # Safety
/// The pointer is NULL, or of a string that ends in a NUL and outlives the value returned.
pub(crate) unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: by this function's contract.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A string for C, which an object keeps; nothing is NULL.
pub(crate) fn text(text: Option<&CStr>) -> *const c_char {
    text.map_or(null(), CStr::as_ptr)
}
