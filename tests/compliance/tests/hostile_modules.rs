//! Damaged module files through the real programs: each ends within a second of processor
//! time and 256 MiB, without a signal, and with a message when it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kmodctl_compliance::hostile::{Damaged, modules, packed};
use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::measure::{self, Measured};
use kmodctl_compliance::module_file::Module;
use kmodctl_compliance::program::Program;
use kmodctl_compliance::scenario;

const TIME: Duration = Duration::from_secs(1);
const MEMORY: u64 = 256 << 20;

/// A directory that is removed at the end.
struct Work(PathBuf);

impl Work {
    fn new(name: &str) -> Self {
        let shared = Path::new("/dev/shm");
        let parent = if shared.is_dir() { shared.into() } else { std::env::temp_dir() };
        let directory = parent.join(format!("kmodctl-{name}-{}", std::process::id()));
        fs::create_dir_all(directory.join("lib/modules/6.1.0-test")).expect("a directory");
        Self(directory)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What is wrong with how a command ended.
fn faults(what: &str, tool: &str, shown: &Measured) -> Option<String> {
    let stderr = String::from_utf8_lossy(&shown.stderr);
    let fault = match shown.code {
        None => "ended by a signal".to_string(),
        Some(code) if code > 1 => format!("exit {code}"),
        Some(1) if stderr.is_empty() => "no message".into(),
        _ if stderr.contains("panicked") => "panic".into(),
        _ if shown.time > TIME => format!("{:?}", shown.time),
        _ if shown.memory > MEMORY => format!("{} MiB", shown.memory >> 20),
        _ => return None,
    };
    Some(format!("{what}: {tool}: {fault}: {}", stderr.trim_end()))
}

/// Puts one file to every tool that reads module files.
fn try_all(program: &Program, work: &Work, damaged: &Damaged, suffix: &str) -> Vec<String> {
    let file = work.0.join(format!("damaged{suffix}"));
    fs::write(&file, &damaged.bytes).expect("the file is written");
    let base = work.0.to_string_lossy().into_owned();
    let questions: [(&str, &[&str]); 4] = [
        ("modinfo", &[]),
        ("modprobe", &["-C", "/dev/null", "--show-exports"]),
        ("modprobe", &["-C", "/dev/null", "--dump-modversions"]),
        ("depmod", &["-n", "-b", &base, "6.1.0-test"]),
    ];
    let mut all = Vec::new();
    for (tool, options) in questions {
        let mut command = program.command(tool);
        let shown = measure::run(command.args(options).arg(&file)).expect("it runs");
        let name = format!("{tool} {}", options.first().unwrap_or(&""));
        all.extend(faults(&damaged.what, &name, &shown));
    }
    all
}

/// The small modules that are damaged: one of this suite's, and kernels' own of other classes
/// and byte orders.
fn whole_modules() -> Vec<(String, Vec<u8>)> {
    let words = scenario::words(
        "kernel/whole.ko needs=b exports=one:0x1,two:0x2 versions=one:0x3,module_layout:0x4 \
         extended=three:0x5 build-id=0102030405060708 alias=pci:v*d* \"parm=a:what it is\" \
         signed=rsa",
    );
    let own = Module::parse(&words.expect("words")).expect("a module");
    let mut all = vec![("own".to_string(), own.bytes())];
    for tree in ["6.1-armhf", "6.1-s390x", "6.1"] {
        let kernel = cache().expect("a cache").join("kernels").join(tree);
        let release = fs::read_to_string(kernel.join("version"));
        let release = release.expect("the kernels are fetched: `cargo xtask fetch`");
        let path = kernel.join("lib/modules").join(release.trim()).join("kernel/lib/libcrc32c.ko");
        all.push((tree.into(), fs::read(&path).expect("libcrc32c.ko is there")));
    }
    all
}

#[test]
fn damaged_modules() {
    let program = Program::under_test().expect("the program");
    let work = Work::new("hostile-modules");
    let mut found = Vec::new();
    let mut count = 0;
    for (seed, (name, bytes)) in (1..).zip(whole_modules()) {
        for damaged in modules::of(&name, &bytes, 200, seed) {
            found.extend(try_all(&program, &work, &damaged, ".ko"));
            count += 1;
        }
    }
    assert_eq!(count, 800);
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}

#[test]
fn damaged_containers() {
    let program = Program::under_test().expect("the program");
    let work = Work::new("hostile-containers");
    let (_, module) = whole_modules().swap_remove(0);
    let mut found = Vec::new();
    for (damaged, suffix) in packed::of(&module, 400, 3) {
        found.extend(try_all(&program, &work, &damaged, suffix));
    }
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}

#[test]
fn bombs() {
    let program = Program::under_test().expect("the program");
    let work = Work::new("hostile-bombs");
    let mut found = Vec::new();
    for (damaged, suffix) in packed::bombs().expect("bombs are made") {
        found.extend(try_all(&program, &work, &damaged, suffix));
    }
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}
