//! Modules: found, counted, and their names and texts.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{null, null_mut};
use std::rc::Rc;

use kmodctl::decide::Errno;
use kmodctl::decide::plan::CommandKind;
use kmodctl::decide::resolve::{Match, resolve, resolve_name};
use kmodctl::format::ModuleName;
use kmodctl::system::file::existing;
use kmodctl::system::place::absolute;

use crate::core::context::Context;
use crate::core::list::{Entry, Item};
use crate::core::module::Module;
use crate::core::words;
use crate::entry::guard::{ENOENT, ENOSYS, PANICKED, guard, negative, number};
use crate::entry::pointer::{
    bytes, given_back, handed_out, list_given_back, list_handed_out, shared, takes_a_list, text,
};

/// Finds the modules of a name or alias.
///
/// # Safety
/// `context` is NULL or a context of the caller's, `alias` NULL or a string, `list` NULL or where a
/// pointer can be read and written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_new_from_lookup(
    context: *mut Context,
    alias: *const c_char,
    list: *mut *mut Entry,
) -> c_int {
    // SAFETY: by this function's contract.
    let (Some(context), Some(alias)) = (unsafe { (shared(context), bytes(alias)) }) else {
        return ENOENT;
    };
    // SAFETY: by this function's contract.
    let is_empty = unsafe { takes_a_list(list) };
    guard(c"kmod_module_new_from_lookup", Some(&context.log), PANICKED, || {
        if !is_empty {
            words::full_list(&context.log);
            return ENOSYS;
        }
        match resolve(context.world(), alias) {
            Ok(found) => {
                // SAFETY: by this function's contract.
                unsafe { *list = list_handed_out(context.list(found)) };
                0
            }
            Err(problem) => {
                words::tell(&context.log, &problem);
                number(&problem)
            }
        }
    })
}

/// Finds the module of a name, without aliases. C knows it as `kmod_module_new_from_name_lookup`, in
/// two versions: see `link/compatible.c`.
///
/// # Safety
/// `context` is NULL or a context of the caller's, `name` NULL or a string, `module` NULL or where a
/// pointer can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmodctl_new_from_name_lookup(
    context: *mut Context,
    name: *const c_char,
    module: *mut *mut Module,
) -> c_int {
    // SAFETY: by this function's contract.
    let (Some(context), Some(name)) = (unsafe { (shared(context), bytes(name)) }) else {
        return ENOENT;
    };
    if module.is_null() {
        return ENOENT;
    }
    guard(c"kmod_module_new_from_name_lookup", Some(&context.log), PANICKED, || {
        match resolve_name(context.world(), name) {
            Ok(None) => 0,
            Ok(Some(found)) => {
                // SAFETY: by this function's contract.
                unsafe { *module = handed_out(Some(context.module(found))) };
                0
            }
            Err(problem) => {
                words::tell(&context.log, &problem);
                number(&problem)
            }
        }
    })
}

/// Names a module, which need not exist.
///
/// # Safety
/// As for [`kmodctl_new_from_name_lookup`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_new_from_name(
    context: *mut Context,
    name: *const c_char,
    module: *mut *mut Module,
) -> c_int {
    // SAFETY: by this function's contract.
    let (Some(context), Some(name)) = (unsafe { (shared(context), bytes(name)) }) else {
        return ENOENT;
    };
    if module.is_null() {
        return ENOENT;
    }
    guard(c"kmod_module_new_from_name", Some(&context.log), PANICKED, || {
        let found = context.module(Match::of_name(ModuleName::new(name)));
        // SAFETY: by this function's contract.
        unsafe { *module = handed_out(Some(found)) };
        0
    })
}

