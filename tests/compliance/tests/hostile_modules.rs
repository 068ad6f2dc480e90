//! Damaged module files through the real programs: each ends within a second, by its processor
//! time and by the clock, and 256 MiB, without a signal, and with a message when it fails.

use std::fs;

use kmodctl_compliance::RELEASE;
use kmodctl_compliance::hostile::{Damaged, modules, packed};
use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::measure;
use kmodctl_compliance::module_file::Module;
use kmodctl_compliance::program::Program;
use kmodctl_compliance::scenario;
use kmodctl_compliance::work::Work;

/// Puts one file to every tool that reads module files.
fn try_all(program: &Program, work: &Work, damaged: &Damaged, suffix: &str) -> Vec<String> {
    let file = work.path().join(format!("damaged{suffix}"));
    fs::write(&file, &damaged.bytes).expect("the file is written");
    let base = work.path().to_string_lossy().into_owned();
    let questions: [(&str, &[&str]); 4] = [
        ("modinfo", &[]),
        ("modprobe", &["-C", "/dev/null", "--show-exports"]),
        ("modprobe", &["-C", "/dev/null", "--dump-modversions"]),
        ("depmod", &["-n", "-b", &base, RELEASE]),
    ];
    let mut all = Vec::new();
    for (tool, options) in questions {
        let mut command = program.command(tool);
        let shown = measure::run(command.args(options).arg(&file)).expect("it runs");
        let fault = shown.fault();
        all.extend(fault.map(|fault| format!("{}: {tool} {options:?}: {fault}", damaged.what)));
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
    let work = Work::new("hostile-modules").expect("a directory");
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
    let work = Work::new("hostile-containers").expect("a directory");
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
    let work = Work::new("hostile-bombs").expect("a directory");
    let mut found = Vec::new();
    for (damaged, suffix) in packed::bombs().expect("bombs are made") {
        found.extend(try_all(&program, &work, &damaged, suffix));
    }
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}
