//! Finding and reading boot lists: the files of modules-load.d and the kernel command line. Which of
//! their lines count is known in `decide`.

use kmodctl_decide::boot_list::ListFile;
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::configuration::{Place as Listed, is_configuration_name, select};
use kmodctl_format::modules_load::{self, Requested};
use rustix::fs::Dir;

use crate::file::{self, errno, read_to_end};
use crate::place::joined;

pub use crate::place::MODULES_LOAD as DIRECTORIES;

/// Files of a boot list that were read, and those that could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The files, in the order in which they count.
    pub read: Vec<ListFile>,
    /// What cannot be read; the rest counts all the same.
    pub problems: Vec<Problem>,
}

/// No list is larger; what claims to be is not read.
const LIMIT: usize = 16 << 20;

/// Reads the files of directories, by name: a name in an earlier directory hides it in later ones.
///
/// An empty file and a link that leads nowhere, or to `/dev/null`, only hide.
pub fn files(directories: &[Vec<u8>]) -> Files {
    let mut files = Files::default();
    let listed: Vec<Listed> = directories.iter().map(|path| files.list(path)).collect();
    for file in select(&listed) {
        match files.take(joined(&directories[file.place], file.name)) {
            Ok(()) | Err(Problem::FileUnreadable { errno: Errno::ENOENT, .. }) => {}
            Err(problem) => files.problems.push(problem),
        }
    }
    files
}

/// Reads files that are named: each by its absolute path, or by what follows one of the directories.
pub fn named(names: &[Vec<u8>], directories: &[Vec<u8>]) -> Files {
    let mut files = Files::default();
    for name in names {
        if let Err(problem) = files.take_named(name, directories) {
            files.problems.push(problem);
        }
    }
    files
}

/// What a kernel command line says about boot lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Modules that are asked for.
    pub requested: Vec<Requested>,
    /// Modules that the kernel itself refuses.
    pub refused_by_kernel: Vec<Vec<u8>>,
}

/// Reads the kernel command line below a `/proc`; without one nothing is asked for.
pub fn command_line(proc: &[u8]) -> CommandLine {
    let line = read_to_end(&joined(proc, b"cmdline"), LIMIT).unwrap_or_default();
    CommandLine {
        requested: modules_load::on_command_line(&line),
        refused_by_kernel: modules_load::refused_by_kernel(&line),
    }
}

/// Whether this is an initramfs: it has the file `/etc/initrd-release` (os-release(5)).
pub fn in_initramfs() -> bool {
    rustix::fs::access("/etc/initrd-release", rustix::fs::Access::EXISTS).is_ok()
}

impl Files {
    fn list(&mut self, directory: &[u8]) -> Listed {
        let names = match names(directory) {
            Ok(names) => names,
            Err(Errno::ENOENT | NOTDIR) => Vec::new(),
            Err(errno) => {
                self.problems.push(Problem::FileUnreadable { file: directory.into(), errno });
                Vec::new()
            }
        };
        Listed::Directory(names)
    }

    fn take(&mut self, path: Vec<u8>) -> Result<(), Problem> {
        match read_to_end(&path, LIMIT) {
            Ok(bytes) => {
                self.read.push(ListFile { path, bytes });
                Ok(())
            }
            Err(errno) => Err(Problem::FileUnreadable { file: path, errno }),
        }
    }

    fn take_named(&mut self, name: &[u8], directories: &[Vec<u8>]) -> Result<(), Problem> {
        if name.starts_with(b"/") {
            return self.take(name.into());
        }
        let absent = |problem: &Problem| problem.errno() == Errno::ENOENT;
        for directory in directories {
            match self.take(joined(directory, name)) {
                Err(problem) if absent(&problem) => {}
                taken => return taken,
            }
        }
        Err(Problem::FileUnreadable { file: name.into(), errno: Errno::ENOENT })
    }
}

const NOTDIR: Errno = Errno(rustix::io::Errno::NOTDIR.raw_os_error());

fn names(directory: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::new(file::open(directory)?).map_err(errno)? {
        let entry = entry.map_err(errno)?;
        let name = entry.file_name().to_bytes();
        if is_configuration_name(name) {
            names.push(name.into());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;

    fn told(tree: &Tree, files: &Files) -> Vec<String> {
        let base = String::from_utf8(tree.bytes("")).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(&base, "");
        let read =
            files.read.iter().map(|file| format!("{}: {}", text(&file.path), text(&file.bytes)));
        let failed = files.problems.iter().map(|problem| match problem {
            Problem::FileUnreadable { file, errno } => format!("{}: errno {}", text(file), errno.0),
            other => panic!("{other:?}"),
        });
        read.chain(failed).collect()
    }

    #[test]
    fn names_decide_which_file_counts_and_when() {
        let tree = Tree::new();
        let lists = [
            ("etc/b.conf", "1"),
            ("run/a.conf", "2"),
            ("run/b.conf", "hidden"),
            ("run/c.conf", "hidden"),
            ("run/.d.conf", "no"),
            ("run/e.list", "no"),
            ("lib/f.conf", "hidden"),
            ("lib/g.conf", "3"),
        ];
        lists.iter().for_each(|(path, text)| tree.write(path, text));
        symlink("/dev/null", tree.path("etc/c.conf")).unwrap();
        symlink("/nowhere", tree.path("etc/f.conf")).unwrap();
        symlink("h.conf", tree.path("etc/h.conf")).unwrap();
        std::fs::create_dir(tree.path("etc/i.conf")).unwrap();
        let directories = ["etc", "run", "none", "lib"].map(|name| tree.bytes(name));
        let found = told(&tree, &files(&directories));
        let (loops, directory) = (40, 21);
        let expected = [
            "run/a.conf: 2".to_owned(),
            "etc/b.conf: 1".to_owned(),
            "etc/c.conf: ".to_owned(),
            "lib/g.conf: 3".to_owned(),
            format!("etc/h.conf: errno {loops}"),
            format!("etc/i.conf: errno {directory}"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn files_are_named_by_a_path_or_below_a_directory() {
        let tree = Tree::new();
        for (path, text) in [("etc/a", "1"), ("run/a", "2"), ("run/b", "3"), ("x", "4")] {
            tree.write(path, text);
        }
        let directories = ["etc", "run"].map(|name| tree.bytes(name));
        let names = [b"b".to_vec(), tree.bytes("x"), b"a".to_vec(), b"x".to_vec()];
        let found = told(&tree, &named(&names, &directories));
        assert_eq!(found, ["run/b: 3", "x: 4", "etc/a: 1", "x: errno 2"]);
    }

    #[test]
    fn the_command_line_is_read_where_there_is_one() {
        let tree = Tree::new();
        let proc = tree.bytes("proc");
        assert_eq!(command_line(&proc), CommandLine::default());
        tree.write("proc/cmdline", "quiet modules_load=a module_blacklist=b\n");
        let line = command_line(&proc);
        assert_eq!(line.requested[0].name, b"a");
        assert_eq!(line.refused_by_kernel, [b"b"]);
    }
}
