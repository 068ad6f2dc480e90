//! What depmod costs as trees grow: trees of 1,000 to 64,000 modules, real ones under other names.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use kmodctl_compliance::whole::module_files;

use crate::cases::{Before, Case};
use crate::roots::{OURS, PLAIN, Root, Roots, THEIRS};
use crate::run::{self, Sample};

/// What a tree of one size cost.
pub(crate) struct Size {
    pub(crate) modules: usize,
    /// kmod 34.2, ours, and ours with nothing changed; the median of the rounds.
    pub(crate) samples: [Sample; 3],
}

const SIZES: [(usize, usize); 4] = [(1_000, 5), (4_000, 5), (16_000, 3), (64_000, 1)];
const RELEASE: &str = "6.1.0-sizes";

pub(crate) fn measure(roots: &Roots, is_quick: bool) -> io::Result<Vec<Size>> {
    let mut files = Vec::new();
    module_files(&roots.programs[OURS].modules(PLAIN), &mut files)?;
    files.sort();
    let mut sizes = Vec::new();
    for (modules, rounds) in SIZES.into_iter().take(if is_quick { 2 } else { SIZES.len() }) {
        for number in [THEIRS, OURS] {
            grow(&roots.programs[number], &files, modules)?;
        }
        // A new link is a change of the file, and what was just changed is read again.
        std::thread::sleep(Duration::from_secs(4));
        let size = one_size(roots, modules, rounds)?;
        let [theirs, ours, again] = size.samples.map(|sample| sample.wall);
        println!("{modules} modules: 34.2 {theirs:.3} s, ours {ours:.3} s, again {again:.3} s");
        sizes.push(size);
    }
    Ok(sizes)
}

fn one_size(roots: &Roots, modules: usize, rounds: usize) -> io::Result<Size> {
    let case = Case {
        title: format!("{modules} modules"),
        words: ["depmod", "-a", RELEASE].map(String::from).into(),
        code: 0,
        release: RELEASE,
        before: Before::Nothing,
        changed: None,
        rounds,
        programs: Vec::new(),
        limits: None,
    };
    let [theirs, ours] = [&roots.programs[THEIRS], &roots.programs[OURS]];
    let mut samples = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        samples[0].push(run::one(theirs, &case)?);
        let _ = fs::remove_dir_all(ours.path.join("var/cache/kmodctl"));
        samples[1].push(run::one(ours, &case)?);
        samples[2].push(run::one(ours, &case)?);
    }
    Ok(Size { modules, samples: samples.map(median) })
}

fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by(|one, two| one.wall.total_cmp(&two.wall));
    samples[samples.len() / 2]
}

/// Makes the tree have so many modules: the real ones again and again, each under a name of its own.
fn grow(root: &Root, files: &[PathBuf], modules: usize) -> io::Result<()> {
    let tree = root.modules(RELEASE);
    fs::create_dir_all(&tree)?;
    for list in ["modules.order", "modules.builtin", "modules.builtin.modinfo"] {
        fs::write(tree.join(list), "")?;
    }
    for number in 0..modules {
        let file = &files[number % files.len()];
        let copy = number / files.len();
        let directory = tree.join(format!("kernel/{copy}/{}", number % 100));
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let target = directory.join(format!("{name}_{copy}.ko"));
        if !target.exists() {
            fs::create_dir_all(&directory)?;
            fs::hard_link(in_root(root, file), target)?;
        }
    }
    Ok(())
}

/// The file of the same name below another root, so that links stay within one.
fn in_root(root: &Root, file: &Path) -> PathBuf {
    let inside: PathBuf = file.iter().skip_while(|part| *part != PLAIN).skip(1).collect();
    root.modules(PLAIN).join(inside)
}
