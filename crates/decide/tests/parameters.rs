//! Plan tests of parameters: a world, what is asked, and what that comes to.
#![allow(clippy::unwrap_used)]

mod text_world;

use kmodctl_decide::configuration::Entry;
use kmodctl_decide::parameters::comparison::compare;
use kmodctl_decide::parameters::keep::{OwnFile, forget, keep};
use kmodctl_decide::parameters::owned::Setting;
use kmodctl_decide::parameters::set::set;
use kmodctl_decide::parameters::{Kept, Live, Parameters, Survey};
use kmodctl_decide::{Configuration, Errno, InitState, ModuleFile, Origin, Problem, World};
use kmodctl_format::{ModuleName, configuration};
use text_world::TextWorld;

/// A text world whose configuration is made of several files and a kernel command line.
struct Tuned {
    world: TextWorld,
    configuration: Configuration,
}

impl Tuned {
    fn new(world: &str, files: &[(&str, &str)], command_line: &str) -> Self {
        let mut entries = Vec::new();
        for (path, text) in files {
            let path = path.as_bytes().into();
            let lines = configuration::parse(text.as_bytes()).lines.into_iter();
            entries.extend(lines.map(|line| Entry::of_file(&path, line)));
        }
        entries.extend(
            configuration::parse(command_line.as_bytes())
                .lines
                .into_iter()
                .map(|line| Entry { directive: line.directive, origin: Origin::KernelCommandLine }),
        );
        Self { world: TextWorld::new(world), configuration: Configuration { entries } }
    }
}

impl World for Tuned {
    fn configuration(&self) -> &Configuration {
        &self.configuration
    }
    fn module_directory(&self) -> &[u8] {
        self.world.module_directory()
    }
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        self.world.module_file(key)
    }
    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.alias_owners(query)
    }
    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.symbol_owners(query)
    }
    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        self.world.is_builtin(key)
    }
    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.builtin_alias_owners(query)
    }
    fn state(&self, module: &ModuleName) -> Option<InitState> {
        self.world.state(module)
    }
    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        self.world.references(module)
    }
    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        self.world.holders(module)
    }
}

impl Parameters for Tuned {
    fn modinfo(&self, module: &ModuleName) -> Result<Vec<u8>, Problem> {
        Ok(self.world.modinfo.get(module).cloned().unwrap_or_default())
    }
    fn live_parameters(&self, module: &ModuleName) -> Vec<Live> {
        let of_module = self.world.live.iter().filter(|(owner, ..)| owner == module);
        of_module
            .map(|(_, name, value, is_writable)| Live {
                name: name.as_bytes().to_vec(),
                value: Some(value.as_bytes().to_vec()),
                is_writable: *is_writable,
            })
            .collect()
    }
}

const OURS: &str = "/etc/modprobe.d/zz-kmodctl-parameters.conf";

const WORLD: &str = "
    module net
    parm net debug int
    parm net copy-break uint
    parm net names array of charp
    parm net quick bool
    loaded net
    live net debug 3
    live net copy_break 256 ro
    live net quick Y
    live net mystery x
    module idle
    parm idle limit byte
    builtin core
    coming printk
    live printk time Y
    parm core speed int
    live core speed 5
";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line, .. } => format!("{}:{line}", text(path)),
        Origin::KernelCommandLine => "command line".into(),
    }
}

fn told(kept: &Kept) -> String {
    let value = kept.value.as_deref().map_or("(none)".into(), text);
    format!("{value} {}", origin(&kept.origin))
}

/// The comparisons of some modules: `NAME: VERDICT, wanted W, persistent P, live L`.
fn compared(tuned: &Tuned, modules: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for module in modules {
        let survey = Survey::of(tuned, &ModuleName::new(module)).unwrap();
        for one in compare(&survey, OURS.as_bytes()) {
            let kept = |kept: &Option<Kept>| kept.as_ref().map_or("-".to_owned(), told);
            lines.push(format!(
                "{}: {}, wanted {}, persistent {}, live {}",
                text(&one.name),
                one.verdict.code(),
                kept(&one.wanted),
                kept(&one.persistent),
                one.live.as_deref().map_or("-".into(), text),
            ));
        }
    }
    lines
}

