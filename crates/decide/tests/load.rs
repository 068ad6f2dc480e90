//! Loads: a world, a request, and the whole plan that comes of it.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::{BlacklistPolicy, LoadPolicy, plan_load, resolve};
use text_world::{TextWorld, told};

/// Plans every module that a query leads to, as `modprobe` asks for it.
fn planned(world: &str, query: &str, policy: &LoadPolicy) -> String {
    let world = TextWorld::new(world);
    let matches = match resolve(&world, query.as_bytes()) {
        Ok(matches) => matches,
        Err(problem) => return format!("{}\n", problem.code()),
    };
    let plan = |requested| match plan_load(&world, requested, policy) {
        Ok(plan) => told(&plan),
        Err(problem) => format!("{}\n", problem.code()),
    };
    matches.iter().map(plan).collect()
}

fn modprobe() -> LoadPolicy {
    let blacklist = BlacklistPolicy { aliases: true, ..BlacklistPolicy::default() };
    LoadPolicy { blacklist, ..LoadPolicy::default() }
}

struct Case {
    what: &'static str,
    world: &'static str,
    query: &'static str,
    policy: LoadPolicy,
    plan: &'static str,
}

fn check(cases: &[Case]) {
    for case in cases {
        let told = planned(case.world, case.query, &case.policy);
        let expected: String = case.plan.lines().map(|line| format!("{}\n", line.trim())).collect();
        assert_eq!(told.trim(), expected.trim(), "{}", case.what);
    }
}

#[test]
fn dependencies_are_loaded_deepest_first() {
    check(&[
        Case {
            what: "modules.dep names users before what they use",
            world: "module a: b c\nmodule b: c\nmodule c",
            query: "a",
            policy: modprobe(),
            plan: "insert c: needed by a, required
                   insert b: needed by a, required
                   insert a: asked, required",
        },
        Case {
            what: "what is loaded or built in is noted",
            world: "module a: b c\nmodule b: c\nmodule c\nloaded c by=x\nbuiltin b",
            query: "a",
            policy: modprobe(),
            plan: "loaded c: needed by a
                   insert b: needed by a, required
                   insert a: asked, required",
        },
        Case {
            what: "a module that is coming is not there yet",
            world: "module a\ncoming a",
            query: "a",
            policy: modprobe(),
            plan: "insert a: asked, required",
        },
        Case {
            what: "as if nothing were loaded",
            world: "module a: b\nmodule b\nloaded a\nloaded b by=a",
            query: "a",
            policy: LoadPolicy { ignore_loaded: true, ..modprobe() },
            plan: "insert b: needed by a, required
                   insert a: asked, required",
        },
        Case {
            what: "a dash is an underscore",
            world: "module snd_pcm: snd_timer\nmodule snd_timer",
            query: "snd-pcm",
            policy: modprobe(),
            plan: "insert snd_timer: needed by snd_pcm, required
                   insert snd_pcm: asked, required",
        },
        Case {
            what: "an unknown name",
            world: "module a",
            query: "b",
            policy: modprobe(),
            plan: "",
        },
        Case {
            what: "an unmatched bracket",
            world: "module a",
            query: "a[",
            policy: modprobe(),
            plan: "unmatched-bracket",
        },
    ]);
}

#[test]
fn what_is_there_already() {
    let first_time = LoadPolicy { first_time: true, ..modprobe() };
    check(&[
        Case {
            what: "loaded",
            world: "module a\nloaded a",
            query: "a",
            policy: modprobe(),
            plan: "loaded a: asked",
        },
        Case {
            what: "loaded, for the first time",
            world: "module a\nloaded a",
            query: "a",
            policy: first_time.clone(),
            plan: "already-loaded",
        },
        Case {
            what: "built in",
            world: "builtin unix\nbuiltin-alias net_pf_1 unix",
            query: "net-pf-1",
            policy: modprobe(),
            plan: "built in unix: asked",
        },
        Case {
            what: "a loaded dependency never fails, not even for the first time",
            world: "module a: b\nmodule b\nloaded b",
            query: "a",
            policy: first_time,
            plan: "loaded b: needed by a
                   insert a: asked, required",
        },
    ]);
}

