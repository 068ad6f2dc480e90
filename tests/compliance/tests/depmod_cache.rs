//! Whatever happened to a tree, a depmod that remembers the last one writes what one writes that
//! reads everything: random sequences of changes to real modules. And what is wrong with a cache
//! makes it no cache, not an error.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::program::Program;
use kmodctl_compliance::whole::module_files;

const RELEASE: &str = "6.1.0-cache";
const TABLES: [&str; 11] = [
    "modules.alias",
    "modules.alias.bin",
    "modules.builtin.alias.bin",
    "modules.builtin.bin",
    "modules.dep",
    "modules.dep.bin",
    "modules.devname",
    "modules.softdep",
    "modules.symbols",
    "modules.symbols.bin",
    "modules.weakdep",
];
/// After this time a file's state tells of each further change.
const SETTLED: Duration = Duration::from_millis(3_100);

/// A root with a tree of modules, and a place for caches.
struct Machine {
    root: PathBuf,
    depmod: Program,
    /// Module files to take from.
    originals: Vec<PathBuf>,
    random: u64,
}

impl Machine {
    fn new(name: &str, seed: u64) -> io::Result<Self> {
        let root = std::env::temp_dir().join(format!("{name}-{}-{seed}", std::process::id()));
        fs::create_dir_all(root.join("var/cache/kmodctl"))?;
        let tree = root.join("lib/modules").join(RELEASE);
        fs::create_dir_all(tree.join("kernel"))?;
        let mut originals = Vec::new();
        module_files(&cache()?.join("kernels/6.1/lib/modules"), &mut originals)?;
        originals.retain(|path| path.metadata().is_ok_and(|status| status.len() < 30_000));
        originals.sort();
        for name in ["modules.builtin", "modules.builtin.modinfo"] {
            File::create(tree.join(name))?;
        }
        let random = seed * 2 + 1;
        let mut machine = Self { root, depmod: Program::ours()?, originals, random };
        for _ in 0..40 {
            machine.add()?;
        }
        machine.order()?;
        Ok(machine)
    }

    fn tree(&self) -> PathBuf {
        self.root.join("lib/modules").join(RELEASE)
    }

    fn cache(&self) -> io::Result<Option<PathBuf>> {
        let mut entries = fs::read_dir(self.root.join("var/cache/kmodctl"))?;
        entries.next().map(|entry| entry.map(|entry| entry.path())).transpose()
    }

    fn below(&mut self, end: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(12_345);
        (self.random >> 33) as usize % end
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        module_files(&self.tree(), &mut files)?;
        files.sort();
        Ok(files)
    }

    fn any(&mut self) -> io::Result<PathBuf> {
        let files = self.files()?;
        let number = self.below(files.len());
        Ok(files[number].clone())
    }

    fn add(&mut self) -> io::Result<()> {
        let original = self.below(self.originals.len());
        let original = self.originals[original].clone();
        let name = original.file_name().unwrap_or_default();
        fs::copy(&original, self.tree().join("kernel").join(name)).map(drop)
    }

    /// Lists the modules in an order of chance.
    fn order(&mut self) -> io::Result<()> {
        let mut lines = String::new();
        for file in self.files()? {
            let line = file.strip_prefix(self.tree()).unwrap_or(&file).display().to_string();
            if self.below(4) > 0 {
                lines.insert_str(0, &format!("{line}\n"));
            }
        }
        fs::write(self.tree().join("modules.order"), lines)
    }

