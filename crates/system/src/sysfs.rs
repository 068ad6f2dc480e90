//! What `/sys/module` tells about one module, fresh at every call. Files that are not there are
//! answered with their errno; what that means is for the asker to know.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use kmodctl_decide::Errno;
use kmodctl_format::ModuleName;
use kmodctl_format::initstate::{self, InitState};
use rustix::fs::{Access, Dir, Mode, OFlags, RawDir};

use crate::file;
use crate::place::joined;

/// A section of a module in the kernel's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedSection {
    /// Its name, such as `.text`.
    pub name: Vec<u8>,
    /// Where it begins.
    pub address: u64,
}

/// The `module` directory of one sysfs.
pub(crate) struct ModuleDirectory<'a> {
    pub(crate) sys: &'a [u8],
    /// The directory where it is open, for those who ask about many modules: the way to it is then
    /// not searched for each file.
    pub(crate) opened: Option<&'a OwnedFd>,
}

/// Opens the `module` directory of a sysfs.
pub(crate) fn open(sys: &[u8]) -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(joined(sys, b"module"), flags, Mode::empty()).ok()
}

impl ModuleDirectory<'_> {
    /// The state of a module; a directory without a state is that of a module that is coming.
    ///
    /// Source: `kernel/module/main.c`, `show_initstate`.
    pub(crate) fn state(&self, module: &ModuleName) -> Option<InitState> {
        let mut buffer = [0; 32];
        match self.attribute(module, "initstate", &mut buffer) {
            Ok(text) => initstate::parse(text),
            Err(_) => self.is_there(module).then_some(InitState::Coming),
        }
    }

    /// Whether the module has a directory as those have that are part of the kernel image: modules
    /// that were loaded have a state.
    pub(crate) fn is_of_image(&self, module: &ModuleName) -> bool {
        let mut buffer = [0; 32];
        let state = self.attribute(module, "initstate", &mut buffer);
        state == Err(Errno::ENOENT) && self.is_there(module)
    }

    /// Whether the module has a directory.
    pub(crate) fn is_there(&self, module: &ModuleName) -> bool {
        rustix::fs::access(self.path(module, ""), Access::EXISTS).is_ok()
    }

    /// A number that one attribute holds.
    pub(crate) fn number(&self, module: &ModuleName, attribute: &str) -> Result<i64, Errno> {
        let mut buffer = [0; 32];
        let text = self.attribute(module, attribute, &mut buffer)?;
        std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Errno::EINVAL)
    }

    /// The value of a parameter, without its newline.
    pub(crate) fn parameter(&self, module: &ModuleName, name: &[u8]) -> Result<Vec<u8>, Errno> {
        // No attribute is longer than a page.
        let mut buffer = [0; 4096];
        let path = [&self.path(module, "parameters/")[..], name].concat();
        let text = file::read_attribute(&file::open(&path)?, &mut buffer)?;
        Ok(text.strip_suffix(b"\n").unwrap_or(text).to_vec())
    }

    /// Modules that use the module, in directory order.
    pub(crate) fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        let directory = self.open(module, "holders")?;
        let mut holders = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); ENTRIES];
        let mut entries = RawDir::new(directory, &mut buffer);
        let mut taken = 0;
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(file::errno)?;
            let name = entry.file_name().to_bytes();
            taken += most_taken(name);
            if !name.starts_with(b".") {
                holders.push(ModuleName::new(name));
            }
            // A directory of sysfs is told at one go as far as there is room (`fs/kernfs/dir.c`,
            // `kernfs_fop_readdir`): where there was room for one more name, that was all.
            if entries.is_buffer_empty() && taken + most_taken(&[0; LONGEST_NAME]) <= ENTRIES {
                break;
            }
        }
        Ok(holders)
    }

    /// Where the sections of the module are, in directory order. Source:
    /// `Documentation/ABI/testing/sysfs-module`; addresses are 0 to those who may not know them.
    pub(crate) fn sections(&self, module: &ModuleName) -> Result<Vec<LoadedSection>, Errno> {
        let path = self.path(module, "sections");
        let directory = file::open(&path)?;
        let mut sections = Vec::new();
        for entry in Dir::new(directory).map_err(file::errno)? {
            let entry = entry.map_err(file::errno)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let mut buffer = [0; 32];
            let text = file::read_attribute(&file::open(&joined(&path, name))?, &mut buffer)?;
            let address = hexadecimal(text.trim_ascii_end()).ok_or(Errno::EINVAL)?;
            sections.push(LoadedSection { name: name.into(), address });
        }
        Ok(sections)
    }

    fn attribute<'a>(
        &self,
        module: &ModuleName,
        attribute: &str,
        buffer: &'a mut [u8],
    ) -> Result<&'a [u8], Errno> {
        let text = file::read_attribute(&self.open(module, attribute)?, buffer)?;
        Ok(text.trim_ascii_end())
    }

    fn open(&self, module: &ModuleName, attribute: &str) -> Result<OwnedFd, Errno> {
        match self.opened {
            Some(directory) => {
                let path = [module.as_bytes(), b"/", attribute.as_bytes()].concat();
                let flags = OFlags::RDONLY | OFlags::CLOEXEC;
                rustix::fs::openat(directory, path, flags, Mode::empty()).map_err(file::errno)
            }
            None => file::open(&self.path(module, attribute)),
        }
    }

    fn path(&self, module: &ModuleName, attribute: &str) -> Vec<u8> {
        [self.sys, b"/module/", module.as_bytes(), b"/", attribute.as_bytes()].concat()
    }
}

/// Room for entries of a directory.
const ENTRIES: usize = 1024;
/// `NAME_MAX` of `include/uapi/linux/limits.h`.
const LONGEST_NAME: usize = 255;

/// How many bytes an entry takes at most: `struct linux_dirent64` of `include/linux/dirent.h`, its
/// name and a NUL, in steps of a word.
fn most_taken(name: &[u8]) -> usize {
    (19 + name.len() + 1).next_multiple_of(8)
}

fn hexadecimal(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
