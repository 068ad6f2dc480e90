//! The symbols a module gives, needs, and was built against. It reads tables; which module gives
//! what another needs is decided elsewhere.

mod exported;
mod linkage;
mod needed;
mod table;
mod versions;

pub use exported::exported;
pub use linkage::{Linkage, linkage};
pub use needed::needed;
pub use versions::versions;

use alloc::vec::Vec;
use core::ops::Range;

/// A symbol of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Its name, without NUL.
    pub name: &'a [u8],
    /// The checksum of its type, 0 when none is known.
    pub crc: u64,
    /// How it is bound.
    pub bind: Bind,
}

/// How a symbol is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Given to other modules.
    Global,
    /// Given to none.
    Local,
    /// Bound in a way that modules do not use.
    Other,
    /// Needed from elsewhere.
    Undefined,
    /// Needed from elsewhere, or given, but not insisted upon.
    Weak,
}

impl Bind {
    /// The letter kmod has for it (`enum kmod_symbol_bind` of libkmod.h); none is 0.
    pub fn letter(self) -> u8 {
        match self {
            Self::Global => b'G',
            Self::Local => b'L',
            Self::Other => 0,
            Self::Undefined => b'U',
            Self::Weak => b'W',
        }
    }

    pub(crate) fn of_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'G' => Self::Global,
            b'L' => Self::Local,
            0 => Self::Other,
            b'U' => Self::Undefined,
            b'W' => Self::Weak,
            _ => return None,
        })
    }

    /// The binding in the upper half of `st_info`.
    fn of_info(info: u8) -> Self {
        match info >> 4 {
            0 => Self::Local,
            1 => Self::Global,
            2 => Self::Weak,
            _ => Self::Other,
        }
    }
}

/// A list of symbols. Their names stand in a text that all share, as they do in the file: names
/// that overlap there take no more room here.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    text: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    name: Range<usize>,
    crc: u64,
    bind: Bind,
}

impl<'a> FromIterator<Symbol<'a>> for Symbols {
    fn from_iter<I: IntoIterator<Item = Symbol<'a>>>(symbols: I) -> Self {
        let mut list = Self::default();
        symbols.into_iter().for_each(|symbol| list.push(symbol));
        list
    }
}

impl Symbols {
    /// The symbols in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Symbol<'_>> + Clone {
        self.places.iter().map(|place| {
            let name = self.text.get(place.name.clone()).unwrap_or_default();
            Symbol { name, crc: place.crc, bind: place.bind }
        })
    }

    fn push(&mut self, symbol: Symbol<'_>) {
        let start = self.text.len();
        self.text.extend_from_slice(symbol.name);
        let name = start..self.text.len();
        self.places.push(Place { name, crc: symbol.crc, bind: symbol.bind });
    }

    /// Copies names out of a text that holds many others; where they overlap, the whole text.
    fn copied(text: &[u8], mut places: Vec<Place>) -> Self {
        let length: usize = places.iter().map(|place| place.name.len()).sum();
        if length > text.len() {
            return Self { text: text.into(), places };
        }
        let mut names = Vec::with_capacity(length);
        for place in &mut places {
            let start = names.len();
            names.extend_from_slice(text.get(place.name.clone()).unwrap_or_default());
            place.name = start..names.len();
        }
        Self { text: names, places }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