    /// Does something to the tree, and says what.
    fn change(&mut self) -> io::Result<String> {
        let kind = self.below(9);
        let file = self.any()?;
        let shown = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = match kind {
            0 => {
                self.add()?;
                "add one beside"
            }
            1 => {
                alter(&file, &file)?;
                "alter in place, same size and time,"
            }
            2 => {
                let new = file.with_extension("new");
                alter(&file, &new)?;
                fs::rename(new, &file)?;
                "replace, same size and time,"
            }
            3 if self.files()?.len() > 20 => {
                fs::remove_file(&file)?;
                "remove"
            }
            4 => {
                let number = self.below(5);
                let name = shown.split_once('.').unwrap_or((&shown, "ko"));
                let renamed = format!("{}_{number}.{}", name.0, name.1);
                fs::rename(&file, file.with_file_name(renamed))?;
                "rename"
            }
            5 => {
                File::open(&file)?.set_modified(std::time::SystemTime::now())?;
                "touch"
            }
            6 => {
                self.order()?;
                "reorder, not"
            }
            7 => {
                fs::write(&file, b"\x7fELF no more")?;
                "damage"
            }
            _ => {
                let kind = self.below(3);
                recompress(&file, ["gz", "xz", "zst"][kind])?;
                "recompress"
            }
        };
        Ok(format!("{what} {shown}"))
    }

    /// Runs depmod with these words more.
    fn depmod(&self, words: &[&str]) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let mut command = self.depmod.command("depmod");
        command.args(words).arg("-b").arg(&self.root).arg(RELEASE);
        let output = command.output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok((output.stdout, output.stderr))
    }

    /// Runs depmod with and without what it remembers; both write and tell the same.
    fn check(&self, done: &str) -> io::Result<()> {
        let told = self.depmod(&[])?;
        let out = self.root.join("out");
        let full = self.depmod(&["--no-cache", "-o", &out.to_string_lossy()])?;
        assert_eq!(
            String::from_utf8_lossy(&told.1),
            String::from_utf8_lossy(&full.1),
            "what is told after:\n{done}"
        );
        for table in TABLES {
            let ours = fs::read(self.tree().join(table))?;
            let expected = fs::read(out.join("lib/modules").join(RELEASE).join(table))?;
            assert!(ours == expected, "{table} differs after:\n{done}");
        }
        Ok(())
    }

    /// Inode and time of each table.
    fn tables(&self) -> io::Result<Vec<(u64, i64, i64)>> {
        let state = |table: &&str| {
            let status = fs::metadata(self.tree().join(table))?;
            Ok((status.ino(), status.mtime(), status.mtime_nsec()))
        };
        TABLES.iter().map(state).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Nothing can be done about a directory that cannot be removed.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Writes a module with another alias or licence into a file, of the same size and with the old time.
fn alter(from: &Path, to: &Path) -> io::Result<()> {
    let time = fs::metadata(from)?.modified()?;
    let mut bytes = fs::read(from)?;
    let found = [&b"alias="[..], b"license=", b"depends="].iter().find_map(|key| {
        bytes.windows(key.len()).position(|window| window == *key).map(|at| at + key.len())
    });
    if let Some(byte) = found.and_then(|at| bytes.get_mut(at)) {
        *byte = if *byte == b'x' { b'y' } else { b'x' };
    }
    File::options().write(true).create(true).truncate(false).open(to)?.write_all(&bytes)?;
    File::options().write(true).open(to)?.set_modified(time)
}

/// Packs a file another way, in place of the old one.
fn recompress(file: &Path, suffix: &str) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (stem, old) = name.split_once(".ko").unwrap_or((&name, ""));
    let bytes = match old {
        ".gz" => filter("gzip", &["-dc"], file)?,
        ".xz" => filter("xz", &["-dc"], file)?,
        ".zst" => filter("zstd", &["-qdc"], file)?,
        _ => Some(fs::read(file)?),
    };
    // What was damaged before stays as it is.
    let Some(bytes) = bytes else { return Ok(()) };
    let plain = file.with_file_name(format!("{stem}.ko"));
    fs::remove_file(file)?;
    fs::write(&plain, bytes)?;
    let (program, words): (_, &[&str]) = match suffix {
        "gz" => ("gzip", &["-c"]),
        "xz" => ("xz", &["-c", "--check=crc32"]),
        _ => ("zstd", &["-qc"]),
    };
    let Some(packed) = filter(program, words, &plain)? else { return Ok(()) };
    fs::write(file.with_file_name(format!("{stem}.ko.{suffix}")), packed)?;
    fs::remove_file(plain)
}

