//! Blocks: a machine, modules, and all that the block comes to.
#![allow(clippy::unwrap_used)]

mod outcomes;
mod text_inventory;
mod text_world;

use kmodctl_decide::Problem;
use kmodctl_decide::block::{BlockPlan, BlockRequest, BlockedKind, Why, block, unblock};
use outcomes::{compare, outcome};
use text_inventory::TextInventory;
use text_world::told;

fn request(modules: &[&str], current: Option<&[u8]>) -> BlockRequest {
    BlockRequest {
        spellings: modules.iter().map(|name| name.as_bytes().to_vec()).collect(),
        path: b"/etc/modprobe.d/00-kmodctl-block.conf".to_vec(),
        current: current.map(Into::into),
        ..BlockRequest::default()
    }
}

/// What a plan comes to: a line for each module, the lines that are new, the steps.
fn shown(plan: &Result<BlockPlan, Problem>) -> String {
    let plan = match plan {
        Ok(plan) => plan,
        Err(problem) => return problem.code().to_owned(),
    };
    let mut text = String::new();
    for blocked in &plan.modules {
        text += &format!("{}", blocked.module);
        if let Why::AlongWith(users) = &blocked.why {
            text += &format!(" along with {users:?}");
        }
        match &blocked.kind {
            BlockedKind::Absent => text += ", absent",
            BlockedKind::BuiltIn { functions, blacklisted } => {
                let functions: Vec<_> =
                    functions.iter().map(|name| String::from_utf8_lossy(name)).collect();
                text += &format!(", built in {functions:?} {blacklisted}");
            }
            BlockedKind::Module => {}
        }
        text += &format!(": {}", outcome(&blocked.afterwards));
        for (what, names) in [
            ("needed by", &blocked.needed_by),
            ("still loads", &blocked.still_loads),
            ("alone needs", &blocked.alone_needs),
        ] {
            if !names.is_empty() {
                text += &format!(", {what} {names:?}");
            }
        }
        if let Some(problem) = &blocked.stays {
            text += &format!(", stays: {}", problem.cause());
        }
        text += "\n";
    }
    text += &told(&plan.unload);
    text
}

/// What of a block is checked: a machine, modules, and what their block comes to.
#[test]
fn blocks_and_what_they_do_not_reach() {
    const OURS: &str = "/etc/modprobe.d/00-kmodctl-block.conf";
    let table: [(&str, &str, &[&str], &str); 9] = [
        (
            "a module with a softdep, which stock kmod would let through",
            "module a\nmodule b\nin /m/modules.softdep\nsoftdep a pre: b",
            &["a"],
            "a: refused OURS:6",
        ),
        (
            "what it needs, what needs it, and a user that stays",
            "module a: b c\nmodule b\nmodule c\nmodule d: c a b\nloaded a by=d\nloaded d uses=1",
            &["a"],
            "a: refused OURS:6, needed by [`d`], still loads [`b`, `c`], stays: `a` is used by `d`",
        ),
        (
            "a free module goes, and what nothing else uses goes with it",
            "module a: b\nmodule b\nloaded a\nloaded b by=a",
            &["a"],
            "a: refused OURS:6, still loads [`b`], alone needs [`b`]
             remove a: asked, must be unused, required
             remove b: left over by a, if unused",
        ),
        (
            "users go before what they use",
            "module a: b\nmodule b\nloaded b by=a\nloaded a",
            &["b", "a"],
            "a: held by b
             b: refused OURS:10
             remove a: asked, must be unused, required
             remove b: left over by a, if unused",
        ),
        (
            "an earlier line of somebody else lets it through",
            "module a\nin /etc/modprobe.d/00-a.conf\ninstall a /sbin/modprobe -i a",
            &["a"],
            "a: LEAKS command /etc/modprobe.d/00-a.conf:1",
        ),
        (
            "a later one does not",
            "module a\nin /etc/modprobe.d/10-a.conf\ninstall a /sbin/modprobe -i a",
            &["a"],
            "a: refused OURS:6",
        ),
        (
            "an earlier softdep switches the block off",
            "module a\nmodule b\nin /etc/modprobe.d/00-a.conf\nsoftdep a post: b",
            &["a"],
            "a: LEAKS softdep /etc/modprobe.d/00-a.conf:1",
        ),
        (
            "what is built in has functions",
            "builtin a\ninitcall a a_init\ninitcall a a_late\ncmdline initcall_blacklist=a_init",
            &["a"],
            "a, built in [\"a_init\", \"a_late\"] false: refused OURS:6",
        ),
        ("a name that nothing has", "module a", &["b"], "not-found"),
    ];
    for (what, world, modules, expected) in table {
        let world = TextInventory::new(world);
        let found = shown(&block(&[&world], &request(modules, None)));
        compare(&found, &expected.replace("OURS", OURS), what);
    }
}

#[test]
fn along_with_a_module_goes_what_only_it_needs() {
    let world = TextInventory::new(
        "module nfsd: lockd grace sunrpc\nmodule lockd: grace sunrpc\nmodule grace\nmodule sunrpc\n\
         module rpcsec: sunrpc",
    );
    let with_unused = BlockRequest { with_unused: true, ..request(&["nfsd"], None) };
    let plan = block(&[&world], &with_unused);
    let modules: Vec<_> =
        plan.as_ref().unwrap().modules.iter().map(|one| one.module.to_string()).collect();
    assert_eq!(modules, ["nfsd", "grace", "lockd"]);
    let file = plan.unwrap().change.unwrap().after.unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.contains("# along with nfsd\nblacklist grace\n"), "{text}");
    // Asked for by its own name, one of them stays when the other goes.
    let both = block(&[&world], &request(&["grace"], Some(&file))).unwrap().change.unwrap().after;
    let ended = unblock(&world, &request(&["nfsd"], both.as_deref())).unwrap();
    let modules: Vec<_> = ended.modules.iter().map(|one| one.module.to_string()).collect();
    assert_eq!(modules, ["lockd", "nfsd"]);
    let left = ended.change.unwrap().after.unwrap();
    assert_eq!(
        left.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"blacklist")).count(),
        1
    );
    let last = unblock(&world, &request(&["grace"], Some(&left))).unwrap().change.unwrap();
    assert_eq!(last.after, None);
}

#[test]
fn the_same_block_again_changes_nothing() {
    let world = TextInventory::new("module a\nmodule b");
    let file = block(&[&world], &request(&["b", "a"], None)).unwrap().change.unwrap().after;
    for modules in [&["a"][..], &["a", "b"], &["b"]] {
        assert_eq!(block(&[&world], &request(modules, file.as_deref())).unwrap().change, None);
    }
    let foreign = block(&[&world], &request(&["a"], Some(b"blacklist a\n")));
    assert_eq!(foreign.unwrap_err().code(), "file-not-ours");
    assert_eq!(
        unblock(&world, &request(&["c"], file.as_deref())).unwrap_err().code(),
        "not-blocked"
    );
}
