//! Blocks: a machine, modules, and all that the block comes to; and what the proof finds in blocks
//! that do not hold.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::block::{
    BlockPlan, BlockRequest, BlockedKind, Contents, Hold, Image, ImageState, KernelState, Leak,
    Outcome, Verification, WayIn, Why, block, scanners, unblock, verify,
};
use kmodctl_decide::inventory::Engine;
use kmodctl_decide::{Configuration, Inventory, Origin, Problem};
use kmodctl_format::ModuleName;
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

fn at(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line } => format!("{}:{line}", String::from_utf8_lossy(path)),
        Origin::KernelCommandLine => "command line".into(),
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Elsewhere => "elsewhere".into(),
        Outcome::Held(Hold::Blacklisted(origin)) => format!("blacklisted {}", at(origin)),
        Outcome::Held(Hold::Earlier(module)) => format!("held by {module}"),
        Outcome::Held(Hold::Refused(origin)) => format!("refused {}", at(origin)),
        Outcome::Leaks(Leak::Command(origin)) => format!("LEAKS command {}", at(origin)),
        Outcome::Leaks(Leak::Open(None)) => "LEAKS".into(),
        Outcome::Leaks(Leak::Open(Some(origin))) => format!("LEAKS but for {}", at(origin)),
        Outcome::Leaks(Leak::Softdep { softdep, .. }) => format!("LEAKS softdep {}", at(softdep)),
    }
}

