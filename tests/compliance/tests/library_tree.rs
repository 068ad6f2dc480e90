//! The C library over whole trees: what it knows of every module, alias and symbol of a distribution's
//! kernel, as `c/tree.c` prints it, on theirs and on ours.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::library::{self, Header};
use kmodctl_compliance::module_file::module_name;

#[test]
fn a_kernel_of_debian_bookworm_is_told_alike() {
    compare("6.1", "");
}

/// Its modules are compressed.
#[test]
fn a_kernel_of_debian_trixie_is_told_alike() {
    compare("6.12", "s");
}

/// One context is for one thread, and several know nothing of each other.
#[test]
fn contexts_in_threads_find_the_same() {
    let directory = module_directory("6.1").unwrap();
    let told = |command: io::Result<Command>| {
        let output = command.unwrap().arg(&directory).args(["e1000e", "btrfs", "xfs"]).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", output.status);
        String::from_utf8(output.stdout).unwrap()
    };
    let found = told(ours("threads"));
    assert_eq!(found, told(theirs("threads")));
    assert_eq!(found.lines().count(), 8, "{found}");
}

/// Lines of every kind that touch many modules.
const CONFIGURATION: &str = "\
alias usb:v1234* e1000e
alias pci:v00008086d* snd-hda-intel
blacklist nouveau
blacklist pcspkr
blacklist e1000e
options snd* never=1
options e1000e debug=1
options usb_storage quirks=1:2:u
install xfs /bin/true $CMDLINE_OPTS
install nf* echo $CMDLINE_OPTS
remove bt* echo
softdep e1000* pre: ptp nowhere post: usb-storage
softdep snd* pre: soundcore
weakdep btrfs crc32c xor
";

/// Compares all that is told of a kernel's modules whose names begin with some text, and all aliases.
fn compare(label: &str, beginning: &str) {
    let work = std::env::temp_dir().join(format!("kmodctl-tree-{label}-{}", std::process::id()));
    fs::create_dir_all(work.join("conf")).unwrap();
    fs::write(work.join("conf/a.conf"), CONFIGURATION).unwrap();
    let directory = module_directory(label).unwrap();
    let questions = work.join("questions");
    let count = write_questions(&directory, beginning, &questions).unwrap();
    assert!(count > 10_000, "only {count} questions about {}", directory.display());
    let answers = std::thread::scope(|scope| {
        let told = |command| told(command, &directory, &work.join("conf"), &questions);
        let theirs = scope.spawn(move || told(theirs("tree")));
        (told(ours("tree")), theirs.join().unwrap())
    });
    let (ours, theirs) = (answers.0.unwrap(), answers.1.unwrap());
    let lines = assert_same(ours, theirs);
    println!("{label}: {count} questions, {lines} lines alike");
    fs::remove_dir_all(work).unwrap();
}

fn module_directory(label: &str) -> io::Result<PathBuf> {
    let root = cache()?.join("kernels").join(label);
    let release = fs::read_to_string(root.join("version"))?;
    Ok(root.join("lib/modules").join(release.trim()))
}

/// Every module and built-in module, every alias with its wildcards filled in, every symbol.
fn write_questions(directory: &Path, beginning: &str, file: &Path) -> io::Result<usize> {
    let lines = |name: &str| fs::read_to_string(directory.join(name));
    let mut questions = BTreeSet::new();
    for line in lines("modules.dep")?.lines().chain(lines("modules.builtin")?.lines()) {
        let name = module_name(line.split(':').next().unwrap_or_default());
        questions.insert(format!("alias {name}"));
        if name.starts_with(beginning) {
            questions.insert(format!("module {name}"));
        }
    }
    for line in lines("modules.alias")?.lines().chain(lines("modules.symbols")?.lines()) {
        if let Some(alias) = line.strip_prefix("alias ").and_then(|rest| rest.split(' ').next()) {
            questions.insert(format!("alias {}", alias.replace(['*', '['], "").replace(']', "")));
            questions.insert(format!("alias {}", alias.replace('*', "0")));
        }
    }
    let mut text = Vec::new();
    questions.iter().try_for_each(|question| writeln!(text, "{question}"))?;
    fs::write(file, text)?;
    Ok(questions.len())
}

fn theirs(program: &str) -> io::Result<Command> {
    let libraries = library::their_directory()?;
    let mut command = Command::new(libraries.join("ld-linux-x86-64.so.2"));
    command.arg("--library-path").arg(&libraries);
    command.arg(library::program(program, Header::Theirs)?);
    Ok(command)
}

fn ours(program: &str) -> io::Result<Command> {
    let mut command = Command::new(library::program(program, Header::Ours)?);
    command.env("LD_LIBRARY_PATH", library::our_directory()?.join("lib"));
    Ok(command)
}

/// All that a program prints, in a file without a name.
fn told(
    command: io::Result<Command>,
    directory: &Path,
    configuration: &Path,
    questions: &Path,
) -> io::Result<File> {
    let output = tempfile()?;
    let mut command = command?;
    command.arg(directory).arg(configuration).stdin(File::open(questions)?);
    let status = command.stdout(output.try_clone()?).status()?;
    assert!(status.success(), "{command:?}: {status}");
    Ok(output)
}

fn tempfile() -> io::Result<File> {
    let thread = std::thread::current().id();
    let path = std::env::temp_dir().join(format!("kmodctl-told-{}-{thread:?}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// Compares two files line by line; the first line that differs is shown with the question.
fn assert_same(ours: File, theirs: File) -> usize {
    let read = |mut file: File| {
        file.rewind().unwrap();
        BufReader::new(file).split(b'\n').map(|line| line.unwrap())
    };
    let (mut ours, mut theirs) = (read(ours), read(theirs));
    let (mut question, mut lines) = (Vec::new(), 0);
    loop {
        let (one, other) = (ours.next(), theirs.next());
        if one.is_none() && other.is_none() {
            return lines;
        }
        if one.as_ref().is_some_and(|line| !line.starts_with(b" ")) {
            question = one.clone().unwrap_or_default();
        }
        let text = |line: &Option<Vec<u8>>| {
            line.as_ref().map(|line| String::from_utf8_lossy(line).into_owned())
        };
        let question = String::from_utf8_lossy(&question);
        assert_eq!(text(&one), text(&other), "line {lines}, at `{question}` (ours, theirs)");
        lines += 1;
    }
}
