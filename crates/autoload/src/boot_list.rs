//! Loading a boot list: the files and the kernel command line become names, each is loaded, and one
//! that fails stops none of the others.

use kmodctl::decide::Origin;
use kmodctl::decide::boot_list::{self, Wanted};
use kmodctl::system::boot_list::{self as lists, DIRECTORIES};

use crate::account::problem_fields;
use crate::loader::{Asker, Loader};
use crate::options::Options;
use crate::record::{Priority, Record};

/// Loads the files that are named, or the boot list of the machine; says whether all went well.
pub(crate) fn run(options: &Options, named: &[Vec<u8>], loader: &mut Loader) -> bool {
    let directories = DIRECTORIES.map(|path| path.as_bytes().to_vec());
    let line = lists::command_line(&loader.place().proc);
    let (files, requested) = match named {
        [] => (lists::files(&directories), &line.requested[..]),
        named => (lists::named(named, &directories), &[][..]),
    };
    for problem in &files.problems {
        let record = Record::new(Priority::Warning, "list-unreadable");
        loader.log.tell(&problem_fields(record, problem));
    }
    let in_initramfs = options.in_initramfs || lists::in_initramfs();
    let mut well = files.problems.is_empty();
    for wanted in boot_list::boot_list(requested, &files.read, in_initramfs) {
        for (module, problem) in loader.load(&wanted.name, &asker(&wanted)) {
            well &= !boot_list::fails(&problem, &module, &line.refused_by_kernel);
        }
    }
    well
}

fn asker(wanted: &Wanted) -> Asker {
    let record = Record::new(Priority::Info, "").text("source", "boot-list");
    let about = match &wanted.origin {
        Origin::File { path, line, .. } => record.text("file", path).number("line", *line as u64),
        Origin::KernelCommandLine => record.text("file", "kernel-command-line"),
    };
    Asker { about, unknown: Priority::Warning }
}
