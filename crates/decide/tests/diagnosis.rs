//! Refused loads: what the kernel said, and the cause and the cures that come of it.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::diagnosis::{
    blocked, diagnosed, ignored_parameters, removal, turned_away, unfound,
};
use kmodctl_decide::inventory::TextFile;
use kmodctl_decide::plan::CommandKind;
use kmodctl_decide::problem::{Fix, Request};
use kmodctl_decide::{Errno, LoadPolicy, Problem, World, plan_load, resolve};
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
    let world = TextWorld::new(world);
    let options = world.configuration().options(&ModuleName::new("m"), None);
    let problem = diagnosed(&world, problem, &options, &messages(log));
    shown(&problem)
}

fn shown(problem: &Problem) -> String {
    let fix = match problem.fixes().into_iter().next() {
        Some(Fix::Words(words)) => words,
        Some(Fix::Request(Request::RebuildIndexes { directory })) => {
            format!("depmod {}", directory.escape_ascii())
        }
        Some(Fix::Request(Request::Unload { modules })) => format!("kmodctl unload {}", modules[0]),
        None => "nothing".into(),
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
            "unknown-symbol: `m` needs `dep_call` of `dep`, which the index does not know that it \
             needs; `gone`, which no installed module has / depmod /m",
        ),
        (
            "module m dep\nmodule dep\nsymbol symbol:a dep\nsymbol symbol:b dep",
            noent,
            "m: Unknown symbol a (err -2)\nm: Unknown symbol b (err -2)",
            "unknown-symbol: `m` needs `a`, `b` of `dep`, which is not loaded / kmodctl load dep",
        ),
        (
            "module m dep\nmodule dep\nsymbol symbol:a dep\noptions m a=1\ninstall dep :",
            noent,
            "m: Unknown symbol a (err -2)",
            "unknown-symbol: `m` needs `a` of `dep`, which /etc/modprobe.d/t.conf:2 leaves out / sed \
             -i 2d /etc/modprobe.d/t.conf (takes that line out)",
        ),
        (
            "module m\nmodule dep\nsymbol symbol:dep_call dep\nloaded dep",
            noent,
            "m: Unknown symbol dep_call (err -2)",
            "unknown-symbol: `m` needs `dep_call` of `dep`, which is loaded, but from another file / \
             kmodctl unload --holders dep (its installed file is taken then)",
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
             param list m (types and meanings)",
        ),
        (
            "module m\noptions m fast=maybe slow=1",
            inval,
            "m: `maybe' invalid for parameter `fast'",
            "bad-parameter: the parameter `fast` of `m` does not take the value `maybe`, which \
             /etc/modprobe.d/t.conf:1 gives / sed -i '1c options m slow=1' /etc/modprobe.d/t.conf (takes \
             that parameter out)",
        ),
        (
            "module m\noptions m fast=maybe",
            inval,
            "",
            "start-failed: `m` did not start: its own code said no (errno 22); it was given \
             `fast=maybe`, which /etc/modprobe.d/t.conf:1 gives / sed -i 1d /etc/modprobe.d/t.conf \
             (takes that line out)",
        ),
        (
            "module m\nother-release 6.1.0-1 6.1.0-2",
            noexec,
            "m: disagrees about version of symbol module_layout",
            "wrong-vermagic: `m` was built for another kernel: it is for 6.1.0-1, and this is \
             6.1.0-2 / build or install it for the running kernel",
        ),
        (
            "module m\nforeign 183\nother-release 6.1.0-1 6.1.0-2",
            noexec,
            "",
            "wrong-architecture: `m` is for another kind of machine: arm64 / install the module for \
             this machine",
        ),
        (
            "module m\ndamaged",
            noexec,
            "",
            "module-damaged: /m/m.ko is not a sound module file: it is not an ELF file / install the \
             package that owns the file again",
        ),
        (
            "module m",
            129,
            "",
            "altered: `m` is signed, but its file is not what was signed: it is damaged, or was \
             changed / install the package that owns the file again",
        ),
        (
            "module m",
            19,
            "",
            "no-device: `m` did not start: it found nothing to drive, and was not told where it is / \
             kmodctl param list m (types and meanings)",
        ),
        (
            "module m\nmodule n\nindex-alias char-major-10-1 m\nindex-alias char-major-10-1 n\nloaded n",
            16,
            "",
            "busy: `m` did not start: something that it wants for itself is taken, perhaps by `n` / \
             kmodctl unload n",
        ),
        (
            "module m",
            16,
            "",
            "busy: `m` did not start: something that it wants for itself is taken / kmodctl param \
             list m (types and meanings)",
        ),
        (
            "module m\nunprivileged\nmodules-disabled",
            perm,
            "",
            "not-privileged: only root, or who has CAP_SYS_MODULE, loads and unloads modules / become \
             root",
        ),
        (
            "module m\nmodules-disabled",
            perm,
            "",
            "modules-disabled: the kernel takes and gives no modules until the next start \
             (kernel.modules_disabled) / restart the machine, and have this done before modules are \
             disabled",
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
            "module m\nmodule n\nloaded n",
            noexec,
            "m: exports duplicate symbol f (owned by n)",
            "symbol-taken: `m` brings the symbol `f`, which `n` has brought already / kmodctl unload n",
        ),
        (
            "module m",
            noexec,
            "m: exports duplicate symbol f (owned by kernel)",
            "symbol-taken: `m` brings the symbol `f`, which the kernel itself has brought already / \
             leave the module out: the kernel does the same without it",
        ),
        (
            "module m",
            74,
            "",
            "bad-signature: the signature at the end of the file of `m` cannot be read: it is damaged / \
             sign it with a key that is enrolled, or enrol its key",
        ),
        (
            "module m\noptions m size=9",
            12,
            "",
            "no-memory: `m` did not start: there is not as much memory as it wants; it was given \
             `size=9`, which /etc/modprobe.d/t.conf:1 gives / sed -i 1d /etc/modprobe.d/t.conf (takes \
             that line out)",
        ),
        (
            "module m\nmodule here\nsoftdep m pre: here gone",
            noent,
            "",
            "something-missing: `m` did not start: it looks for something that is not there, perhaps \
             `gone`, which it wants loaded before it, and which no installed module is / install the \
             module that is `gone`, by its name or an alias, and run depmod",
        ),
        (
            "module m",
            noent,
            "m 0000:00:03.0: Direct firmware load for a/b.fw failed with error -2",
            "firmware-missing: `m` did not start: its firmware a/b.fw is not there / install the \
             package that has /lib/firmware/a/b.fw",
        ),
        (
            "module m",
            noent,
            "",
            "unknown-symbol: the kernel refused `m`: it needs a symbol that no loaded module has, or \
             names an unknown parameter / load what it needs with modprobe; the kernel log names the \
             symbol",
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

#[test]
fn names_and_files_that_are_not_found_are_explained() {
    let query = || Problem::NotFound { query: b"m".to_vec(), directory: b"/m".to_vec() };
    let table = [
        (
            "",
            "not-found: `m` is no module and no alias in /m / check the spelling, or install the \
          package that has it",
        ),
        (
            "lies /m/new/m.ko",
            "not-indexed: /m/new/m.ko is there, but the index does not have it / \
          depmod /m",
        ),
        ("no-index", "index-missing: /m has no index, so no module is known / depmod /m"),
    ];
    for (world, expected) in table {
        assert_eq!(shown(&unfound(&TextWorld::new(world), query(), || None)), expected);
    }
    let file =
        |bytes: &[u8]| Some(TextFile { path: b"/boot/config-1".to_vec(), bytes: bytes.into() });
    let table = [
        (
            &b"CONFIG_MM=m\nCONFIG_M=y\n"[..],
            "built-in: `m` is no module, but a part of the kernel: /boot/config-1 has CONFIG_M=y / \
             leave it: it is there whenever the kernel is, and no file of modprobe.d reaches it",
        ),
        (b"CONFIG_M=m\nCONFIG_MM=y\n# CONFIG_M is not set\nCONFIG_M=\"y\"\n", "not-found: "),
    ];
    for (configuration, expected) in table {
        let found = unfound(&TextWorld::new(""), query(), || file(configuration));
        assert!(shown(&found).starts_with(expected), "{}", shown(&found));
        // What the modules' own indexes and files say comes first.
        let elsewhere = TextWorld::new("lies /m/new/m.ko");
        assert_eq!(unfound(&elsewhere, query(), || file(configuration)).code(), "not-indexed");
    }
    let gone = || Problem::FileUnreadable { file: b"/m/m.ko".to_vec(), errno: Errno::ENOENT };
    let table = [
        ("", "file-gone: /m/m.ko is gone / install the package that owns the file again"),
        (
            "lies /m/new/m.ko",
            "file-gone: the index names /m/m.ko, which is gone, and does not know \
          /m/new/m.ko / depmod /m",
        ),
    ];
    for (world, expected) in table {
        let problem = diagnosed(&TextWorld::new(world), gone(), b"", &[]);
        assert_eq!(shown(&problem), expected);
    }
}

#[test]
fn a_failed_install_command_is_told_with_its_line() {
    let world = TextWorld::new("module m\noptions m a=1\ninstall m exit 3");
    let problem = Problem::CommandFailed {
        module: ModuleName::new("m"),
        kind: CommandKind::Install,
        command: b"exit 3".to_vec(),
        status: 3,
    };
    assert_eq!(
        shown(&diagnosed(&world, problem, b"", &[])),
        "command-failed: the install command of `m` in /etc/modprobe.d/t.conf:2 ended with status 3: \
         exit 3 / sed -i 2d /etc/modprobe.d/t.conf (takes that line out)"
    );
}

#[test]
fn a_module_that_is_not_kept_is_told_with_its_rival() {
    let plan = |world: &TextWorld| {
        let found = resolve(world, b"m").unwrap();
        plan_load(world, &found[0], &LoadPolicy::default()).unwrap()
    };
    let same = "module m\nmodule n\nindex-alias rtnl-link-x m\nindex-alias rtnl-link-x n";
    let (alone, rivalled) = (TextWorld::new(same), TextWorld::new(&format!("{same}\nloaded n")));
    let told = |world: &TextWorld| turned_away(world, &plan(world)).map(|problem| shown(&problem));
    assert_eq!(
        told(&rivalled).as_deref(),
        Some(
            "turned-away: the kernel did not keep `m`, for something of the same name is there \
             already: `n` is loaded, which is for the same / kmodctl unload n"
        )
    );
    assert_eq!(
        told(&alone).as_deref(),
        Some(
            "turned-away: the kernel did not keep `m`, for something of the same name is there \
             already / kmodctl list (see which of them does the same)"
        )
    );
    assert_eq!(told(&TextWorld::new("module m\nloaded m")), None);
}

#[test]
fn a_refused_removal_is_looked_at() {
    let refused = |errno| Problem::RemoveRefused { module: ModuleName::new("m"), errno };
    let told = |world: &str, errno| shown(&removal(&TextWorld::new(world), refused(errno)));
    assert_eq!(
        told("permanent", Errno::EBUSY),
        "permanent: `m` has no code to end itself, and stays until the next start / kmodctl block m \
         (and restart: it is left out then)"
    );
    assert!(told("", Errno::EBUSY).starts_with("remove-refused: "));
    assert!(told("permanent\nunprivileged", Errno::EPERM).starts_with("not-privileged: "));
    assert!(told("modules-disabled", Errno::EPERM).starts_with("modules-disabled: "));
}