#[test]
fn wanted_persistent_and_live_stand_side_by_side() {
    let files = [
        ("a.conf", "options net debug=1 quick dibug=3 copybreak=1\noptions idle limit=256\n"),
        ("b.conf", "options net copy_break=0x100 names=a,b # note\noptions core speed=7\n"),
        (OURS, "options idle limit=9\noptions net debug=3 async_probe=1\n"),
        ("zzz.conf", "options idle limit=8\n"),
    ];
    let tuned = Tuned::new(WORLD, &files, "options core speed=6");
    let ours = |line: usize| format!("{OURS}:{line}");
    let expected = [
        format!("async_probe: cannot-tell, wanted 1 {0}, persistent 1 {0}, live -", ours(2)),
        "copy-break: in-force, wanted -, persistent 0x100 b.conf:1, live 256".to_owned(),
        format!("debug: in-force, wanted 3 {0}, persistent 3 {0}, live 3", ours(2)),
        "names: cannot-tell, wanted -, persistent a,b b.conf:1, live -".to_owned(),
        "quick: in-force, wanted -, persistent (none) a.conf:1, live Y".to_owned(),
        "dibug: unknown-parameter, wanted -, persistent 3 a.conf:1, live -".to_owned(),
        "copybreak: unknown-parameter, wanted -, persistent 1 a.conf:1, live -".to_owned(),
        "#: unknown-parameter, wanted -, persistent (none) b.conf:1, live -".to_owned(),
        "note: unknown-parameter, wanted -, persistent (none) b.conf:1, live -".to_owned(),
        format!("limit: overruled, wanted 9 {}, persistent 8 zzz.conf:1, live -", ours(1)),
        "speed: differs, wanted -, persistent 6 command line, live 5".to_owned(),
    ];
    assert_eq!(compared(&tuned, &["net", "idle", "core"]), expected);
}

#[test]
fn values_that_cannot_come_into_force_are_told() {
    let files = [("a.conf", "options net debug quick=maybe\noptions core speed=7\n")];
    let tuned = Tuned::new(WORLD, &files, "");
    let expected = [
        "debug: bad-value, wanted -, persistent (none) a.conf:1, live 3",
        "quick: bad-value, wanted -, persistent maybe a.conf:1, live Y",
        "speed: no-effect, wanted -, persistent -, live 5",
    ];
    assert_eq!(compared(&tuned, &["net", "core"]), expected);
}

/// What keeping comes to: the lines of the file, and what is said about each value.
fn kept(tuned: &Tuned, current: Option<&str>, asked: &[&str]) -> Result<Vec<String>, Problem> {
    let file = own_file(current);
    let settings: Vec<_> = asked.iter().map(|word| setting(word)).collect();
    let keeping = keep(tuned, &file, &settings)?;
    let after = keeping.change.map(|change| text(&change.after.unwrap_or_default()));
    let mut lines: Vec<String> = after.map_or(vec!["no change".into()], |after| {
        after.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    });
    for one in keeping.kept {
        lines.extend(one.overrules.iter().map(|kept| format!("overrules {}", told(kept))));
        lines.extend(one.overruled_by.iter().map(|kept| format!("overruled by {}", told(kept))));
        lines.extend(one.live.map(|live| format!("live {}", text(&live))));
    }
    Ok(lines)
}

fn own_file(current: Option<&str>) -> OwnFile {
    let heading = "# Written by kmodctl, which owns this file: use `kmodctl param keep` and \
                   `kmodctl param forget`.\n";
    let bytes = current.map(|lines| [heading, lines].concat().into_bytes());
    OwnFile { path: OURS.into(), bytes }
}

fn setting(word: &str) -> Setting {
    let (name, value) = word.split_once('=').unwrap();
    let (module, parameter) = name.split_once('.').unwrap();
    Setting { module: ModuleName::new(module), parameter: parameter.into(), value: value.into() }
}

