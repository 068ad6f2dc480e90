//! The boot list: which modules are to be loaded at boot, in which order, and which failures count.
//! Files are found in `system`; how a module is loaded is planned as for any request.

pub mod check;
pub mod owned;

use alloc::rc::Rc;
use alloc::vec::Vec;

use kmodctl_format::modules_load::{self, Requested};

use crate::configuration::Origin;
use crate::errno::Errno;
use crate::problem::Problem;

/// A module or alias of the boot list, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The name, as it is written.
    pub name: Vec<u8>,
    /// Where it stands.
    pub origin: Origin,
}

/// A file of a boot list that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFile {
    /// Its path.
    pub path: Vec<u8>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Puts a boot list together: what the kernel command line asks for, then what the files ask for, in
/// their order.
///
/// A name that stands there twice is wanted twice; the second time it is there already, or is tried
/// again. Items of the initramfs count there alone.
pub fn boot_list(
    command_line: &[Requested],
    files: &[ListFile],
    in_initramfs: bool,
) -> Vec<Wanted> {
    let counts = |requested: &&Requested| in_initramfs || !requested.in_initramfs;
    let of_line = command_line.iter().filter(counts).map(|requested| Wanted {
        name: requested.name.clone(),
        origin: Origin::KernelCommandLine,
    });
    of_line.chain(files.iter().flat_map(wanted_by)).collect()
}

fn wanted_by(file: &ListFile) -> impl Iterator<Item = Wanted> {
    let path: Rc<[u8]> = file.path.as_slice().into();
    modules_load::parse(&file.bytes).map(move |line| Wanted {
        name: line.name.into(),
        origin: Origin::File { path: Rc::clone(&path), first: line.number, line: line.number },
    })
}

/// Whether a problem makes the boot list fail, as it does for systemd: the hardware may be absent, a
/// module unknown or refused by name (`module_blacklist=`), and nothing is wrong with the list.
pub fn fails(problem: &Problem, module: &[u8], refused_by_kernel: &[Vec<u8>]) -> bool {
    match problem.errno() {
        Errno::ENODEV | Errno::ENOENT => false,
        Errno::EPERM => !refused_by_kernel.iter().any(|refused| refused == module),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use kmodctl_format::ModuleName;

    fn shown(wanted: &Wanted) -> String {
        let name = wanted.name.escape_ascii();
        match &wanted.origin {
            Origin::File { path, line, .. } => format!("{name} {}:{line}", path.escape_ascii()),
            Origin::KernelCommandLine => format!("{name} cmdline"),
        }
    }

    #[test]
    fn the_command_line_comes_first_and_nothing_is_left_out() {
        let line = modules_load::on_command_line(b"modules_load=a,b rd.modules_load=c");
        let file = |path: &str, text: &str| ListFile { path: path.into(), bytes: text.into() };
        let files = [file("/e/1.conf", "#x\nb\nd"), file("/e/2.conf", ""), file("/r/3.conf", "b")];
        let list = |in_initramfs| -> Vec<String> {
            boot_list(&line, &files, in_initramfs).iter().map(shown).collect()
        };
        let files = ["b /e/1.conf:2", "d /e/1.conf:3", "b /r/3.conf:1"];
        assert_eq!(list(false), [&["a cmdline", "b cmdline"], &files[..]].concat());
        assert_eq!(list(true), [&["a cmdline", "b cmdline", "c cmdline"], &files[..]].concat());
    }

    #[test]
    fn a_list_fails_by_what_systemd_takes_for_a_failure() {
        let refused = |errno| Problem::InsertRefused {
            module: ModuleName::new("m"),
            file: b"m.ko".to_vec(),
            errno,
        };
        let table = [
            (Errno::ENODEV, false, false),
            (Errno::ENOENT, false, false),
            (Errno::EPERM, true, false),
            (Errno::EINVAL, true, true),
        ];
        for (errno, fails_without, fails_with) in table {
            let listed = [b"x".to_vec(), b"m".to_vec()];
            assert_eq!(fails(&refused(errno), b"m", &[]), fails_without, "{errno:?}");
            assert_eq!(fails(&refused(errno), b"m", &listed), fails_with, "{errno:?}");
        }
    }
}
