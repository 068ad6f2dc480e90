//! Modules into the kernel and out of it.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::rc::Rc;

use kmodctl::decide::plan::Force;
use kmodctl::decide::{BlacklistPolicy, BlacklistRule, LoadPolicy};

use crate::core::module::Module;
use crate::core::probe::{self, Failed, Probe, Probed};
use crate::entry::guard::{ENOENT, PANICKED, guard, number};
use crate::entry::pointer::{bytes, shared};

/// A caller's function that runs an install command.
pub type RunInstall =
    unsafe extern "C" fn(module: *mut Module, command: *const c_char, data: *mut c_void) -> c_int;

/// A caller's function that is shown an action.
pub type PrintAction =
    unsafe extern "C" fn(module: *mut Module, install: bool, options: *const c_char);

/// `enum kmod_insert`, which are also the first of `enum kmod_probe`. The kernel's own flags are the
/// other way round.
const FORCE_VERMAGIC: c_uint = 1;
const FORCE_MODVERSION: c_uint = 2;
/// The others of `enum kmod_probe`.
const IGNORE_COMMAND: c_uint = 4;
const IGNORE_LOADED: c_uint = 8;
const DRY_RUN: c_uint = 0x10;
const FAIL_ON_LOADED: c_uint = 0x20;
const APPLY_BLACKLIST_ALL: c_uint = 0x1_0000;
const APPLY_BLACKLIST: c_uint = 0x2_0000;
const APPLY_BLACKLIST_ALIAS_ONLY: c_uint = 0x4_0000;
/// `enum kmod_remove`: O_TRUNC, and a bit of kmod's own.
const REMOVE_FORCE: c_uint = 0x200;
const REMOVE_NOLOG: c_uint = 1;

fn force(flags: c_uint) -> Force {
    Force { modversions: flags & FORCE_MODVERSION != 0, vermagic: flags & FORCE_VERMAGIC != 0 }
}

/// Gives the file of a module to the kernel.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `options` NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_insert_module(
    module: *mut Module,
    flags: c_uint,
    options: *const c_char,
) -> c_int {
    // SAFETY: by this function's contract.
    let (module, options) = unsafe { (shared(module), bytes(options)) };
    let Some(module) = module else { return ENOENT };
    guard(c"kmod_module_insert_module", Some(&module.context().log), PANICKED, || {
        let options = options.unwrap_or_default().to_vec();
        probe::insert(&module, force(flags), options)
            .map_or_else(|problem| number(&problem), |()| 0)
    })
}

/// Loads a module with all it needs: 0, a negative error number, or the flag of the blacklist rule
/// that keeps it out.
///
/// # Safety
/// `module` is NULL or a module of the caller's, `extra_options` NULL or a string; the functions are
/// NULL or can be called, the first of them with `data`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_probe_insert_module(
    module: *mut Module,
    flags: c_uint,
    extra_options: *const c_char,
    run_install: Option<RunInstall>,
    data: *const c_void,
    print_action: Option<PrintAction>,
) -> c_int {
    // SAFETY: by this function's contract.
    let (module, extra_options) = unsafe { (shared(module), bytes(extra_options)) };
    let Some(module) = module else { return ENOENT };
    guard(c"kmod_module_probe_insert_module", Some(&module.context().log), PANICKED, || {
        let mut run = run_install.map(|run| {
            move |module: &Rc<Module>, command: &CStr| {
                // SAFETY: by the contract of this function it can be called with these; the module
                // and the command outlive the call.
                unsafe { run(raw(module), command.as_ptr(), data.cast_mut()) }
            }
        });
        let mut show = print_action.map(|print| {
            move |module: &Rc<Module>, is_command: bool, options: &CStr| {
                // SAFETY: as above.
                unsafe { print(raw(module), is_command, options.as_ptr()) }
            }
        });
        let probe = Probe {
            policy: policy(flags, extra_options.unwrap_or_default()),
            dry_run: flags & DRY_RUN != 0,
            run_install: run.as_mut().map(|run| run as _),
            show: show.as_mut().map(|show| show as _),
        };
        answer(probe::probe(&module, probe))
    })
}

/// A module for a function of the caller's, who is lent it.
fn raw(module: &Rc<Module>) -> *mut Module {
    Rc::as_ptr(module).cast_mut()
}

fn policy(flags: c_uint, extra_options: &[u8]) -> LoadPolicy {
    LoadPolicy {
        blacklist: BlacklistPolicy {
            aliases: flags & APPLY_BLACKLIST_ALIAS_ONLY != 0,
            everything: flags & APPLY_BLACKLIST_ALL != 0,
            names: flags & APPLY_BLACKLIST != 0,
        },
        extra_options: extra_options.to_vec(),
        first_time: flags & FAIL_ON_LOADED != 0,
        force: force(flags),
        ignore_commands: flags & IGNORE_COMMAND != 0,
        ignore_loaded: flags & IGNORE_LOADED != 0,
    }
}

/// Programs rely on it that nothing but the three flags is positive: systemd ends if it is.
fn answer(probed: Result<Probed, Failed>) -> c_int {
    match probed {
        Ok(Probed::Done) => 0,
        Ok(Probed::KeptOut(rule)) => match rule {
            BlacklistRule::Aliases => APPLY_BLACKLIST_ALIAS_ONLY as c_int,
            BlacklistRule::Everything => APPLY_BLACKLIST_ALL as c_int,
            BlacklistRule::Names => APPLY_BLACKLIST as c_int,
        },
        Err(Failed::ByCaller(number)) if number < 0 => number,
        Err(Failed::ByCaller(_)) => -22,
        Err(Failed::By(problem)) => number(&problem),
    }
}

/// Takes a module out of the kernel.
///
/// # Safety
/// `module` is NULL or a module of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kmod_module_remove_module(module: *mut Module, flags: c_uint) -> c_int {
    // SAFETY: by this function's contract.
    let Some(module) = (unsafe { shared(module) }) else { return ENOENT };
    guard(c"kmod_module_remove_module", Some(&module.context().log), PANICKED, || {
        let removed = probe::remove(&module, flags & REMOVE_FORCE != 0, flags & REMOVE_NOLOG != 0);
        removed.map_or_else(|problem| number(&problem), |()| 0)
    })
}