#[test]
fn values_are_kept_where_they_count() {
    let files = [
        ("a.conf", "options net debug=1\n"),
        ("b.conf", "options net debug=3\n"),
        (OURS, "options net debug=2\n"),
        ("zzz.conf", "options net quick=n\n"),
    ];
    let tuned = Tuned::new(WORLD, &files, "options idle limit=1");
    let ours = Some("options net debug=2\n");
    let table: [(Option<&str>, &[&str], &[&str]); 6] = [
        (None, &["net.debug=3"], &["options net debug=3", "overrules 1 a.conf:1"]),
        (ours, &["net.debug=3"], &["options net debug=3", "overrules 1 a.conf:1"]),
        (
            ours,
            &["net.debug=2"],
            &["no change", "overrules 1 a.conf:1", "overrules 3 b.conf:1", "live 3"],
        ),
        (
            ours,
            &["net.quick=1", "net.copy_break=9"],
            &[
                "options net copy-break=9",
                "options net debug=2",
                "options net quick=1",
                "overruled by n zzz.conf:1",
                "live 256",
            ],
        ),
        (None, &["idle.limit=2"], &["options idle limit=2", "overruled by 1 command line"]),
        (None, &["net.names=a b,c"], &["options net names=\"a b,c\""]),
    ];
    for (current, asked, expected) in table {
        assert_eq!(kept(&tuned, current, asked).unwrap(), expected, "{asked:?}");
    }
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let tuned = Tuned::new(WORLD, &[], "");
    let table = [
        (None, "net.debgu=3", "unknown-parameter"),
        (None, "net.debug=three", "bad-parameter"),
        (None, "net.debug=3000000000", "bad-parameter"),
        (None, "net.names=a\"b", "unwritable-value"),
        (None, "net.names=a\nb", "unwritable-value"),
        (None, "core.speed=7", "built-in"),
        (None, "printk.time=n", "built-in"),
        (Some("options net debug=1 quick=y\n"), "net.debug=1", "file-not-ours"),
    ];
    for (current, asked, code) in table {
        assert_eq!(kept(&tuned, current, &[asked]).unwrap_err().code(), code, "{asked}");
    }
    let survey = Survey::of(&tuned, &ModuleName::new("net")).unwrap();
    assert_eq!(survey.meant(b"debgu"), [b"debug"]);
}

#[test]
fn values_are_forgotten_one_by_one_or_all() {
    let files = [("a.conf", "options net debug=1\noptions idle limit=3\n")];
    let tuned = Tuned::new(WORLD, &files, "options core speed=1");
    let current = "options net debug=2\noptions net quick=y\n";
    let forgotten = |module: &str, parameter: Option<&str>| {
        let parameter = parameter.map(|name| name.as_bytes().to_vec());
        let asked = [(ModuleName::new(module), parameter)];
        let done = forget(&tuned, &own_file(Some(current)), &asked)?;
        let names = done.forgotten.iter().map(|setting| text(&setting.parameter));
        let left = done.left.iter().map(|(_, kept)| told(kept));
        let change = done.change.unwrap();
        let size = change.after.map_or(0, |after| text(&after).lines().count() - 1);
        Ok::<_, Problem>(names.chain(left).chain([format!("{size} lines")]).collect::<Vec<_>>())
    };
    let both = ["debug", "quick", "1 a.conf:1", "0 lines"];
    assert_eq!(forgotten("net", None).unwrap(), both);
    assert_eq!(forgotten("net", Some("quick")).unwrap(), ["quick", "1 lines"]);
    let refused = |module: &str, parameter| forgotten(module, parameter).unwrap_err().cause();
    assert_eq!(
        refused("idle", Some("limit")),
        "`idle.limit` stands in a.conf:2, which kmodctl did not write"
    );
    assert_eq!(
        refused("core", None),
        "`core` stands on the kernel command line, which kmodctl did not write"
    );
    assert_eq!(refused("net", Some("names")), "no value of `net.names` is kept");
}

#[test]
fn live_values_are_set_where_the_kernel_lets_them() {
    let tuned = Tuned::new(WORLD, &[], "");
    let set = |word: &str| {
        let Setting { module, parameter, value } = setting(word);
        set(&tuned, &module, &parameter, &value).map_err(|problem| problem.code())
    };
    let change = set("net.debug=0x4").unwrap();
    assert_eq!((change.before.as_deref(), &change.after[..]), (Some(&b"3"[..]), &b"0x4"[..]));
    assert_eq!(set("core.speed=9").unwrap().parameter, b"speed");
    assert_eq!(set("net.copy-break=4"), Err("read-only-parameter"));
    assert_eq!(set("net.names=x"), Err("read-only-parameter"));
    assert_eq!(set("idle.limit=4"), Err("not-loaded"));
    assert_eq!(set("idle.limit=400"), Err("bad-parameter"));
    assert_eq!(set("net.limit=4"), Err("unknown-parameter"));
    assert_eq!(set("printk.time=n").unwrap().parameter, b"time");
    assert_eq!(set("printk.tiem=n"), Err("unknown-parameter"));
}
