//! Removals: a world, a request, and the whole plan that comes of it.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::{UnloadPolicy, plan_lone_removal, plan_unload, resolve};
use kmodctl_format::ModuleName;
use text_world::{TextWorld, told};

fn planned(world: &str, query: &str, policy: &UnloadPolicy) -> String {
    let world = TextWorld::new(world);
    let matches = resolve(&world, query.as_bytes()).unwrap();
    assert!(!matches.is_empty(), "{query} leads nowhere");
    let plan = |requested| match plan_unload(&world, requested, policy) {
        Ok(plan) => told(&plan),
        Err(problem) => format!("{}\n", problem.code()),
    };
    matches.iter().map(plan).collect()
}

fn check(cases: &[(&str, &str, UnloadPolicy, &str)]) {
    for (what, world, policy, plan) in cases {
        let told = planned(world, "a", policy);
        let expected: String = plan.lines().map(|line| format!("{}\n", line.trim())).collect();
        assert_eq!(told.trim(), expected.trim(), "{what}");
    }
}

fn plain() -> UnloadPolicy {
    UnloadPolicy::default()
}

#[test]
fn what_nothing_uses_any_more_goes_too() {
    check(&[
        (
            "a chain unravels to its end",
            "module a: b c\nmodule b: c\nmodule c\nloaded a\nloaded b by=a\nloaded c by=b",
            plain(),
            "remove a: asked, must be unused, required
             remove b: left over by a, if unused
             remove c: left over by a, if unused",
        ),
        (
            "side by side: deepest first",
            "module a: b c\nmodule b\nmodule c\nloaded a\nloaded b by=a\nloaded c by=a",
            plain(),
            "remove a: asked, must be unused, required
             remove c: left over by a, if unused
             remove b: left over by a, if unused",
        ),
        (
            "what others use stays",
            "module a: b c\nmodule b: c\nmodule c\nloaded a\nloaded b by=a,x\nloaded c uses=2 by=b",
            plain(),
            "remove a: asked, must be unused, required",
        ),
    ]);
}

#[test]
fn what_cannot_be_removed() {
    let first_time = UnloadPolicy { first_time: true, ..plain() };
    let waiting = UnloadPolicy { wait_milliseconds: Some(100), ..plain() };
    check(&[
        (
            "in use: the kernel's own count is asked again when the step's turn comes",
            "module a\nloaded a uses=1",
            plain(),
            "remove a: asked, must be unused, required -> in-use",
        ),
        (
            "in use, but it may be waited for",
            "module a\nloaded a uses=1",
            waiting,
            "remove a: asked, required",
        ),
        ("built in", "builtin a", plain(), "built-in"),
        ("not loaded", "module a", plain(), "absent a: asked"),
        ("not loaded, for the first time", "module a", first_time, "not-loaded"),
    ]);
}

#[test]
fn softdeps_go_in_reverse() {
    let tolerant = UnloadPolicy { tolerates_in_use: true, ..plain() };
    const WORLD: &str = "module a\nmodule b\nmodule c\nmodule d\nmodule e
                         softdep a pre: b c post: d e
                         loaded a\nloaded b\nloaded c uses=1\nloaded d uses=1\nloaded e";
    check(&[
        (
            "after it first, before it last",
            WORLD,
            plain(),
            "remove e: softdep of a, must be unused
             remove d: softdep of a, must be unused -> in-use
             remove a: asked, must be unused, required -> skipped
             remove c: softdep of a, must be unused -> skipped
             remove b: softdep of a, must be unused -> skipped",
        ),
        (
            "one in use can be tolerated",
            WORLD,
            tolerant,
            "remove e: softdep of a, should be unused
             remove d: softdep of a, should be unused -> in-use
             remove a: asked, must be unused, required
             remove c: softdep of a, should be unused -> in-use
             remove b: softdep of a, should be unused",
        ),
        (
            "a loop ends",
            "module a\nmodule b\nsoftdep a post: b\nsoftdep b post: a\nloaded a\nloaded b",
            plain(),
            "remove b: softdep of a, must be unused
             remove a: asked, must be unused, required",
        ),
        (
            "ignored on request",
            WORLD,
            UnloadPolicy { ignore_commands: true, ..plain() },
            "remove a: asked, must be unused, required",
        ),
    ]);
}

#[test]
fn holders_go_first() {
    let with_holders = UnloadPolicy { remove_holders: true, ..plain() };
    check(&[(
        "last listed first, and then the module is free",
        "module a\nloaded a uses=2 by=x,y\nloaded x\nloaded y",
        with_holders,
        "remove y: holds a, must be unused, required
         remove x: holds a, must be unused, required
         remove a: asked, must be unused, required",
    )]);
}

#[test]
fn remove_commands_stand_for_removals() {
    check(&[
        (
            "the module's own removal and its dependencies are the command's affair",
            "module a: b\nmodule b\nremove a run $CMDLINE_OPTS.\nloaded a uses=1\nloaded b by=a",
            plain(),
            "command a `run .`: asked, required",
        ),
        (
            "also when it is not loaded",
            "module a\nremove a run",
            plain(),
            "command a `run`: asked, required",
        ),
        (
            "of a soft dependency, where its failure ends modprobe",
            "module a\nmodule b\nsoftdep a post: b\nremove b run\nloaded a",
            plain(),
            "command b `run`: softdep of a, required
             remove a: asked, must be unused, required",
        ),
        (
            "of a soft dependency, where it does not",
            "module a\nmodule b\nsoftdep a post: b\nremove b run\nloaded a",
            UnloadPolicy { tolerates_in_use: true, ..plain() },
            "command b `run`: softdep of a
             remove a: asked, must be unused, required",
        ),
    ]);
}

#[test]
fn a_module_without_a_count_is_left_to_the_kernel() {
    check(&[(
        "the kernel may not count at all",
        "module a\nloaded a uses=-1",
        plain(),
        "remove a: asked, must be unused, required",
    )]);
}

#[test]
fn as_if_loaded_nothing_is_in_the_way() {
    let ignoring = UnloadPolicy { ignore_loaded: true, ..plain() };
    check(&[
        ("not loaded", "module a: b\nmodule b", ignoring.clone(), "remove a: asked, required"),
        ("in use", "module a\nloaded a uses=1", ignoring, "remove a: asked, required"),
    ]);
}

#[test]
fn a_lone_removal_takes_nothing_along() {
    let cases = [
        ("module a: b\nloaded a\nloaded b by=a", false, "remove a: asked, required"),
        ("builtin a", false, "built-in"),
        ("module a", false, "not-loaded"),
        ("loaded a by=x", false, "in-use"),
        ("loaded a uses=1", false, "in-use"),
        ("loaded a uses=-1", false, "unloading-unsupported"),
        ("loaded a uses=-1 by=x", false, "in-use"),
        ("loaded a uses=1 by=x", true, "remove a: asked, required"),
        ("module a", true, "remove a: asked, required"),
    ];
    for (world, force, expected) in cases {
        let plan = plan_lone_removal(&TextWorld::new(world), &ModuleName::new("a"), force);
        let told = plan.map_or_else(|problem| problem.code().to_owned(), |plan| told(&plan));
        assert_eq!(told.trim(), expected, "{world}");
    }
}
