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
    /// A file or a directory that is there and cannot be read; kmod says nothing of it.
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

/// No configuration file is larger; what claims to be is not read.
const FILE_LIMIT: usize = 64 << 20;

/// A file that is read before it is known whether it counts.
struct ReadFile {
    path: Vec<u8>,
    bytes: Vec<u8>,
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
                let (path, errno) = (path.into(), errno(refused));
                self.complaints.push(Complaint::Unreadable { path, errno });
                None
            }
        }
    }

    fn names(&mut self, path: &[u8], directory: Dir) -> rustix::io::Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        for entry in directory {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if is_configuration_name(name) && self.is_file(path, name, entry.file_type()) {
                names.push(name.into());
            }
        }
        Ok(names)
    }

    /// Whether an entry is something other than a directory. It is complained about even when an
    /// earlier directory hides it.
    fn is_file(&mut self, directory: &[u8], name: &[u8], of_entry: FileType) -> bool {
        let path = || joined(directory, name);
        let file_type = match of_entry {
            FileType::Symlink | FileType::Unknown => match rustix::fs::stat(path()) {
                Ok(status) => FileType::from_raw_mode(status.st_mode),
                Err(_) => {
                    self.complaints.push(Complaint::CannotStat { path: path() });
                    return false;
                }
            },
            known => known,
        };
        if file_type == FileType::Directory {
            self.complaints.push(Complaint::DirectoryInDirectory { path: path() });
            return false;
        }
        true
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
        self.configuration.entries.extend(read.lines.into_iter().map(|line| Entry {
            directive: line.directive,
            origin: Origin::File { path: Rc::clone(&shared), line: line.number },
        }));
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
