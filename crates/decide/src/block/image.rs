//! What an image of the first root directory (initramfs) makes of a module: whether it holds the
//! module, and whether what loads modules in it is kept from this one by the image's own lines.

use kmodctl_format::ModuleName;

use super::simulate::{Hold, Leak, Outcome};
use super::ways::{Way, ways};
use crate::image::{Image, ImageFault};
use crate::inventory::Engine;
use crate::problem::Problem;

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
    /// It holds the module, and what loads modules in it passes over the lines that keep it out.
    Passes(Engine),
    /// It holds the module, and what loads modules in it is not known.
    Unknown(Option<Engine>),
}

impl ImageState {
    /// Whether the image would load the module.
    pub fn leaks(&self) -> bool {
        matches!(self, Self::Leaks(_) | Self::Passes(_))
    }
}

/// What an image makes of a module.
pub fn image_state(image: &Image, module: &ModuleName) -> Result<ImageState, Problem> {
    let contents = match &image.contents {
        Ok(contents) => contents,
        Err(fault) => return Ok(ImageState::CannotTell(*fault)),
    };
    if !contents.modules.contains(module) {
        return Ok(ImageState::Absent);
    }
    match &contents.engine {
        Some(Engine::Kmod(_)) => Ok(state_of(&ways(contents, module)?, None)),
        Some(engine @ (Engine::Booster(_) | Engine::Busybox(_) | Engine::Toybox(_))) => {
            let ways = ways(&contents.obeying(engine), module)?;
            Ok(state_of(&ways, Some(engine)))
        }
        // If not even the lines that kmod obeys keep it out, nothing does.
        None | Some(Engine::Nobody | Engine::Other(_)) => {
            Ok(match state_of(&ways(contents, module)?, None) {
                ImageState::Held(_) => ImageState::Unknown(contents.engine.clone()),
                state => state,
            })
        }
    }
}

/// A module that the image holds gets in by its name unless something stops that.
fn state_of(ways: &[Way], engine: Option<&Engine>) -> ImageState {
    let leak = ways.iter().find_map(|way| match &way.outcome {
        Outcome::Leaks(leak) => Some(leak.clone()),
        Outcome::Elsewhere | Outcome::Held(_) => None,
    });
    let hold = ways.iter().find_map(|way| match &way.outcome {
        Outcome::Held(hold) => Some(hold.clone()),
        Outcome::Elsewhere | Outcome::Leaks(_) => None,
    });
    match (leak, hold, engine) {
        (Some(_), _, Some(engine)) => ImageState::Passes(engine.clone()),
        (Some(leak), _, None) => ImageState::Leaks(leak),
        (None, Some(hold), _) => ImageState::Held(hold),
        (None, None, _) => ImageState::Leaks(Leak::Open(None)),
    }
}
