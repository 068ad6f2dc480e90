//! What an image of the first root directory (initramfs) makes of a module: whether it holds the
//! module, and whether its own configuration keeps it out. Images are read in `system`.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::simulate::{Hold, Leak, Outcome, Rules, simulate};
use crate::configuration::Configuration;
use crate::errno::Errno;
use crate::inventory::Engine;
use crate::problem::{Problem, UnpackFault};
use crate::world::{InitState, ModuleFile, World};

/// An image and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The image's file.
    pub path: Vec<u8>,
    /// What is in it, or why that cannot be told.
    pub contents: Result<Contents, ImageFault>,
}

/// What matters of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The kernel whose modules it holds, if it holds any.
    pub release: Option<Vec<u8>>,
    /// The modules that it holds.
    pub modules: BTreeSet<ModuleName>,
    /// The configuration in it.
    pub configuration: Configuration,
    /// What loads modules in it.
    pub engine: Option<Engine>,
}

/// Why an image cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFault {
    /// Its archive is damaged, at this byte of the part that it stands in.
    Archive(kmodctl_format::cpio::Damage),
    /// It is packed in a way that is not read here: the name of that way.
    Codec(&'static str),
    /// It cannot be opened or read.
    Errno(Errno),
    /// It is no image.
    NoImage,
    /// It cannot be unpacked.
    Unpack(UnpackFault),
}

/// What an image makes of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageState {
    /// It does not hold the module.
    Absent,
    /// It cannot be told.
    CannotTell(ImageFault),
    /// It holds the module, and its configuration keeps it out.
    Held(Hold),
    /// It holds the module and would load it.
    Leaks(Leak),
    /// It holds the module, and what loads modules in it passes over install lines.
    Passes(Engine),
}

/// What an image makes of a module; `world` knows the modules of the image's kernel.
pub fn image_state(
    world: &dyn World,
    image: &Image,
    module: &ModuleName,
) -> Result<ImageState, Problem> {
    let contents = match &image.contents {
        Ok(contents) => contents,
        Err(fault) => return Ok(ImageState::CannotTell(*fault)),
    };
    if !contents.modules.contains(module) {
        return Ok(ImageState::Absent);
    }
    if let Some(engine @ (Engine::Busybox(_) | Engine::Toybox(_))) = &contents.engine {
        return Ok(ImageState::Passes(engine.clone()));
    }
    let inside = Inside { world, contents };
    let outcome = simulate(&inside, module.as_bytes(), module, Rules::default())?;
    Ok(match outcome {
        Outcome::Held(hold) => ImageState::Held(hold),
        Outcome::Leaks(leak) => ImageState::Leaks(leak),
        Outcome::Elsewhere => ImageState::Leaks(Leak::Open(None)),
    })
}

/// The kernel's modules as far as the image holds them, under the image's configuration.
struct Inside<'a> {
    world: &'a dyn World,
    contents: &'a Contents,
}

impl World for Inside<'_> {
    fn configuration(&self) -> &Configuration {
        &self.contents.configuration
    }
    fn module_directory(&self) -> &[u8] {
        self.world.module_directory()
    }
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        let known = self.contents.modules.contains(&ModuleName::verbatim(key));
        if known { self.world.module_file(key) } else { Ok(None) }
    }
    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        let mut owners = self.world.alias_owners(query)?;
        owners.retain(|owner| self.contents.modules.contains(owner));
        Ok(owners)
    }
    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.symbol_owners(query)
    }
    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        self.world.is_builtin(key)
    }
    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.builtin_alias_owners(query)
    }
    fn state(&self, _: &ModuleName) -> Option<InitState> {
        None
    }
    fn references(&self, _: &ModuleName) -> Result<i32, Errno> {
        Err(Errno::ENOENT)
    }
    fn holders(&self, _: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        Err(Errno::ENOENT)
    }
}
