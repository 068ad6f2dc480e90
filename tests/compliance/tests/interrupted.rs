//! depmod killed before each of its calls that change a file, and each of them failing: every
//! index is the old one or the new one, and the next run makes all of them new and takes away
//! the temporary files that a killed run left. A run that fails leaves none.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use kmodctl_compliance::RELEASE;
use kmodctl_compliance::interrupt::{self, Act, Interrupted};
use kmodctl_compliance::program::Program;
use kmodctl_compliance::work::Work;

type Files = BTreeMap<String, Vec<u8>>;

/// The tree before and after a change, and the indexes of both.
struct Change {
    program: Program,
    old: Files,
    new: Files,
}

impl Change {
    fn new(name: &str) -> Self {
        let program = Program::under_test().expect("the program");
        let work = Work::new(name).expect("a directory");
        for line in include_str!("../scenarios/standard.txt").lines() {
            if let Some(module) = line.strip_prefix("module ") {
                work.add(module).expect("a module");
            }
        }
        work.write("modules.order", b"kernel/lib/gamma.ko\n").expect("a list");
        work.write("modules.builtin", b"kernel/inside.ko\n").expect("a list");
        work.write("modules.builtin.modinfo", b"inside.alias=x\0").expect("a list");
        let old = made(&program, &work);
        // Every one of the files changes.
        work.add("kernel/new.ko alias=char-major-9-9 alias=devname:new softdep=\"pre: lone\" weakdep=lone")
            .expect("a module");
        work.write("modules.builtin", b"kernel/inside.ko\nkernel/more.ko\n").expect("a list");
        work.write("modules.builtin.modinfo", b"inside.alias=x\0more.alias=y\0").expect("a list");
        let new = made(&program, &work);
        for (name, content) in &new {
            assert!(name == "modules.order" || old.get(name) != Some(content), "{name}");
        }
        assert_eq!(new.len(), 14);
        Self { program, old, new }
    }

    /// The changed tree with the old indexes.
    fn prepare(&self, work: &Work) {
        for (name, _) in work.lists().expect("files") {
            std::fs::remove_file(work.modules().join(name)).expect("it is removed");
        }
        for (name, content) in &self.old {
            let input = ["modules.builtin", "modules.builtin.modinfo"].contains(&name.as_str());
            let content = if input { &self.new[name] } else { content };
            work.write(name, content).expect("it is written");
        }
    }

    /// Runs depmod with something happening before a call.
    fn run(&self, work: &Work, chosen: Option<(usize, Act)>) -> Interrupted {
        let mut command = depmod(&self.program, work.path());
        interrupt::run(&mut command, work.path(), chosen).expect("it runs")
    }

    /// The names of files that are neither old nor new, and of those that should not be there.
    fn odd(&self, work: &Work) -> (Vec<String>, Vec<String>) {
        let (mut broken, mut left) = (Vec::new(), Vec::new());
        let files = files(work);
        for (name, content) in &files {
            match (self.old.get(name), self.new.get(name)) {
                (None, None) => left.push(name.clone()),
                (old, new) if old == Some(content) || new == Some(content) => {}
                _ => broken.push(name.clone()),
            }
        }
        broken.extend(self.new.keys().filter(|name| !files.contains_key(*name)).cloned());
        (broken, left)
    }
}

fn depmod(program: &Program, base: &Path) -> Command {
    let mut command = program.command("depmod");
    command.args(["-C", "/dev/null", "-b"]).arg(base).arg(RELEASE);
    command
}

fn made(program: &Program, work: &Work) -> Files {
    let status = depmod(program, work.path()).status().expect("depmod runs");
    assert!(status.success());
    files(work)
}

fn files(work: &Work) -> Files {
    work.lists().expect("files").into_iter().collect()
}

/// The tree of the change, in a directory of its own.
fn tree(name: &str) -> Work {
    let work = Work::new(name).expect("a directory");
    for line in include_str!("../scenarios/standard.txt").lines().chain([
        "module kernel/new.ko alias=char-major-9-9 alias=devname:new softdep=\"pre: lone\" weakdep=lone",
    ]) {
        if let Some(module) = line.strip_prefix("module ") {
            work.add(module).expect("a module");
        }
    }
    work
}

#[test]
fn killed_before_every_call() {
    let change = Change::new("to-kill");
    let work = tree("killed");
    change.prepare(&work);
    let calls = change.run(&work, None).calls;
    assert!(calls.len() > 4 * 11, "{calls:?}");
    let mut faults = Vec::new();
    let mut leaving = 0;
    for (number, call) in calls.iter().enumerate() {
        change.prepare(&work);
        let shown = change.run(&work, Some((number, Act::Kill)));
        let (broken, left) = change.odd(&work);
        leaving += usize::from(!left.is_empty());
        assert!(left.iter().all(|name| name.starts_with("modules.")), "{left:?}");
        if shown.code.is_some() || !broken.is_empty() {
            faults.push(format!("before {call}: {broken:?}, {:?}", shown.code));
        }
        let status = depmod(&change.program, work.path()).status().expect("depmod runs");
        if !status.success() || files(&work) != change.new {
            let (broken, left) = change.odd(&work);
            faults.push(format!("before {call}, the next run: {broken:?}, left {left:?}"));
        }
    }
    println!("{} calls; {leaving} times a temporary was left", calls.len());
    println!("{}", calls.join("\n"));
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_call_fails() {
    let change = Change::new("to-fail");
    let work = tree("failing");
    change.prepare(&work);
    let calls = change.run(&work, None).calls;
    let mut faults = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        for errno in [libc::ENOSPC, libc::EIO, libc::EROFS] {
            change.prepare(&work);
            let shown = change.run(&work, Some((number, Act::Fail(errno))));
            let (broken, left) = change.odd(&work);
            let told = shown.code == Some(1) && shown.stderr.contains("modules.");
            // A failing close of a file that was synced, or removal, need not be told.
            let must = ["open", "write", "sync modules", "rename"];
            let must = must.iter().any(|kind| call.starts_with(kind));
            if !broken.is_empty() || !left.is_empty() || (must && !told) {
                let (code, said) = (shown.code, shown.stderr.trim_end());
                faults.push(format!("{call} fails ({errno}): {broken:?} {left:?} {code:?} {said}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
