//! Giving a module file to the kernel: as it is when the kernel can unpack it, else unpacked here.
//! Which module, and with which options, is known in `decide`.

use std::ffi::CStr;
use std::os::fd::AsFd;

use kmodctl_decide::plan::{Force, Insertion};
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::ModuleName;
use kmodctl_format::elf::{Unstripped, strip_versions};
use kmodctl_format::suffix::Codec;

use crate::file::{RangedFile, read_attribute};
use crate::live_kernel::terminated;
use crate::module_file::{open_packed, read_whole, unpack};
use crate::place::joined;
use crate::system_calls::SystemCalls;

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
type Answered = Result<Result<(), Errno>, Problem>;

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

    fn offer_file(&mut self) -> Result<(), Errno> {
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
/// large window) and ENOMEM when it finds no room to unpack to; a kernel without
/// CONFIG_MODULE_DECOMPRESS answers EOPNOTSUPP. EIO is left out: it is the file that cannot be
/// read, and it cannot be read here either. A module whose own start answers EINVAL or ENOMEM is
/// started twice: those cannot be told apart.
fn may_be_the_unpacking(refused: Errno) -> bool {
    [Errno::EINVAL, crate::file::ENOMEM, EOPNOTSUPP].contains(&refused)
}

/// How the kernel's own modules are compressed, if it can unpack them.
///
/// Source: `Documentation/ABI/testing/sysfs-module`, `/sys/module/compression`.
fn kernel_codec(sys: &[u8]) -> Option<Codec> {
    let mut buffer = [0; 32];
    match read_attribute(&joined(sys, b"module/compression"), &mut buffer) {
        Ok(b"gzip\n") => Some(Codec::Gzip),
        Ok(b"xz\n") => Some(Codec::Xz),
        Ok(b"zstd\n") => Some(Codec::Zstd),
        _ => None,
    }
}

fn not_stripped(path: &[u8], unstripped: Unstripped) -> Problem {
    match unstripped {
        Unstripped::Damaged(damage) => Problem::ModuleDamaged { file: path.into(), damage },
        Unstripped::NoVermagic => Problem::VermagicMissing { file: path.into() },
    }
}
