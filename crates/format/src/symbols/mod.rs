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

    fn of_letter(letter: u8) -> Option<Self> {
        const ALL: [Bind; 5] =
            [Bind::Global, Bind::Local, Bind::Other, Bind::Undefined, Bind::Weak];
        ALL.into_iter().find(|bind| bind.letter() == letter)
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
pub(crate) struct Place {
    name: Range<usize>,
    crc: u64,
    bind: Bind,
}

impl Place {
    /// Start and end of the name, checksum, and binding; the text has less than 4 GiB.
    pub(crate) fn to_bytes(&self) -> [u8; Symbols::PLACE] {
        let mut bytes = [0; Symbols::PLACE];
        bytes[..4].copy_from_slice(&(self.name.start as u32).to_le_bytes());
        bytes[4..8].copy_from_slice(&(self.name.end as u32).to_le_bytes());
        bytes[8..16].copy_from_slice(&self.crc.to_le_bytes());
        bytes[16] = self.bind.letter();
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        let (start, end) = (number(0)? as usize, number(4)? as usize);
        let crc = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
        let bind = Bind::of_letter(*bytes.get(16)?)?;
        (start <= end).then_some(Self { name: start..end, crc, bind })
    }
}

impl<'a> FromIterator<Symbol<'a>> for Symbols {
    fn from_iter<I: IntoIterator<Item = Symbol<'a>>>(symbols: I) -> Self {
        let mut list = Self::default();
        for symbol in symbols {
            let start = list.text.len();
            list.text.extend_from_slice(symbol.name);
            let name = start..list.text.len();
            list.places.push(Place { name, crc: symbol.crc, bind: symbol.bind });
        }
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

    /// The text, and the places of the names in it.
    pub(crate) fn parts(&self) -> (&[u8], &[Place]) {
        (&self.text, &self.places)
    }

    /// How many bytes [`Place::to_bytes`] has.
    pub(crate) const PLACE: usize = 17;

    /// Puts a list together again; a name is within the text.
    pub(crate) fn of_parts(text: &[u8], places: &[u8]) -> Option<Self> {
        let place = |bytes| Place::of_bytes(bytes).filter(|place| place.name.end <= text.len());
        let places = places.chunks_exact(Self::PLACE).map(place).collect::<Option<_>>()?;
        Some(Self { text: text.into(), places })
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
