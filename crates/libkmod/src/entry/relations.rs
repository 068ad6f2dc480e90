//! What a module has to do with others, and lists that are filtered.

use std::ffi::c_int;
use std::ptr::null_mut;
use std::rc::Rc;

use kmodctl::decide::Problem;

use crate::core::context::{Context, Filter};
use crate::core::list::{Entry, Item, List};
use crate::core::module::Module;
use crate::core::words;
use crate::entry::guard::{ENOENT, ENOSYS, PANICKED, guard, number};
use crate::entry::pointer::{list_handed_out, shared};

/// What a module needs, in the order in which it is loaded.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_dependencies(module: *const Module) -> *mut Entry {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return null_mut() };
    guard(c"kmod_module_get_dependencies", Some(&module.context().log), null_mut(), || {
        list_handed_out(told(&module, module.dependencies()).ok().flatten())
    })
}

/// What a module's softdep asks for, before it and after it.
///
/// # Safety
/// `module` is NULL or a module of the caller's; `pre` and `post` are NULL or where a pointer can be
/// read and written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_softdeps(
    module: *const Module,
    pre: *mut *mut Entry,
    post: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return ENOENT };
    // SAFETY: by this function's contract.
    if unsafe { !takes_a_list(pre) || !takes_a_list(post) } {
        return ENOENT;
    }
    guard(c"kmod_module_get_softdeps", Some(&module.context().log), PANICKED, || {
        match told(&module, module.softdeps()) {
            Ok([before, after]) => {
                // SAFETY: by this function's contract.
                unsafe {
                    *pre = list_handed_out(before);
                    *post = list_handed_out(after);
                }
                0
            }
            Err(problem) => number(&problem),
        }
    })
}

/// What a module's weakdep names.
///
/// # Safety
/// `module` is NULL or a module of the caller's; `list` is NULL or where a pointer can be read and
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_weakdeps(
    module: *const Module,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return ENOENT };
    // SAFETY: by this function's contract.
    if unsafe { !takes_a_list(list) } {
        return ENOENT;
    }
    guard(c"kmod_module_get_weakdeps", Some(&module.context().log), PANICKED, || {
        match told(&module, module.weakdeps()) {
            Ok(found) => {
                // SAFETY: by this function's contract.
                unsafe { *list = list_handed_out(found) };
                0
            }
            Err(problem) => number(&problem),
        }
    })
}

/// Whether there is a place for a list, and none in it yet, which would be lost.
///
/// # Safety
/// `list` is NULL or where a pointer can be read.
pub(super) unsafe fn takes_a_list(list: *mut *mut Entry) -> bool {
    // SAFETY: by this function's contract.
    !list.is_null() && unsafe { *list }.is_null()
}

fn told<T>(module: &Module, answer: Result<T, Problem>) -> Result<T, Problem> {
    answer.inspect_err(|problem| words::tell(&module.context().log, problem))
}

/// Makes a list of the modules of another one that a filter (`enum kmod_filter`) leaves.
///
/// # Safety
/// `context` is NULL or a context of the caller's, `input` NULL or an entry of a list of the caller's,
/// `output` NULL or where a pointer can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_apply_filter(
    context: *const Context,
    filter: c_int,
    input: *const Entry,
    output: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    let Some(context) = (unsafe { shared(context) }) else { return ENOSYS };
    if output.is_null() {
        return ENOSYS;
    }
    // SAFETY: by this function's contract.
    unsafe { *output = null_mut() };
    // SAFETY: by this function's contract.
    let Some(input) = (unsafe { input.as_ref() }) else { return 0 };
    let filter = Filter { blacklist: filter & 1 != 0, builtin: filter & 2 != 0 };
    guard(c"kmod_module_apply_filter", Some(&context.log), PANICKED, || {
        let kept = left(&context, filter, input);
        // SAFETY: by this function's contract.
        unsafe { *output = list_handed_out(kept) };
        0
    })
}

fn left(context: &Context, filter: Filter, input: &Entry) -> Option<Rc<List>> {
    let kept = input.round(|item| match item {
        Item::Module(module) if context.passes(module, filter) => {
            Some(Item::Module(Rc::clone(module)))
        }
        _ => None,
    });
    List::of(kept.into_iter().flatten().collect())
}

/// Makes a list of the modules of another one that are not blacklisted.
///
/// # Safety
/// As for [`kmod_module_apply_filter`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_filtered_blacklist(
    context: *const Context,
    input: *const Entry,
    output: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { kmod_module_apply_filter(context, 1, input, output) }
}
