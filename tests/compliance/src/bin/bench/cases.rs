//! What is measured, and what it may cost at most: ours by kmod 34.2's, by the clock.

use std::io;

use kmodctl_compliance::whole::module_files;

use crate::roots::{INSTALLED, OURS, OURS_FAST, PLAIN, Roots, THEIRS, XZ, ZSTD};

/// A command that is run as every program.
pub(crate) struct Case {
    pub(crate) title: String,
    /// The tool and its arguments.
    pub(crate) words: Vec<String>,
    /// How it ends.
    pub(crate) code: i32,
    /// The tree it is about.
    pub(crate) release: &'static str,
    pub(crate) before: Before,
    /// The file that is replaced, below the tree.
    pub(crate) changed: Option<String>,
    pub(crate) rounds: usize,
    /// Which programs take part.
    pub(crate) programs: Vec<usize>,
    /// The most that the default build and the one with C codecs may take, by kmod 34.2's time.
    pub(crate) limits: Option<[f64; 2]>,
}

/// What is done before each run, and not measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    /// What an earlier run kept is removed.
    NoCache,
    /// The same, and the modules are taken out of the kernel's cache.
    Cold,
    /// One module is replaced by a copy.
    OneReplaced,
    /// Nothing but a pause before the first round.
    Settled,
}

const ALL: [usize; 4] = [THEIRS, OURS, OURS_FAST, INSTALLED];
/// A PCI alias of `e1000e`.
const ALIAS: &str = "pci:v00008086d000010D3sv00008086sd0000A01Fbc02sc00i00";

pub(crate) fn all(roots: &Roots) -> io::Result<Vec<Case>> {
    use Before::{Cold, NoCache, OneReplaced, Settled};
    let depmod = |title: &str, release, before, rounds, limits: [f64; 2]| Case {
        title: format!("depmod -a, {title}"),
        words: ["depmod", "-a", release].map(String::from).into(),
        code: 0,
        release,
        before,
        changed: None,
        rounds,
        programs: ALL.into(),
        limits: Some(limits),
    };
    let replaced = |case: Case, file: &str| Case { changed: Some(file.into()), ..case };
    let few = |case: Case| Case { programs: vec![THEIRS, OURS, OURS_FAST], ..case };
    let e1000e = "kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko";
    let mut cases = vec![
        depmod("plain tree, warm", PLAIN, NoCache, 11, [0.40, 0.40]),
        depmod("plain tree, cold", PLAIN, Cold, 5, [0.30, 0.30]),
        depmod("xz tree", XZ, NoCache, 3, [0.75, 0.55]),
        depmod("zstd tree", ZSTD, NoCache, 7, [0.85, 0.45]),
        replaced(
            few(depmod("one module changed, xz tree", XZ, OneReplaced, 3, [0.02, 0.02])),
            &format!("{e1000e}.xz"),
        ),
        replaced(
            few(depmod("one module changed, plain tree", PLAIN, OneReplaced, 9, [0.20, 0.20])),
            e1000e,
        ),
        few(depmod("nothing changed, plain tree", PLAIN, Settled, 9, [0.10, 0.10])),
    ];
    cases.extend(short(roots)?);
    Ok(cases)
}

fn short(roots: &Roots) -> io::Result<Vec<Case>> {
    let case = |title: &str, line: &str, rounds, limits: [f64; 2]| Case {
        title: title.into(),
        words: line.split(' ').map(String::from).collect(),
        code: 0,
        release: PLAIN,
        before: Before::Nothing,
        changed: None,
        rounds,
        programs: ALL.into(),
        limits: Some(limits),
    };
    let modprobe = |title: &str, rest: &str| {
        case(&format!("modprobe {title}"), &format!("modprobe -S {PLAIN} {rest}"), 300, [0.7, 0.7])
    };
    let root = &roots.programs[OURS];
    let inside = |release: &str, end: &str| -> io::Result<Vec<String>> {
        let mut files = Vec::new();
        module_files(&root.modules(release), &mut files)?;
        let path = |file: &std::path::PathBuf| {
            let inside = file.strip_prefix(&root.path).unwrap_or(file);
            format!("/{}", inside.display())
        };
        let mut paths: Vec<String> = files.iter().map(path).collect();
        paths.retain(|path| path.ends_with(end));
        paths.sort();
        Ok(paths)
    };
    let modinfo = |title: &str, paths: Vec<String>, rounds, limits| {
        let words = ["modinfo".to_string()].into_iter().chain(paths).collect();
        Case { words, ..case(title, "", rounds, limits) }
    };
    Ok(vec![
        modprobe("-D e1000e", "-D e1000e"),
        modprobe("-R of a PCI alias", &format!("-R {ALIAS}")),
        Case { code: 1, ..modprobe("-q of an unknown name", "-q nosuch_module") },
        case("modprobe -V", "modprobe -V", 300, [0.7, 0.7]),
        Case { rounds: 60, limits: Some([0.6, 0.6]), ..modprobe("-c", "-c") },
        modinfo("modinfo of one plain module", inside(PLAIN, "/e1000e.ko")?, 300, [0.6, 0.6]),
        modinfo("modinfo of all plain modules", inside(PLAIN, ".ko")?, 9, [0.6, 0.6]),
        modinfo("modinfo of one xz module", inside(XZ, "/e1000e.ko.xz")?, 60, [1.6, 1.0]),
        modinfo("modinfo of one zstd module", inside(ZSTD, "/e1000e.ko.zst")?, 60, [1.6, 1.0])
            .without_limits(),
        case("lsmod with 150 modules", "lsmod", 100, [0.6, 0.6]),
    ])
}

impl Case {
    fn without_limits(self) -> Self {
        Self { limits: None, ..self }
    }
}
