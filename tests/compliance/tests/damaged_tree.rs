//! depmod over a tree with 200 damaged modules among whole ones: a line for each of them, and
//! right indexes for the rest.

use std::collections::BTreeSet;

use kmodctl_compliance::hostile::{Numbers, modules};
use kmodctl_compliance::module_file::{Module, module_name};
use kmodctl_compliance::program::Program;
use kmodctl_compliance::work::Work;
use kmodctl_compliance::{RELEASE, index, measure, scenario};

const DAMAGED: usize = 200;
const WHOLE: usize = 300;

#[test]
fn two_hundred_damaged_modules() {
    let work = Work::new("damaged-tree").expect("a directory");
    let sound = Work::new("sound-tree").expect("a directory");
    for number in 0..WHOLE {
        let line = whole(number);
        work.add(&line).expect("a module");
        sound.add(&line).expect("a module");
    }
    for (number, bytes) in damaged().iter().enumerate() {
        work.write(&format!("kernel/{}/bad{number}.ko", number % 7), bytes).expect("a module");
    }
    // The same order, so that the priorities can be compared: the whole ones come first.
    let order: String = (0..WHOLE)
        .map(|number| format!("{}\n", whole(number).split(' ').next().unwrap()))
        .collect();
    work.write("modules.order", order.as_bytes()).expect("a list");
    sound.write("modules.order", order.as_bytes()).expect("a list");
    let mut depmod = Program::under_test().expect("the program").command("depmod");
    let shown = measure::run(depmod.arg("-b").arg(work.path()).arg(RELEASE)).expect("it runs");
    assert_eq!(shown.fault(), None);
    assert_eq!(shown.code, Some(0));
    each_is_named_once(&String::from_utf8_lossy(&shown.stderr));
    let mut depmod = Program::reference().expect("kmod 34.2").command("depmod");
    let status = depmod.arg("-b").arg(sound.path()).arg(RELEASE).status().expect("it runs");
    assert!(status.success());
    compare(&work, &sound);
}

/// A module that needs some of those before it.
fn whole(number: usize) -> String {
    let mut numbers = Numbers::of(number as u64 + 1);
    let mut line = format!("kernel/{}/good{number}.ko alias=pci:v{number:04}d*", number % 5);
    if number > 2 {
        let needs: BTreeSet<usize> = (0..number % 4).map(|_| numbers.below(number)).collect();
        let needs: Vec<String> = needs.iter().map(|need| format!("good{need}")).collect();
        if !needs.is_empty() {
            line += &format!(" needs={}", needs.join(","));
        }
    }
    line
}

/// Files of which kmod 34.2 as well can tell that they are no modules.
fn damaged() -> Vec<Vec<u8>> {
    let words = scenario::words("bad.ko alias=damaged exports=damaged:0x1").expect("words");
    let bytes = Module::parse(&words).expect("a module").bytes();
    let unusable = |what: &str| {
        ["only", "class is", "data is", "e_shoff is", "e_shentsize is"]
            .iter()
            .any(|kind| what.contains(kind))
    };
    let mut all: Vec<Vec<u8>> = modules::of("bad", &bytes, 10_000, 1)
        .into_iter()
        .filter(|damaged| unusable(&damaged.what))
        .map(|damaged| damaged.bytes)
        .filter(|bytes| !same_elsewhere(bytes))
        .collect();
    let kinds = all.clone();
    all.extend(kinds.iter().cycle().take(DAMAGED.saturating_sub(kinds.len())).cloned());
    all.truncate(DAMAGED);
    assert_eq!(all.len(), DAMAGED);
    all
}

/// Whether `modprobe --show-exports` of 34.2 still finds something in it.
fn same_elsewhere(bytes: &[u8]) -> bool {
    let work = Work::new("damaged-one").expect("a directory");
    work.write("one.ko", bytes).expect("a file");
    let mut modprobe = Program::reference().expect("kmod 34.2").command("modprobe");
    modprobe.args(["-C", "/dev/null", "--show-exports"]).arg(work.modules().join("one.ko"));
    modprobe.output().expect("it runs").status.success()
}

fn each_is_named_once(stderr: &str) {
    let lines: Vec<&str> = stderr.lines().filter(|line| line.contains("/bad")).collect();
    let names: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| line.split([' ', ':']).find(|word| word.contains("/bad")))
        .map(module_name)
        .collect();
    assert_eq!(names.len(), DAMAGED, "{stderr}");
    assert_eq!(lines.len(), DAMAGED, "{stderr}");
}

/// Every file is what 34.2 makes of the whole modules alone, but for the lines of the damaged.
fn compare(work: &Work, sound: &Work) {
    let (shown, truth) = (work.lists().expect("files"), sound.lists().expect("files"));
    let names = |lists: &[(String, Vec<u8>)]| -> Vec<String> {
        lists.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&shown), names(&truth));
    for ((name, file), (_, expected)) in shown.iter().zip(&truth) {
        let says = |file: &[u8]| {
            index::dump(file).unwrap_or_else(|_| String::from_utf8_lossy(file).into_owned())
        };
        let rest = |text: String| -> Vec<String> {
            let of_damaged = |line: &&str| line.starts_with("bad") || line.contains("/bad");
            text.lines().filter(|line| !of_damaged(line)).map(String::from).collect()
        };
        assert_eq!(rest(says(file)), rest(says(expected)), "{name}");
    }
}
