//! What a module has to do with others, beside a plan: its softdeps and weakdeps, and the rule of the
//! blacklist that keeps it out.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::load::{dependencies, softdeps, weakdeps};
use kmodctl_decide::resolve::Match;
use kmodctl_decide::{BlacklistPolicy, BlacklistRule, World, resolve};
use kmodctl_format::ModuleName;
use text_world::TextWorld;

const WORLD: &str = "module a: c b\nmodule b\nmodule c: b\nindex-alias x a\nindex-alias x b
                     softdep a pre: x nowhere q[ post: c\nsoftdep a pre: c
                     weakdep [ab] c x q[ nowhere\nweakdep a b\nblacklist a";

fn names(found: &[Match]) -> String {
    let names = found.iter().map(|found| found.module.to_string());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn only_the_first_line_counts_and_what_is_unknown_is_passed_over() {
    let world = TextWorld::new(WORLD);
    // The module, its dependencies, softdeps before and after, and weakdeps.
    let table =
        [("a", "b c", "a b", "c", "c a b"), ("b", "", "", "", "c a b"), ("c", "b", "", "", "")];
    for (name, needed, before, after, weak) in table {
        let module = Match::of_name(ModuleName::new(name));
        assert_eq!(names(&dependencies(&world, &module).unwrap()), needed, "{name}");
        let (pre, post) = softdeps(&world, &module).unwrap();
        assert_eq!((names(&pre), names(&post)), (before.into(), after.into()), "{name}");
        assert_eq!(names(&weakdeps(&world, &module).unwrap()), weak, "{name}");
    }
}

#[test]
fn the_rule_that_keeps_a_module_out_is_named() {
    let world = TextWorld::new(WORLD);
    let policy = |aliases, everything, names| BlacklistPolicy { aliases, everything, names };
    let by_name = Match::of_name(ModuleName::new("a"));
    let by_alias = resolve(&world, b"x").unwrap().remove(0);
    let unlisted = Match::of_name(ModuleName::new("b"));
    // How it was asked for, which rules are in force, and which of them keeps it out.
    let table = [
        (&by_name, policy(true, false, false), None),
        (&by_name, policy(true, true, true), Some(BlacklistRule::Everything)),
        (&by_name, policy(true, false, true), Some(BlacklistRule::Names)),
        (&by_alias, policy(true, true, true), Some(BlacklistRule::Aliases)),
        (&by_alias, policy(false, true, true), Some(BlacklistRule::Everything)),
        (&by_alias, policy(false, false, true), Some(BlacklistRule::Names)),
        (&by_alias, policy(false, false, false), None),
        (&unlisted, policy(true, true, true), None),
    ];
    for (module, policy, expected) in table {
        let rule = policy.keeps_out(world.configuration(), module).map(|(rule, _)| rule);
        assert_eq!(rule, expected, "{module:?} {policy:?}");
    }
}
