//! What `/sys/module` tells about one module, fresh at every call. Files that are not there are
//! answered with their errno; what that means is for the asker to know.

use kmodctl_decide::Errno;
use kmodctl_format::ModuleName;
use kmodctl_format::initstate::{self, InitState};
use rustix::fs::{Access, Dir};

use crate::file;

/// The `module` directory of one sysfs.
pub(crate) struct ModuleDirectory<'a> {
    pub(crate) sys: &'a [u8],
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
        let text = file::read_attribute(&path, &mut buffer)?;
        Ok(text.strip_suffix(b"\n").unwrap_or(text).to_vec())
    }

    /// Modules that use the module, in directory order.
    pub(crate) fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        let directory = file::open(&self.path(module, "holders"))?;
        let mut holders = Vec::new();
        for entry in Dir::new(directory).map_err(file::errno)? {
            let entry = entry.map_err(file::errno)?;
            let name = entry.file_name().to_bytes();
            if !name.starts_with(b".") {
                holders.push(ModuleName::new(name));
            }
        }
        Ok(holders)
    }

    fn attribute<'a>(
        &self,
        module: &ModuleName,
        attribute: &str,
        buffer: &'a mut [u8],
    ) -> Result<&'a [u8], Errno> {
        let text = file::read_attribute(&self.path(module, attribute), buffer)?;
        Ok(text.trim_ascii_end())
    }

    fn path(&self, module: &ModuleName, attribute: &str) -> Vec<u8> {
        [self.sys, b"/module/", module.as_bytes(), b"/", attribute.as_bytes()].concat()
    }
}