fn filter(program: &str, words: &[&str], file: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut command = Command::new(program);
    let output = command.args(words).stdin(File::open(file)?).stderr(Stdio::null()).output()?;
    Ok(output.status.success().then_some(output.stdout))
}

fn sequence(seed: u64) -> io::Result<()> {
    let mut machine = Machine::new("depmod-cache", seed)?;
    let mut done = format!("seed {seed}\n");
    for round in 0..6 {
        // Some rounds wait until what is kept is trusted, others change files at once.
        for _ in 0..machine.below(3) {
            done.push_str(&format!("{}\n", machine.change()?));
            machine.check(&done)?;
        }
        std::thread::sleep(SETTLED);
        done.push_str(&format!("round {round}: settled\n"));
        machine.check(&done)?;
        for _ in 0..1 + machine.below(4) {
            done.push_str(&format!("{}\n", machine.change()?));
        }
        machine.check(&done)?;
    }
    Ok(())
}

#[test]
fn whatever_happened_the_tables_are_those_of_a_full_run() -> io::Result<()> {
    std::thread::scope(|scope| {
        let sequences: Vec<_> = (1..=8).map(|seed| scope.spawn(move || sequence(seed))).collect();
        sequences.into_iter().try_for_each(|sequence| {
            sequence.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

#[test]
fn nothing_is_rewritten_while_nothing_changes() -> io::Result<()> {
    let machine = Machine::new("depmod-same", 1)?;
    machine.depmod(&[])?;
    let written = machine.tables()?;
    machine.depmod(&[])?;
    assert_eq!(machine.tables()?, written, "before anything is trusted");
    std::thread::sleep(SETTLED);
    for words in [&[][..], &["-j", "1"], &["-a"], &["-w"]] {
        machine.depmod(words)?;
        assert_eq!(machine.tables()?, written, "{words:?}");
    }
    fs::write(machine.tree().join("modules.softdep"), "damaged")?;
    machine.check("a table was damaged")?;
    assert_ne!(machine.tables()?, written);
    let written = machine.tables()?;
    machine.depmod(&["--no-cache"])?;
    assert_ne!(machine.tables()?, written, "--no-cache");
    Ok(())
}

#[test]
fn what_is_wrong_with_a_cache_makes_it_none() -> io::Result<()> {
    let machine = Machine::new("depmod-odd", 2)?;
    machine.depmod(&[])?;
    std::thread::sleep(SETTLED);
    machine.depmod(&[])?;
    let path = machine.cache()?.ok_or_else(|| io::Error::other("nothing is kept"))?;
    let whole = fs::read(&path)?;
    for at in (0..whole.len()).step_by(whole.len() / 64).chain([16, 24, 63, 64]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, bytes)?;
        File::open(machine.any_file()?)?.set_modified(std::time::SystemTime::now())?;
        machine.check(&format!("byte {at} of the cache was changed"))?;
    }
    for length in [0, 10, 64, 100, whole.len() - 1] {
        fs::write(&path, &whole[..length])?;
        machine.check(&format!("{length} bytes of the cache are left"))?;
    }
    fs::write(&path, &whole)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
    machine.check("others may write to the cache")?;
    fs::remove_file(&path)?;
    fs::create_dir(&path)?;
    machine.check("the cache is a directory")?;
    fs::remove_dir_all(machine.root.join("var/cache/kmodctl"))?;
    machine.check("there is no place for it")?;
    assert!(!machine.root.join("var/cache/kmodctl").exists(), "none is made in another root");
    Ok(())
}

impl Machine {
    fn any_file(&self) -> io::Result<PathBuf> {
        self.files()?.pop().ok_or_else(|| io::Error::other("no modules"))
    }
}
