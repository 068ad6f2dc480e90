//! Refused loads: what the kernel said, and the cause and the cures that come of it.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::diagnosis::{blocked, diagnosed, ignored_parameters};
use kmodctl_decide::problem::Fix;
use kmodctl_decide::{Errno, LoadPolicy, Problem, plan_load, resolve};
use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::{Message, message};
use text_world::TextWorld;

fn messages(log: &str) -> Vec<Message> {
    log.lines().filter_map(|line| message(line.trim().as_bytes())).collect()
}

/// The code, the cause, and the first cure of a refusal.
fn told(world: &str, errno: i32, log: &str) -> String {
    let module = ModuleName::new("m");
    let file = b"/m/m.ko".to_vec();
    let problem = Problem::InsertRefused { module, file, errno: Errno(errno) };
    let problem = diagnosed(&TextWorld::new(world), problem, &messages(log));
    assert_eq!(problem.errno(), Errno(errno));
    let fix = match problem.fixes().into_iter().next() {
        Some(Fix::Words(words)) => words,
        other => format!("{other:?}"),
    };
    format!("{}: {} / {fix}", problem.code(), problem.cause())
}

#[test]
fn the_log_tells_the_cause() {
    let (noent, inval, noexec, perm, nokey) = (2, 22, 8, 1, 126);
    let table = [
        (
            "module m\nmodule dep\nsymbol symbol:dep_call dep",
            noent,
            "m: Unknown symbol dep_call (err -2)\nm: Unknown symbol gone (err -2)",
            "unknown-symbol: `m` needs `dep_call` of `dep`, which is not loaded; `gone`, which no \
             installed module has / kmodctl load dep, and see with `kmodctl why-not dep` why it was \
             left out",
        ),
        (
            "module m\nmodule dep\nsymbol symbol:dep_call dep\nloaded dep",
            noent,
            "m: Unknown symbol dep_call (err -2)",
            "unknown-symbol: `m` needs `dep_call` of `dep`, which is loaded, but from another file / \
             build or install `m` for the running kernel",
        ),
        (
            "module m",
            noexec,
            "m: version magic '6.1.0-1 SMP mod_unload retpoline ' should be '6.1.0-2 SMP preempt \
             mod_unload '",
            "wrong-vermagic: `m` was built for another kernel: it is for 6.1.0-1, and this is \
             6.1.0-2, it has retpoline, the kernel not, the kernel has preempt, it not / build or \
             install it for the running kernel",
        ),
        (
            "module m",
            inval,
            "m: unknown parameter 'x' ignored\nm: `maybe' invalid for parameter `fast'",
            "bad-parameter: the parameter `fast` of `m` does not take the value `maybe` / kmodctl \
             param list m",
        ),
        (
            "module m\nmodule dep\nsymbol symbol:f dep",
            inval,
            "m: disagrees about version of symbol f\nm: Unknown symbol f (err -22)",
            "wrong-symbol-version: `m` was built with another version of the symbol `f` / build or \
             install it for the running kernel",
        ),
        (
            "module m",
            nokey,
            "Loading of module with unavailable key is rejected",
            "key-refused: signatures are enforced, and no key that the kernel trusts signed `m` / \
             sign it with a key that is enrolled, or enrol its key",
        ),
        (
            "module m",
            perm,
            "Lockdown: insmod: unsigned module loading is restricted; see man kernel_lockdown.7",
            "lockdown: the kernel is locked down and takes signed modules only, unlike `m` / sign it \
             with a key that is enrolled, or enrol its key",
        ),
        (
            "module m",
            perm,
            "Module m is blacklisted",
            "blacklisted-by-kernel: module_blacklist= on the kernel command line names `m` / take it \
             out of module_blacklist=, and start again",
        ),
        (
            "module m",
            noexec,
            "other: Unknown symbol x (err -2)",
            "wrong-format: the kernel refused `m`: it was built for another kernel, or is no module \
             / build or install it for the running kernel",
        ),
    ];
    for (world, errno, log, expected) in table {
        assert_eq!(told(world, errno, log), expected);
    }
}

#[test]
fn parameters_that_were_passed_over_are_told() {
    let log =
        messages("m: unknown parameter 'numdumies' ignored\nn: unknown parameter 'x' ignored");
    let module = ModuleName::new("m");
    assert_eq!(ignored_parameters(&module, &log).collect::<Vec<_>>(), [b"numdumies"]);
}

#[test]
fn a_block_is_told_before_the_kernel_is_asked() {
    let table = [
        ("module m\ninstall m /bin/false", Some("`m` is refused by /etc/modprobe.d/t.conf:1")),
        (
            "module m: d\nmodule d\noptions m a=1\ninstall d /bin/false",
            Some("`d` is refused by /etc/modprobe.d/t.conf:2"),
        ),
        ("module m\ninstall m /sbin/modprobe -i m", None),
        ("module m", None),
    ];
    for (world, expected) in table {
        let world = TextWorld::new(world);
        let found = resolve(&world, b"m").unwrap();
        let plan = plan_load(&world, &found[0], &LoadPolicy::default()).unwrap();
        let cause = blocked(&world, &plan).map(|problem| problem.cause());
        assert_eq!(cause.as_deref(), expected);
    }
}