/// Names the module of a file.
///
/// # Safety
/// As for [`kmodctl_new_from_name_lookup`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_new_from_path(
    context: *mut Context,
    path: *const c_char,
    module: *mut *mut Module,
) -> c_int {
    // SAFETY: by this function's contract.
    let (Some(context), Some(path)) = (unsafe { (shared(context), bytes(path)) }) else {
        return ENOENT;
    };
    if module.is_null() {
        return ENOENT;
    }
    guard(c"kmod_module_new_from_path", Some(&context.log), PANICKED, || {
        match of_path(&context, path) {
            Ok(found) => {
                // SAFETY: by this function's contract.
                unsafe { *module = handed_out(Some(found)) };
                0
            }
            Err(errno) => negative(errno),
        }
    })
}

fn of_path(context: &Rc<Context>, path: &[u8]) -> Result<Rc<Module>, Errno> {
    existing(path)?;
    let path = absolute(path.to_vec())?;
    let found = Match::of_path(&path);
    if found.module.as_bytes().is_empty() {
        return Err(Errno::ENOENT);
    }
    if let Some(known) = context.known(&(found.module.clone(), None)) {
        let other = known.known_path().filter(|known| known.to_bytes() != path);
        if let Some(other) = other {
            words::other_path(&context.log, found.module.as_bytes(), other.to_bytes(), &path);
            return Err(Errno::EEXIST);
        }
    }
    Ok(context.module(found))
}

/// Takes another reference to a module.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_ref(module: *mut Module) -> *mut Module {
    // SAFETY: by this function's contract.
    handed_out(unsafe { shared(module) }.map(|module| Rc::clone(&module)))
}

/// Gives a reference to a module back; NULL when that was the last one.
///
/// # Safety
/// `module` is NULL or a module of the caller's, which has one reference less afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_unref(module: *mut Module) -> *mut Module {
    guard(c"kmod_module_unref", None, null_mut(), || {
        // SAFETY: by this function's contract.
        let Some(object) = (unsafe { given_back(module) }) else { return null_mut() };
        let is_last = Rc::strong_count(&object) == 1;
        drop(object);
        if is_last { null_mut() } else { module }
    })
}

/// Ends a list of modules, and gives its references back.
///
/// # Safety
/// `list` is NULL or an entry of a list of the caller's, and no longer afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_unref_list(list: *mut Entry) -> c_int {
    guard(c"kmod_module_unref_list", None, PANICKED, || {
        // SAFETY: by this function's contract.
        unsafe { list_given_back(list) };
        0
    })
}

/// The module of an entry, with a new reference.
///
/// # Safety
/// `entry` is NULL or an entry of a list of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_module(entry: *const Entry) -> *mut Module {
    // SAFETY: by this function's contract.
    match unsafe { entry.as_ref() }.map(Entry::item) {
        Some(Item::Module(module)) => handed_out(Some(Rc::clone(module))),
        _ => null_mut(),
    }
}

/// The name of a module.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_name(module: *const Module) -> *const c_char {
    // SAFETY: by this function's contract.
    text(unsafe { module.as_ref() }.map(Module::c_name))
}

/// The file of a module.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_path(module: *const Module) -> *const c_char {
    // SAFETY: by this function's contract.
    unsafe { asked(c"kmod_module_get_path", module, |module| text(module.path())) }
}

/// The options of a module in the configuration.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_options(module: *const Module) -> *const c_char {
    // SAFETY: by this function's contract.
    unsafe { asked(c"kmod_module_get_options", module, |module| text(module.options())) }
}

/// The command that stands for an insertion.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_install_commands(module: *const Module) -> *const c_char {
    let install = |module: &Module| text(module.command(CommandKind::Install));
    // SAFETY: by this function's contract.
    unsafe { asked(c"kmod_module_get_install_commands", module, install) }
}

/// The command that stands for a removal.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_get_remove_commands(module: *const Module) -> *const c_char {
    let remove = |module: &Module| text(module.command(CommandKind::Remove));
    // SAFETY: by this function's contract.
    unsafe { asked(c"kmod_module_get_remove_commands", module, remove) }
}

/// A text of a module's; NULL of a NULL.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
unsafe fn asked(
    function: &'static CStr,
    module: *const Module,
    question: impl FnOnce(&Module) -> *const c_char,
) -> *const c_char {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return null() };
    guard(function, Some(&module.context().log), null(), || question(&module))
}
