//! Giving a module file to the kernel: as it is when the kernel can unpack it, else unpacked here.
//! Which module, and with which options, is known in `decide`.

use std::ffi::CStr;
use std::os::fd::AsFd;

use kmodctl_decide::plan::{Force, Insertion};
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::elf::{Unstripped, strip_versions};
use kmodctl_format::suffix::Codec;
use kmodctl_format::{ModuleName, kernel_compression};

use crate::file::{self, RangedFile, read_attribute};
use crate::live_kernel::terminated;
use crate::module_file::{open_packed, read_whole, unpack};
use crate::place::joined;
use crate::system_calls::{Answer, SystemCalls};

/// Flags of finit_module(2), `include/uapi/linux/module.h`.
const IGNORE_MODVERSIONS: i32 = 1;
const IGNORE_VERMAGIC: i32 = 2;
const COMPRESSED_FILE: i32 = 4;

/// Inserts a module from its file.
pub(crate) fn insert(
    calls: &mut dyn SystemCalls,
    sys: &[u8],
    module: &ModuleName,
    insertion: &Insertion,
) -> Result<(), Problem> {
    let Some(path) = &insertion.path else {
        return Err(Problem::NoFile { module: module.clone() });
    };
    let (file, codec) = open_packed(path)?;
    let options = terminated(&insertion.options);
    let mut offer = Offer { calls, path, file, codec, options: &options, force: insertion.force };
    let answer = offer.make(sys)?;
    answer.map_err(|errno| Problem::InsertRefused {
        module: module.clone(),
        file: path.clone(),
        errno,
    })
}

/// A module file that is offered to the kernel.
struct Offer<'a> {
    calls: &'a mut dyn SystemCalls,
    path: &'a [u8],
    file: RangedFile,
    codec: Option<Codec>,
    options: &'a CStr,
    force: Force,
}

/// What the kernel said, or why it could not be asked.
type Answered = Result<Answer, Problem>;

impl Offer<'_> {
    fn make(&mut self, sys: &[u8]) -> Answered {
        if self.codec.is_some() && self.codec != kernel_codec(sys) {
            return self.offer_memory();
        }
        match self.offer_file() {
            Err(Errno::ENOSYS) => self.offer_memory(),
            Err(refused) if self.codec.is_some() && may_be_the_unpacking(refused) => {
                Ok(match self.offer_memory()? {
                    // These only say that a module may not come from memory here.
                    Err(Errno::ENOSYS | Errno::EPERM | EACCES) => Err(refused),
                    answer => answer,
                })
            }
            answer => Ok(answer),
        }
    }

    fn offer_file(&mut self) -> Answer {
        let modversions = if self.force.modversions { IGNORE_MODVERSIONS } else { 0 };
        let vermagic = if self.force.vermagic { IGNORE_VERMAGIC } else { 0 };
        let compressed = if self.codec.is_some() { COMPRESSED_FILE } else { 0 };
        let flags = modversions | vermagic | compressed;
        self.calls.finit_module(self.file.as_fd(), self.options, flags)
    }

    /// Offers a private copy, from which versions are taken out where their check is to be waived.
    fn offer_memory(&mut self) -> Answered {
        let mut image = match self.codec {
            None => read_whole(self.path, &self.file)?,
            Some(codec) => unpack(self.path, &self.file, codec)?,
        };
        if self.force != Force::default() {
            strip_versions(&mut image, self.force.modversions, self.force.vermagic)
                .map_err(|unstripped| not_stripped(self.path, unstripped))?;
        }
        Ok(self.calls.init_module(&image, self.options))
    }
}

const EACCES: Errno = Errno(rustix::io::Errno::ACCESS.raw_os_error());
const EOPNOTSUPP: Errno = Errno(rustix::io::Errno::OPNOTSUPP.raw_os_error());

/// Whether a refusal of a compressed file may be about its unpacking, so that the module itself
/// deserves another try: kmod gives up here.
///
/// `kernel/module/decompress.c` answers EINVAL to what it cannot decode (an xz file with CRC64, a
/// large window, optional gzip header fields) and ENOMEM when it finds no room to unpack to; a
/// kernel without CONFIG_MODULE_DECOMPRESS answers EOPNOTSUPP (`kernel/module/internal.h`). A module
/// whose own start answers EINVAL or ENOMEM is started twice: those cannot be told apart.
///
/// EIO is left out: it is the file that cannot be read, and it cannot be read here either. So is
/// ENOEXEC, which mostly means a module for another kernel, and only in files of several frames or
/// streams that the kernel unpacked no more than the first.
fn may_be_the_unpacking(refused: Errno) -> bool {
    [Errno::EINVAL, file::ENOMEM, EOPNOTSUPP].contains(&refused)
}

