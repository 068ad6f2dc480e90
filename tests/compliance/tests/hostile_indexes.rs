//! Damaged binary indexes through the real modprobe: it ends in time, within its memory, with
//! or without a message, and never says anything that it does not say of the whole index.

use std::collections::BTreeSet;
use std::fs;

use kmodctl_compliance::RELEASE;
use kmodctl_compliance::hostile::indexes;
use kmodctl_compliance::measure::{self, Measured};
use kmodctl_compliance::program::Program;
use kmodctl_compliance::work::Work;

/// The indexes, how many damaged copies of each, and what is asked of them.
const INDEXES: [(&str, usize, &[&str]); 5] = [
    ("modules.alias.bin", 300, &["-R pci:v00008086d0000100Esv1sd2bc3sc4i5", "-aR shared-bx lone"]),
    ("modules.builtin.alias.bin", 100, &["-R pci:v0000BEEFd1", "-R net-pf-99"]),
    ("modules.builtin.bin", 100, &["-D inside", "-aD plain-inside alpha"]),
    ("modules.dep.bin", 200, &["-D alpha", "-aD wanting dash-name lone"]),
    ("modules.symbols.bin", 100, &["-R symbol:alpha_symbol", "-aR symbol:lone_symbol"]),
];

#[test]
fn damaged_indexes() {
    let program = Program::under_test().expect("the program");
    let work = Work::new("hostile-indexes").expect("a directory");
    tree(&work);
    let mut found = Vec::new();
    let mut count = 0;
    for (seed, (name, many, questions)) in (1..).zip(INDEXES) {
        let file = work.modules().join(name);
        let whole = fs::read(&file).expect("depmod made it");
        let truths: Vec<Measured> =
            questions.iter().map(|question| ask(&program, &work, question)).collect();
        assert!(truths.iter().all(|truth| truth.code == Some(0)), "{name}: {truths:?}");
        for damaged in indexes::of(name, &whole, many, seed) {
            fs::write(&file, &damaged.bytes).expect("it is written");
            count += 1;
            for (question, truth) in questions.iter().zip(&truths) {
                let shown = ask(&program, &work, question);
                let fault = shown.fault().or_else(|| wrong(truth, &shown));
                found.extend(fault.map(|fault| format!("{}: {question}: {fault}", damaged.what)));
            }
        }
        fs::write(&file, whole).expect("it is written");
    }
    assert_eq!(count, 800);
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}

/// Some modules, the lists of a kernel build, and the indexes that kmod 34.2 makes of them.
fn tree(work: &Work) {
    for line in include_str!("../scenarios/standard.txt").lines() {
        if let Some(module) = line.strip_prefix("module ") {
            work.add(module).expect("a module");
        }
    }
    work.write("modules.order", b"kernel/lib/gamma.ko\nkernel/lib/beta.ko\n").expect("a list");
    work.write("modules.builtin", b"kernel/inside.ko\nkernel/plain-inside.ko\n").expect("a list");
    let info = b"inside.alias=pci:v0000BEEFd*\0inside.license=GPL\0plain_inside.alias=net-pf-99\0";
    work.write("modules.builtin.modinfo", info).expect("a list");
    let mut depmod = Program::reference().expect("kmod 34.2").command("depmod");
    let status = depmod.arg("-b").arg(work.path()).arg(RELEASE).status();
    assert!(status.expect("depmod runs").success());
}

fn ask(program: &Program, work: &Work, question: &str) -> Measured {
    let mut command = program.command("modprobe");
    command.args(["-C", "/dev/null", "-S", RELEASE, "-d"]).arg(work.path());
    measure::run(command.args(question.split(' '))).expect("modprobe runs")
}

/// What is said and is not true. Nothing said is no lie.
fn wrong(truth: &Measured, shown: &Measured) -> Option<String> {
    let lines = |text: &[u8]| -> BTreeSet<String> {
        String::from_utf8_lossy(text).lines().map(String::from).collect()
    };
    let truth = lines(&truth.stdout);
    let wrong: Vec<String> = lines(&shown.stdout).difference(&truth).cloned().collect();
    (!wrong.is_empty()).then(|| format!("says {wrong:?}"))
}
