//! Ownership sequences of C programs, made from Rust so that miri can watch them. What the functions
//! answer is compared with kmod's in `tests/compliance`; here it is pointers and counts.

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use kmodctl::decide::{Configuration, Origin, configuration};
use kmodctl::format::configuration::{Line, parse};
use kmodctl::system::{Machine, Place};

use super::logging::standard_error;
use super::pointer::handed_out;
use super::*;
use crate::core::context::Context;
use crate::core::list::Entry;
use crate::core::log::Log;
use crate::core::module::Module;

/// A context for C, without a file: miri has no stat(2).
fn context() -> *mut Context {
    let lines = b"alias all one\nalias all two\nalias all one\noptions one a=1\nblacklist two\n\
                  install cmd x\n";
    let entry = |line: Line| configuration::Entry {
        directive: line.directive,
        origin: Origin::KernelCommandLine,
    };
    let entries = parse(lines).lines.into_iter().map(entry).collect();
    let place = Place::tree(b"/nowhere", b"0");
    let machine = Machine::with_configuration(place, Configuration { entries });
    handed_out(Some(Context::of_machine(machine, Log::new(3, standard_error()))))
}

fn string(text: *const c_char) -> String {
    assert!(!text.is_null());
    // SAFETY: the functions return strings, or the NULL that was just ruled out.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}

fn named(context: *mut Context, name: &CStr) -> *mut Module {
    let mut module = null_mut();
    // SAFETY: a context of the caller's, a string, a place for a pointer.
    assert_eq!(unsafe { kmod_module_new_from_name(context, name.as_ptr(), &mut module) }, 0);
    module
}

fn looked_up(context: *mut Context, alias: &CStr) -> *mut Entry {
    let mut list = null_mut();
    // SAFETY: as above.
    assert_eq!(unsafe { kmod_module_new_from_lookup(context, alias.as_ptr(), &mut list) }, 0);
    list
}

#[test]
fn a_context_lives_as_long_as_its_last_reference_and_module() {
    let context = context();
    let module = named(context, c"some-module");
    // SAFETY: each reference is given back once, and nothing is used behind its last.
    unsafe {
        assert_eq!(kmod_ref(context), context);
        assert_eq!(kmod_unref(context), context);
        assert_eq!(kmod_unref(context), context);
        assert_eq!(string(kmod_module_get_name(module)), "some_module");
        assert_eq!(kmod_module_ref(module), module);
        assert_eq!(kmod_module_unref(module), module);
        assert!(kmod_module_unref(module).is_null());
    }
}

#[test]
fn one_name_is_one_module_until_nobody_has_it() {
    let context = context();
    let (one, other) = (named(context, c"one"), named(context, c"one.ko"));
    assert_eq!(one, other);
    // SAFETY: as above.
    unsafe {
        assert_eq!(string(kmod_module_get_options(one)), "a=1");
        let text = kmod_module_get_options(other);
        assert_eq!(text, kmod_module_get_options(one), "texts stay where they are");
        kmod_module_unref(one);
        assert_eq!(string(text), "a=1");
        assert!(kmod_module_unref(other).is_null());
        assert!(kmod_unref(context).is_null());
    }
}

#[test]
fn a_list_is_gone_through_filtered_and_ended_by_any_entry() {
    let context = context();
    let list = looked_up(context, c"all");
    // SAFETY: entries are used before their list is ended, and each list is ended once.
    unsafe {
        let mut names = Vec::new();
        let mut entry = list;
        while !entry.is_null() {
            let module = kmod_module_get_module(entry);
            names.push(string(kmod_module_get_name(module)));
            kmod_module_unref(module);
            entry = kmod_list_next(list, entry);
        }
        assert_eq!(names, ["one", "two", "one"]);
        let last = kmod_list_last(list);
        assert_eq!(kmod_list_prev(list, kmod_list_prev(list, last)), list);
        assert!(kmod_list_prev(list, list).is_null());
        let mut kept = null_mut();
        assert_eq!(kmod_module_apply_filter(context, 1, list, &mut kept), 0);
        let kept_module = kmod_module_get_module(kept);
        assert_eq!(kmod_module_unref_list(last), 0);
        assert_eq!(kmod_module_unref_list(kept), 0);
        assert_eq!(string(kmod_module_get_name(kept_module)), "one");
        assert!(kmod_module_unref(kept_module).is_null());
        assert!(kmod_unref(context).is_null());
    }
}

#[test]
fn a_way_through_the_configuration_outlives_the_callers_context() {
    let context = context();
    // SAFETY: the way is ended once, and used before.
    unsafe {
        let way = kmod_config_get_aliases(context);
        kmod_unref(context);
        assert!(kmod_config_iter_get_key(way).is_null());
        let mut lines = Vec::new();
        while kmod_config_iter_next(way) {
            let (key, value) = (kmod_config_iter_get_key(way), kmod_config_iter_get_value(way));
            lines.push([string(key), string(value)].join(" "));
        }
        assert_eq!(lines, ["all one", "all two", "all one"]);
        assert!(kmod_config_iter_next(way));
        kmod_config_iter_free_iter(way);
    }
}

#[test]
#[cfg_attr(miri, ignore = "looks at files")]
fn a_callback_may_end_what_it_is_called_for() {
    unsafe extern "C" fn run(_: *mut Module, _: *const c_char, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: the caller handed a module over that is to be ended here.
        unsafe { kmod_module_unref(data.cast()) };
        0
    }
    let context = context();
    let module = named(context, c"cmd");
    // SAFETY: the module's only reference goes in the callback, and it is not used behind.
    let done = unsafe {
        kmod_module_probe_insert_module(module, 0, null(), Some(run), module.cast(), None)
    };
    assert_eq!(done, 0);
    // SAFETY: the caller's context.
    assert!(unsafe { kmod_unref(context) }.is_null());
}