/// How the kernel's own modules are compressed, if it can unpack them.
///
/// Source: `Documentation/ABI/testing/sysfs-module`, `/sys/module/compression`.
fn kernel_codec(sys: &[u8]) -> Option<Codec> {
    let mut buffer = [0; 32];
    let file = file::open(&joined(sys, b"module/compression"))
        .and_then(|file| read_attribute(&file, &mut buffer));
    kernel_compression::parse(file.ok()?)
}

fn not_stripped(path: &[u8], unstripped: Unstripped) -> Problem {
    match unstripped {
        Unstripped::Damaged(damage) => Problem::ModuleDamaged { file: path.into(), damage },
        Unstripped::NoVermagic => Problem::VermagicMissing { file: path.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_calls::script::Script;
    use crate::tree::Tree;

    const EINVAL: Answer = Err(Errno::EINVAL);
    const ENOSYS: Answer = Err(Errno::ENOSYS);

    /// A tree with the same module plain and in every compression.
    fn tree(image: &[u8]) -> Tree {
        let tree = Tree::new();
        tree.write("m.ko", image);
        for pack in ["gzip -nk", "xz -k", "zstd -qk"] {
            let mut words = pack.split(' ');
            let mut command = std::process::Command::new(words.next().unwrap());
            assert!(command.args(words).arg(tree.path("m.ko")).status().unwrap().success());
        }
        tree
    }

    fn inserted(tree: &Tree, script: &mut Script, file: &str, force: Force) -> Result<(), Problem> {
        let insertion = Insertion {
            path: Some(tree.bytes(file)),
            options: b"a=1 ".to_vec(),
            force,
            fails_if_loaded: false,
        };
        insert(script, &tree.bytes("sys"), &ModuleName::new("m"), &insertion)
    }

    fn refused(tree: &Tree, file: &str, errno: Errno) -> Result<(), Problem> {
        let module = ModuleName::new("m");
        Err(Problem::InsertRefused { module, file: tree.bytes(file), errno })
    }

    const FILE: &str = r#"finit_module "a=1 " 0"#;
    const PACKED: &str = r#"finit_module "a=1 " 4"#;
    const MEMORY: &str = r#"init_module "a=1 ""#;

    #[test]
    fn files_are_given_as_they_are_where_the_kernel_can_unpack_them() {
        let tree = tree(b"not much of a module");
        type Case<'a> = (&'a str, Option<&'a str>, &'a [&'a str]);
        let table: &[Case<'_>] = &[
            ("m.ko", None, &[FILE]),
            ("m.ko", Some("xz"), &[FILE]),
            ("m.ko.gz", None, &[MEMORY]),
            ("m.ko.gz", Some("gzip"), &[PACKED]),
            ("m.ko.xz", Some("xz"), &[PACKED]),
            ("m.ko.xz", Some("zstd"), &[MEMORY]),
            ("m.ko.zst", Some("zstd"), &[PACKED]),
            ("m.ko.zst", Some("lz5"), &[MEMORY]),
        ];
        for (file, compression, calls) in table {
            if let Some(compression) = compression {
                tree.write("sys/module/compression", format!("{compression}\n"));
            }
            let mut script = Script::new([Ok(())]);
            assert_eq!(inserted(&tree, &mut script, file, Force::default()), Ok(()));
            assert_eq!(script.calls, *calls, "{file} {compression:?}");
            assert!(script.images.iter().all(|image| image == b"not much of a module"), "{file}");
        }
    }

    #[test]
    fn refusals_that_may_be_about_the_unpacking_have_a_second_try() {
        let tree = tree(b"not much of a module");
        tree.write("sys/module/compression", "xz\n");
        type Case<'a> = (&'a str, &'a [Answer], Answer, &'a [&'a str]);
        let table: &[Case<'_>] = &[
            ("m.ko", &[ENOSYS, Ok(())], Ok(()), &[FILE, MEMORY]),
            ("m.ko", &[ENOSYS, ENOSYS], ENOSYS, &[FILE, MEMORY]),
            ("m.ko", &[EINVAL], EINVAL, &[FILE]),
            ("m.ko.xz", &[ENOSYS, Ok(())], Ok(()), &[PACKED, MEMORY]),
            ("m.ko.xz", &[EINVAL, Ok(())], Ok(()), &[PACKED, MEMORY]),
            ("m.ko.xz", &[EINVAL, EINVAL], EINVAL, &[PACKED, MEMORY]),
            ("m.ko.xz", &[EINVAL, Err(Errno::ENOENT)], Err(Errno::ENOENT), &[PACKED, MEMORY]),
            ("m.ko.xz", &[EINVAL, Err(Errno::EPERM)], EINVAL, &[PACKED, MEMORY]),
            ("m.ko.xz", &[Err(EOPNOTSUPP), Ok(())], Ok(()), &[PACKED, MEMORY]),
            ("m.ko.xz", &[Err(file::ENOMEM), Ok(())], Ok(()), &[PACKED, MEMORY]),
            ("m.ko.xz", &[Err(Errno::EEXIST)], Err(Errno::EEXIST), &[PACKED]),
            ("m.ko.xz", &[Err(Errno::EPERM)], Err(Errno::EPERM), &[PACKED]),
            ("m.ko.xz", &[Err(Errno::ENOENT)], Err(Errno::ENOENT), &[PACKED]),
        ];
        for (file, answers, answer, calls) in table {
            let mut script = Script::new(answers.iter().copied());
            let expected = match answer {
                Ok(()) => Ok(()),
                Err(errno) => refused(&tree, file, *errno),
            };
            assert_eq!(inserted(&tree, &mut script, file, Force::default()), expected);
            assert_eq!(script.calls, *calls, "{file} {answers:?}");
        }
    }

    #[test]
    fn waived_checks_are_flags_for_a_file_and_holes_in_a_copy() {
        let tree = tree(b"not much of a module");
        tree.write("sys/module/compression", "xz\n");
        let (modversions, vermagic) = (true, true);
        let table = [
            ("m.ko", Force { modversions, vermagic: false }, 1),
            ("m.ko", Force { modversions: false, vermagic }, 2),
            ("m.ko.xz", Force { modversions, vermagic }, 7),
        ];
        for (file, force, flags) in table {
            let mut script = Script::new([Ok(())]);
            assert_eq!(inserted(&tree, &mut script, file, force), Ok(()));
            assert_eq!(script.calls, [format!(r#"finit_module "a=1 " {flags}"#)]);
        }
        let mut script = Script::new([]);
        let force = Force { modversions, vermagic };
        let problem = inserted(&tree, &mut script, "m.ko.gz", force).unwrap_err();
        assert!(matches!(problem, Problem::ModuleDamaged { .. }), "{problem:?}");
        assert_eq!(script.calls, [""; 0]);
    }

    #[test]
    fn files_that_cannot_be_read_are_not_offered() {
        let tree = tree(b"not much of a module");
        tree.write("short.ko", "short");
        tree.write("cut.ko.xz", &std::fs::read(tree.path("m.ko.xz")).unwrap()[..30]);
        let unreadable =
            |file: &str, errno| Problem::FileUnreadable { file: tree.bytes(file), errno };
        let is_directory = Errno(rustix::io::Errno::ISDIR.raw_os_error());
        let cut_off = Problem::ModulePacked {
            file: tree.bytes("cut.ko.xz"),
            codec: Codec::Xz,
            fault: kmodctl_decide::problem::UnpackFault::CutOff,
        };
        let table = [
            ("none.ko", unreadable("none.ko", Errno::ENOENT)),
            ("short.ko", unreadable("short.ko", Errno::EINVAL)),
            ("modules", unreadable("modules", is_directory)),
            ("cut.ko.xz", cut_off),
        ];
        for (file, problem) in table {
            let mut script = Script::new([]);
            assert_eq!(inserted(&tree, &mut script, file, Force::default()), Err(problem));
        }
        let module = ModuleName::new("m");
        let nothing = Insertion {
            path: None,
            options: Vec::new(),
            force: Force::default(),
            fails_if_loaded: false,
        };
        let answer = insert(&mut Script::new([]), b"/sys", &module, &nothing);
        assert_eq!(answer, Err(Problem::NoFile { module }));
    }
}