#[test]
fn softdeps_stand_around_their_module() {
    check(&[
        Case {
            what: "before and after, and neither is required",
            world: "module a\nmodule b\nmodule c\nsoftdep a pre: b post: c",
            query: "a",
            policy: modprobe(),
            plan: "insert b: softdep of a
                   insert a: asked, required
                   insert c: softdep of a",
        },
        Case {
            what: "an alias in a softdep leads to all its owners",
            world: "module a\nmodule x\nmodule y\nindex-alias crc x\nindex-alias crc y
                    softdep a pre: crc none",
            query: "a",
            policy: modprobe(),
            plan: "insert x: softdep of a
                   insert y: softdep of a
                   insert a: asked, required",
        },
        Case {
            what: "a dependency's softdep that is a hard dependency is required, and listed twice",
            world: "module a: b c\nmodule b\nmodule c\nsoftdep b pre: c",
            query: "a",
            policy: modprobe(),
            plan: "insert c: needed by a, required
                   insert c: softdep of b, required
                   insert b: needed by a, required
                   insert a: asked, required",
        },
        Case {
            what: "a loop ends",
            world: "module a\nmodule b\nsoftdep a pre: b\nsoftdep b pre: a",
            query: "a",
            policy: modprobe(),
            plan: "insert b: softdep of a
                   insert a: asked, required",
        },
        Case {
            what: "the first matching line counts",
            world: "module a\nmodule b\nmodule c\nsoftdep a pre: b\nsoftdep a pre: c",
            query: "a",
            policy: modprobe(),
            plan: "insert b: softdep of a
                   insert a: asked, required",
        },
    ]);
}

#[test]
fn blacklists_bite_aliases_unless_told_otherwise() {
    const WORLD: &str = "module a: b\nmodule b\nindex-alias pci:* a\nblacklist a\nblacklist b
                         module c: a b\nmodule d\nalias wanted d\nblacklist d";
    let by_name = BlacklistPolicy { aliases: true, names: true, everything: false };
    let everything = BlacklistPolicy { aliases: true, names: false, everything: true };
    let nothing = BlacklistPolicy::default();
    check(&[
        Case {
            what: "through an index alias",
            world: WORLD,
            query: "pci:x",
            policy: modprobe(),
            plan: "blacklisted a by line 1: asked",
        },
        Case {
            what: "through a configuration alias",
            world: WORLD,
            query: "wanted",
            policy: modprobe(),
            plan: "blacklisted d by line 4: asked",
        },
        Case {
            what: "by name",
            world: WORLD,
            query: "a",
            policy: modprobe(),
            plan: "insert b: needed by a, required
                   insert a: asked, required",
        },
        Case {
            what: "by name, with -b",
            world: WORLD,
            query: "a",
            policy: LoadPolicy { blacklist: by_name, ..modprobe() },
            plan: "blacklisted a by line 1: asked",
        },
        Case {
            what: "through an alias, where no line counts",
            world: WORLD,
            query: "wanted",
            policy: LoadPolicy { blacklist: nothing, ..modprobe() },
            plan: "insert d: asked, required",
        },
        Case {
            what: "everything",
            world: WORLD,
            query: "c",
            policy: LoadPolicy { blacklist: everything, ..modprobe() },
            plan: "blacklisted b by line 2: needed by c
                   blacklisted a by line 1: needed by c
                   insert c: asked, required",
        },
    ]);
}

