//! Finding and reading the configuration in force: which files count, what is odd about them. What
//! their lines mean is known in `format`, what follows from them in `decide`.

use std::rc::Rc;

use kmodctl_decide::configuration::Entry;
use kmodctl_decide::{Configuration, Errno, Origin};
use kmodctl_format::configuration::{
    Directive, Fault, Place as Listed, Selected, is_configuration_name, parse, select,
};
use kmodctl_format::kernel_command_line;
use rustix::fs::{Dir, FileType, Mode, OFlags};

use crate::file::{errno, read_start, read_to_end};
use crate::place::{Place, joined};
use crate::stamp::Stamp;

/// Something odd in the configuration, which is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// A line that is no directive.
    BadLine {
        /// The file.
        file: Vec<u8>,
        /// The line's number, from 1; of a continued line, the last.
        line: usize,
        /// The line's first word.
        first_word: Vec<u8>,
    },
    /// A directory that is there and cannot be listed.
    CannotList {
        /// Its path.
        path: Vec<u8>,
        /// Why.
        errno: Errno,
    },
    /// An entry of a directory that is a dangling link, or cannot be looked at.
    CannotStat {
        /// The entry's path.
        path: Vec<u8>,
    },
    /// A directive that was one once: `include` or `config`.
    Deprecated {
        /// The file.
        file: Vec<u8>,
        /// The directive.
        directive: Vec<u8>,
    },
    /// A directory in a directory of configuration files.
    DirectoryInDirectory {
        /// Its path.
        path: Vec<u8>,
    },
    /// A file that cannot be read, or a path that cannot be followed; kmod says nothing of it.
    Unreadable {
        /// Its path.
        path: Vec<u8>,
        /// Why.
        errno: Errno,
    },
    /// A module's name on the kernel command line with a bracket without its partner.
    UnmatchedBracket {
        /// The name, folded as far as its bracket.
        name: Vec<u8>,
    },
}

/// The configuration in force, and what is odd about it, in the order in which it was met.
#[derive(Default)]
pub(crate) struct InForce {
    pub(crate) configuration: Configuration,
    pub(crate) complaints: Vec<Complaint>,
    /// The directories and files of the list that were there.
    pub(crate) stamps: Vec<Stamp>,
}

/// Reads all configuration of a place.
///
/// Order (kmod's): by file name, whatever the directory; a name in an earlier directory hides it in
/// later ones. `modules.softdep` and `modules.weakdep` of the module directory take part; the kernel
/// command line comes last.
pub(crate) fn read(place: &Place) -> InForce {
    let mut in_force = InForce::default();
    let from_modules = in_force.files_of_module_directory(place);
    let mut paths: Vec<&[u8]> = from_modules.iter().map(|file| file.path.as_slice()).collect();
    let mut listed: Vec<Listed> =
        from_modules.iter().map(|file| Listed::File(file.path.clone())).collect();
    for path in &place.configuration {
        in_force.stamps.extend(Stamp::of(path));
        if let Some(found) = in_force.look(path) {
            paths.push(path);
            listed.push(found);
        }
    }
    for file in select(&listed) {
        match from_modules.get(file.place) {
            Some(read) => in_force.take(&read.path, &read.bytes),
            None => in_force.read_file(path_of(&file, &listed, &paths)),
        }
    }
    in_force.read_kernel_command_line(place);
    in_force
}

/// Reads the files of these places alone, in their order; and what is odd about them.
pub(crate) fn files(places: &[Vec<u8>]) -> (Vec<ReadFile>, Vec<Complaint>) {
    let mut in_force = InForce::default();
    let looked = places.iter().filter_map(|path| Some((&path[..], in_force.look(path)?)));
    let (paths, listed): (Vec<_>, Vec<_>) = looked.unzip();
    let mut files = Vec::new();
    for file in select(&listed) {
        let path = path_of(&file, &listed, &paths);
        files.extend(in_force.bytes(&path).map(|bytes| ReadFile { path, bytes }));
    }
    (files, in_force.complaints)
}

/// No configuration file is larger; what claims to be is not read.
const FILE_LIMIT: usize = 64 << 20;

/// A file that was read.
pub(crate) struct ReadFile {
    pub(crate) path: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

fn path_of(file: &Selected<'_>, listed: &[Listed], paths: &[&[u8]]) -> Vec<u8> {
    let path = paths[file.place];
    match listed[file.place] {
        Listed::Directory(_) => joined(path, file.name),
        Listed::File(_) => path.into(),
    }
}

impl InForce {
    fn files_of_module_directory(&mut self, place: &Place) -> Vec<ReadFile> {
        let names = ["modules.softdep", "modules.weakdep"];
        let paths = names.map(|name| place.module_directory_file(name));
        let read = paths.into_iter().filter_map(|path| {
            let bytes = self.bytes(&path)?;
            Some(ReadFile { path, bytes })
        });
        read.collect()
    }