fn compare(found: &str, expected: &str, what: &str) {
    let expected: String = expected.lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(found.trim(), expected.trim(), "{what}");
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

fn proof(world: &TextInventory, images: &[Image]) -> Verification {
    verify(world, &ModuleName::new("m"), images, |_| None).unwrap()
}

/// The ways of a proof, one a line, and whether it holds.
fn proved(world: &str) -> String {
    let proof = proof(&TextInventory::new(world), &[]);
    let mut text = String::new();
    for way in &proof.ways {
        let kind = match &way.way {
            WayIn::Alias => "alias",
            WayIn::Boot(_) => "boot",
            WayIn::Dependent => "dependent",
            WayIn::Device(_) => "device",
            WayIn::Name => "name",
            WayIn::Softdep => "softdep",
        };
        let query = String::from_utf8_lossy(&way.query);
        text += &format!("{kind} {query}: {}\n", outcome(&way.outcome));
    }
    match &proof.state {
        KernelState::Absent => {}
        KernelState::BuiltIn { blacklisted, .. } => text += &format!("built in {blacklisted}\n"),
        KernelState::Loaded => text += "loaded\n",
    }
    text + if proof.holds() { "holds" } else { "LEAKS" }
}

const BLOCK: &str =
    "in /etc/modprobe.d/m.conf\nblacklist m\ninstall m /bin/false\nsoftdep m pre:\n";

#[test]
fn every_way_in_is_tried() {
    let machine = "module m: d\nmodule d\nmodule user: m d\nmodule friend\n\
        index-alias fs_m m\nindex-alias pci:v* m\ndevice pci0 pci:v1\nboot m\nboot friend\n";
    let table = [
        (
            "a block that holds",
            format!("{machine}{BLOCK}softdep friend pre: m"),
            "name m: refused /etc/modprobe.d/m.conf:2
             alias fs_m: blacklisted /etc/modprobe.d/m.conf:1
             alias pci:v: blacklisted /etc/modprobe.d/m.conf:1
             dependent user: refused /etc/modprobe.d/m.conf:2
             softdep friend: refused /etc/modprobe.d/m.conf:2
             boot m: blacklisted /etc/modprobe.d/m.conf:1
             boot friend: refused /etc/modprobe.d/m.conf:2
             device pci:v1: blacklisted /etc/modprobe.d/m.conf:1
             holds",
        ),
        (
            "R1, R7: blacklist alone stops neither the name nor a dependency",
            format!("{machine}in /etc/modprobe.d/m.conf\nblacklist m"),
            "name m: LEAKS but for /etc/modprobe.d/m.conf:1
             alias fs_m: blacklisted /etc/modprobe.d/m.conf:1
             alias pci:v: blacklisted /etc/modprobe.d/m.conf:1
             dependent user: LEAKS but for /etc/modprobe.d/m.conf:1
             boot m: blacklisted /etc/modprobe.d/m.conf:1
             device pci:v1: blacklisted /etc/modprobe.d/m.conf:1
             LEAKS",
        ),
        (
            "R2, R4: a softdep switches the install line off",
            "module m\nmodule d\nindex-alias fs_m m\nin /etc/modprobe.d/m.conf\n\
             install m /bin/false\nin /m/modules.softdep\nsoftdep m pre: d"
                .into(),
            "name m: LEAKS softdep /m/modules.softdep:1
             alias fs_m: LEAKS softdep /m/modules.softdep:1
             LEAKS",
        ),
        (
            "R14: the first file wins",
            "module m\nin /etc/modprobe.d/10-vendor.conf\ninstall m /sbin/modprobe -i m\n\
             in /etc/modprobe.d/99-cis.conf\nblacklist m\ninstall m /bin/false"
                .into(),
            "name m: LEAKS command /etc/modprobe.d/10-vendor.conf:1\nLEAKS",
        ),
        (
            "a dependency that is refused before it",
            "module m: d\nmodule d\nin /etc/modprobe.d/m.conf\ninstall d /bin/false".into(),
            "name m: held by d\nholds",
        ),
        (
            "R6: /bin/true refuses as well, but nothing behind it",
            "module m: d\nmodule d\nin /etc/modprobe.d/m.conf\ninstall d /bin/true".into(),
            "name m: LEAKS\nLEAKS",
        ),
        (
            "loaded before the block was made",
            format!("module m\nloaded m\n{BLOCK}"),
            "name m: refused /etc/modprobe.d/m.conf:2\nloaded\nLEAKS",
        ),
        (
            "built in, which no file changes",
            format!("builtin m\ninitcall m m_init\n{BLOCK}"),
            "name m: refused /etc/modprobe.d/m.conf:2\nbuilt in false\nLEAKS",
        ),
        (
            "built in, and kept from starting",
            format!(
                "builtin m\ninitcall m m_init\ncmdline ro initcall_blacklist=x,m_init\n{BLOCK}"
            ),
            "name m: refused /etc/modprobe.d/m.conf:2\nbuilt in true\nholds",
        ),
        (
            "R16: the kernel's own list keeps it out, whatever the files say",
            "module m\ncmdline module_blacklist=m".into(),
            "name m: LEAKS\nholds",
        ),
        (
            "no module is taken any more",
            "module m\nmodules-disabled".into(),
            "name m: LEAKS\nholds",
        ),
        (
            "R3: BusyBox passes over install lines",
            format!("module m\nengine busybox\n{BLOCK}"),
            "name m: refused /etc/modprobe.d/m.conf:2\nLEAKS",
        ),
        ("nobody has it", "module a".into(), "holds"),
    ];
    for (what, world, expected) in table {
        compare(&proved(&world), expected, what);
    }
}

#[test]
fn images_are_judged_by_what_is_in_them() {
    let world = TextInventory::new(&format!("module m: d\nmodule d\n{BLOCK}"));
    let image = |modules: &[&str], configuration: Configuration, engine: Option<Engine>| Image {
        path: b"/boot/initrd".to_vec(),
        contents: Ok(Contents {
            release: None,
            modules: modules.iter().map(ModuleName::new).collect(),
            configuration,
            engine,
        }),
    };
    let (none, ours) = (Configuration::default(), world.configuration_of());
    let busybox = Engine::Busybox(b"/bin/busybox".to_vec());
    let table = [
        (image(&["d"], none.clone(), None), "absent"),
        (image(&["m", "d"], none.clone(), None), "leaks"),
        (image(&["m", "d"], ours.clone(), None), "held"),
        (image(&["m", "d"], ours, Some(busybox)), "passes"),
    ];
    for (image, expected) in table {
        let proof = proof(&world, &[image]);
        let word = match &proof.images[0].1 {
            ImageState::Absent => "absent",
            ImageState::CannotTell(_) => "cannot tell",
            ImageState::Held(_) => "held",
            ImageState::Leaks(_) => "leaks",
            ImageState::Passes(_) => "passes",
        };
        assert_eq!(word, expected);
        assert_eq!(proof.holds(), matches!(expected, "absent" | "held"), "{expected}");
    }
}

impl TextInventory {
    fn configuration_of(&self) -> Configuration {
        kmodctl_decide::World::configuration(self).clone()
    }
}

#[test]
fn scanners_read_texts() {
    let table = [
        (
            "module m\nin /etc/modprobe.d/a.conf\nblacklist m\ninstall m /bin/false",
            "true true true",
        ),
        ("module m\nin /etc/modprobe.d/a.conf\nblacklist m", "false true false"),
        ("module m\nin /etc/modprobe.d/a.conf\ninstall m /bin/false --x", "false false false"),
        // R14: void, and OVAL is content all the same.
        (
            "module m\nin /etc/modprobe.d/1.conf\ninstall m /sbin/modprobe -i m\n\
             in /etc/modprobe.d/9.conf\nblacklist m\ninstall m /bin/true",
            "false true true",
        ),
        // R19: where the lines do nothing.
        (
            "module m\nin /etc/modules-load.d/a.conf\nblacklist m\ninstall m /bin/false",
            "true false true",
        ),
        ("module m\nloaded m\nin /etc/modprobe.d/a.conf\ninstall m /bin/false", "false true false"),
    ];
    for (world, expected) in table {
        let world = TextInventory::new(world);
        let verdicts = scanners(&world as &dyn Inventory, b"m");
        let shown: Vec<_> = verdicts.iter().map(|verdict| verdict.passes.to_string()).collect();
        assert_eq!(shown.join(" "), expected);
    }
}