#[test]
fn install_commands_stand_for_insertions() {
    let ignoring = LoadPolicy { ignore_commands: true, ..modprobe() };
    let with_options = LoadPolicy { extra_options: b"y=2".to_vec(), ..modprobe() };
    check(&[
        Case {
            what: "a command, with the module's options filled in",
            world: "module a\noptions a x=1\ninstall a run $CMDLINE_OPTS!",
            query: "a",
            policy: with_options,
            plan: "command a `run x=1 y=2!`: asked, required",
        },
        Case {
            what: "an exact pattern makes a name known",
            world: "install wild* no\ninstall wildcard yes",
            query: "wildcard",
            policy: modprobe(),
            plan: "command wildcard `yes`: asked, required",
        },
        Case {
            what: "a softdep switches a command off",
            world: "module a\nmodule b\ninstall a run\nsoftdep a pre: b",
            query: "a",
            policy: modprobe(),
            plan: "insert b: softdep of a
                   insert a: asked, required",
        },
        Case {
            what: "a softdep that leads nowhere does not",
            world: "module a\ninstall a run\nsoftdep a pre: nowhere",
            query: "a",
            policy: modprobe(),
            plan: "command a `run`: asked, required",
        },
        Case {
            what: "and never one that refuses",
            world: "module a\nmodule b\ninstall a /bin/false\nsoftdep a pre: b",
            query: "a",
            policy: modprobe(),
            plan: "insert b: softdep of a
                   command a `/bin/false`: asked, required",
        },
        Case {
            what: "a refusal holds for a dependency, through an alias, and for a softdep",
            world: "module a: b\nmodule b\nmodule c\nmodule d\nindex-alias fs_a a
                    softdep b post: c\nsoftdep a post: d\nsoftdep d pre: c
                    install b /usr/bin/false\ninstall d /bin/busybox true",
            query: "fs_a",
            policy: modprobe(),
            plan: "command b `/usr/bin/false`: needed by a, required
                   insert c: softdep of b
                   insert a: asked, required
                   command d `/bin/busybox true`: softdep of a",
        },
        Case {
            what: "ignored for the requested module only, together with its softdeps",
            world: "module a: b\nmodule b\nmodule c\ninstall a /bin/false\ninstall b run
                    softdep a pre: c",
            query: "a",
            policy: ignoring,
            plan: "command b `run`: needed by a, required
                   insert a: asked, required",
        },
    ]);
}

#[test]
fn options_follow_the_name_and_the_alias() {
    check(&[
        Case {
            what: "of the module and of the pattern of a configuration alias",
            world: "module a\nalias my*wild a\noptions my*wild x=1\noptions myxwild x=2\noptions a y=3",
            query: "myxwild",
            policy: modprobe(),
            plan: r"insert a [x=1 y=3 ]: asked, required",
        },
        Case {
            what: "of the query, for an index alias",
            world: "module a\nindex-alias my* a\noptions my_name x=1",
            query: "my-name",
            policy: modprobe(),
            plan: "insert a [x=1 ]: asked, required",
        },
    ]);
}

#[test]
fn sources_are_asked_in_kmods_order() {
    check(&[
        Case {
            what: "a configuration alias hides a real module, even when it leads nowhere",
            world: "module a\nalias a off",
            query: "a",
            policy: modprobe(),
            plan: "insert off without a file: asked, required",
        },
        Case {
            what: "a module hides an index alias of its name",
            world: "module a\nmodule b\nindex-alias a b",
            query: "a",
            policy: modprobe(),
            plan: "insert a: asked, required",
        },
        Case {
            what: "an index alias hides a built-in module",
            world: "builtin a\nmodule b\nindex-alias a b",
            query: "a",
            policy: modprobe(),
            plan: "insert b: asked, required",
        },
        Case {
            what: "a symbol",
            world: "module a\nsymbol symbol:f a",
            query: "symbol:f",
            policy: modprobe(),
            plan: "insert a: asked, required",
        },
        Case {
            what: "dots are not cut from a query",
            world: "module a",
            query: "a.ko",
            policy: modprobe(),
            plan: "",
        },
    ]);
}