    /// Looks what is at a path of the list; a path where nothing is is passed over.
    fn look(&mut self, path: &[u8]) -> Option<Listed> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let read = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(directory) => Dir::new(directory).and_then(|directory| self.names(path, directory)),
            Err(rustix::io::Errno::NOTDIR) if rustix::fs::stat(path).is_ok() => {
                return Some(Listed::File(path.into()));
            }
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => return None,
            Err(refused) => Err(refused),
        };
        match read {
            Ok(names) => Some(Listed::Directory(names)),
            Err(refused) => {
                let is_there = rustix::fs::stat(path).is_ok();
                let (path, errno) = (path.into(), errno(refused));
                self.complaints.push(match is_there {
                    true => Complaint::CannotList { path, errno },
                    false => Complaint::Unreadable { path, errno },
                });
                None
            }
        }
    }

    fn names(&mut self, path: &[u8], directory: Dir) -> rustix::io::Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        for entry in directory {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if is_configuration_name(name) && self.is_file(joined(path, name)) {
                names.push(name.into());
            }
        }
        Ok(names)
    }

    /// Whether an entry is something other than a directory. It is complained about even when an
    /// earlier directory hides it.
    fn is_file(&mut self, path: Vec<u8>) -> bool {
        let status = rustix::fs::stat(&path);
        let complaint = match status.map(|status| FileType::from_raw_mode(status.st_mode)) {
            Ok(FileType::Directory) => Complaint::DirectoryInDirectory { path },
            Ok(_) => return true,
            Err(_) => Complaint::CannotStat { path },
        };
        self.complaints.push(complaint);
        false
    }

    fn read_file(&mut self, path: Vec<u8>) {
        if let Some(bytes) = self.bytes(&path) {
            self.take(&path, &bytes);
        }
    }

    /// A file's bytes; one that went away is passed over.
    fn bytes(&mut self, path: &[u8]) -> Option<Vec<u8>> {
        match read_to_end(path, FILE_LIMIT) {
            Ok(bytes) => Some(bytes),
            Err(Errno::ENOENT) => None,
            Err(errno) => {
                self.complaints.push(Complaint::Unreadable { path: path.into(), errno });
                None
            }
        }
    }

    fn take(&mut self, path: &[u8], bytes: &[u8]) {
        let read = parse(bytes);
        let shared: Rc<[u8]> = path.into();
        let lines = read.lines.into_iter();
        self.configuration.entries.extend(lines.map(|line| Entry::of_file(&shared, line)));
        self.complaints.extend(read.complaints.into_iter().map(|complaint| {
            let (file, line) = (path.into(), complaint.number);
            match complaint.fault {
                Fault::Deprecated => {
                    Complaint::Deprecated { file, directive: complaint.first_word }
                }
                Fault::Unreadable => {
                    Complaint::BadLine { file, line, first_word: complaint.first_word }
                }
            }
        }));
    }

    fn read_kernel_command_line(&mut self, place: &Place) {
        let path = joined(&place.proc, b"cmdline");
        let Ok(line) = read_start(&path, kernel_command_line::LENGTH_LIMIT) else { return };
        let read = kernel_command_line::parse(&line);
        let blacklist = read.blacklist.into_iter().map(|module| Directive::Blacklist { module });
        let options = read
            .options
            .into_iter()
            .map(|options| Directive::Options { name: options.name, text: options.text });
        self.configuration.entries.extend(
            blacklist
                .chain(options)
                .map(|directive| Entry { directive, origin: Origin::KernelCommandLine }),
        );
        let unmatched = read.unmatched_brackets.into_iter();
        self.complaints.extend(unmatched.map(|name| Complaint::UnmatchedBracket { name }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use kmodctl_format::configuration::write_entry;

    /// Lines in force as `FILE:LINE TEXT`, with files as they stand below the tree.
    fn lines(tree: &Tree, in_force: &InForce) -> Vec<String> {
        let root = tree.bytes("");
        let entries = in_force.configuration.entries.iter();
        let shown = entries.map(|entry| {
            let mut text = Vec::new();
            write_entry(&entry.directive, &mut text);
            let text = String::from_utf8(text).unwrap();
            match &entry.origin {
                Origin::File { path, line, .. } => {
                    let path = path.strip_prefix(&root[..]).unwrap_or(path);
                    format!("{}:{line} {}", path.escape_ascii(), text.trim_end())
                }
                Origin::KernelCommandLine => format!("cmdline {}", text.trim_end()),
            }
        });
        shown.collect()
    }

    #[test]
    fn files_count_by_their_name_and_hide_each_other() {
        let tree = Tree::new();
        tree.write("etc/b.conf", "blacklist etc_b\n");
        tree.write("etc/masked.conf", "");
        tree.write("etc/.hidden.conf", "blacklist hidden\n");
        tree.write("etc/a.conf.off", "blacklist off\n");
        tree.write("lib/a.conf", "# first\nblacklist lib_a\n");
        tree.write("lib/b.conf", "blacklist lib_b\n");
        tree.write("lib/masked.conf", "blacklist lib_masked\n");
        tree.write("lib/null.conf", "blacklist lib_null\n");
        tree.write("lib/z.conf", "softdep z pre: last\n");
        tree.write("single/odd", "blacklist single\n");
        tree.write("modules/modules.softdep", "softdep z pre: first\n");
        tree.write("modules/modules.weakdep", "weakdep z w\n");
        tree.write("proc/cmdline", "ro z.x=1 modprobe.blacklist=a-b\n");
        std::os::unix::fs::symlink("/dev/null", tree.path("etc/null.conf")).unwrap();
        std::os::unix::fs::symlink(tree.path("single/odd"), tree.path("lib/link.conf")).unwrap();
        let in_force = read(&tree.place(&["etc", "nowhere", "lib", "single/odd"]));
        let expected = [
            "lib/a.conf:2 blacklist lib_a",
            "etc/b.conf:1 blacklist etc_b",
            "lib/link.conf:1 blacklist single",
            "modules/modules.softdep:1 softdep z pre: first",
            "modules/modules.weakdep:1 weakdep z w",
            "single/odd:1 blacklist single",
            "lib/z.conf:1 softdep z pre: last",
            "cmdline blacklist a-b",
            "cmdline options z x=1",
        ];
        assert_eq!(lines(&tree, &in_force), expected);
        assert_eq!(in_force.complaints, []);
    }

    #[test]
    fn files_of_the_module_directory_hide_others_only_where_they_are() {
        let tree = Tree::new();
        tree.write("x/modules.softdep", "softdep a pre: b\n");
        let place = tree.place(&["x/modules.softdep"]);
        let given = ["x/modules.softdep:1 softdep a pre: b"];
        assert_eq!(lines(&tree, &read(&place)), given);
        tree.write("modules/modules.softdep", "");
        assert_eq!(lines(&tree, &read(&place)), [""; 0]);
    }

    #[test]
    fn what_is_odd_is_complained_about_in_the_order_it_is_met() {
        let tree = Tree::new();
        tree.write("etc/b.conf", "bogus line\ninclude x\n\\\nalias one\n");
        tree.write("lib/sub.conf/x.conf", "blacklist deep\n");
        tree.write("lib/sub/x.conf", "blacklist deeper\n");
        tree.write("lib2/a.conf", "odd\n");
        tree.write("proc/cmdline", "x[1.a=1\n");
        std::os::unix::fs::symlink("nowhere", tree.path("etc/gone.conf")).unwrap();
        std::os::unix::fs::symlink("loop", tree.path("loop")).unwrap();
        let in_force = read(&tree.place(&["etc", "loop", "lib", "lib2"]));
        assert_eq!(lines(&tree, &in_force), [""; 0]);
        let bad_line = |file: &str, line, word: &str| Complaint::BadLine {
            file: tree.bytes(file),
            line,
            first_word: word.into(),
        };
        let expected = [
            Complaint::CannotStat { path: tree.bytes("etc/gone.conf") },
            Complaint::Unreadable {
                path: tree.bytes("loop"),
                errno: errno(rustix::io::Errno::LOOP),
            },
            Complaint::DirectoryInDirectory { path: tree.bytes("lib/sub.conf") },
            bad_line("lib2/a.conf", 1, "odd"),
            bad_line("etc/b.conf", 1, "bogus"),
            Complaint::Deprecated { file: tree.bytes("etc/b.conf"), directive: b"include".into() },
            bad_line("etc/b.conf", 4, "alias"),
            Complaint::UnmatchedBracket { name: b"x[1".into() },
        ];
        assert_eq!(in_force.complaints, expected);
    }
}
