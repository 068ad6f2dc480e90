//! Pointers that C keeps, and the values behind them.

use std::ffi::{CStr, c_char};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use crate::core::list::{Entry, List};

/// Hands a reference to C, which is to give it back to [`given_back`]; nothing is NULL.
pub(crate) fn handed_out<T>(object: Option<Rc<T>>) -> *mut T {
    object.map_or(null_mut(), |object| Rc::into_raw(object).cast_mut())
}

/// A reference that keeps an object for the length of a call, whatever C does meanwhile. Letting go
/// of it may end the object, which runs the caller's log function: a panic of that ends here.
pub(crate) struct Held<T>(ManuallyDrop<Rc<T>>);

impl<T> Deref for Held<T> {
    type Target = Rc<T>;

    fn deref(&self) -> &Rc<T> {
        &self.0
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        // SAFETY: this is the value's own end, so that nothing takes it out again.
        let object = unsafe { ManuallyDrop::take(&mut self.0) };
        let _ = catch_unwind(AssertUnwindSafe(|| drop(object)));
    }
}

/// Another reference to what C has; C keeps its own.
///
/// # Safety
/// The pointer is NULL, or was [`handed_out`] and is still C's.
pub(crate) unsafe fn shared<T>(object: *const T) -> Option<Held<T>> {
    if object.is_null() {
        return None;
    }
    // SAFETY: by this function's contract the pointer is that of an `Rc`, one of whose counts is
    // C's; the count that is added here is that of the value returned.
    unsafe {
        Rc::increment_strong_count(object);
        Some(Held(ManuallyDrop::new(Rc::from_raw(object))))
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

/// Whether there is a place for a list, and none in it yet, which would be lost.
///
/// # Safety
/// `list` is NULL or where a pointer can be read.
pub(crate) unsafe fn takes_a_list(list: *mut *mut Entry) -> bool {
    // SAFETY: by this function's contract.
    !list.is_null() && unsafe { *list }.is_null()
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
