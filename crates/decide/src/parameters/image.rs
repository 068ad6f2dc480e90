//! What an image of the first root directory (initramfs) gives a parameter when it loads the module
//! early, by its own copy of the configuration.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::{kept, kept_of};
use crate::image::Contents;
use crate::world::World;

/// What an image makes of a parameter that ought to have another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Early {
    /// It gives the module no value.
    Nothing,
    /// It gives this value; a parameter without one is switched on.
    Value(Option<Vec<u8>>),
}

/// What an image that holds the module gives its parameter, where that is not what is wanted:
/// a value, or none at all.
pub fn differs(
    image: &Contents,
    module: &ModuleName,
    parameter: &[u8],
    wanted: Option<&Option<Vec<u8>>>,
) -> Option<Early> {
    if !image.modules.contains(module) {
        return None;
    }
    let kept = kept(image.configuration(), module);
    let given = kept_of(&kept, parameter).last().map(|kept| &kept.value);
    (given != wanted).then(|| match given {
        Some(value) => Early::Value(value.clone()),
        None => Early::Nothing,
    })
}
