//! Damaged files, made from whole ones by rule: the same files every time.

pub mod indexes;
pub mod modules;
pub mod packed;

/// A file with one thing wrong.
#[derive(Clone, Debug)]
pub struct Damaged {
    /// What is wrong with it.
    pub what: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Numbers that look random and are always the same (xorshift64).
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The numbers that follow a seed, which must not be 0.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one, below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// `count` of the items, in their order.
    pub fn choose<T>(&mut self, mut items: Vec<T>, count: usize) -> Vec<T> {
        while items.len() > count {
            let at = self.below(items.len());
            items.remove(at);
        }
        items
    }
}

/// The bytes with `value` at `at`, in `width` bytes of the given order; the value is cut.
pub fn with(bytes: &[u8], at: usize, width: usize, value: u64, big: bool) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let mut word = value.to_le_bytes()[..width].to_vec();
    if big {
        word.reverse();
    }
    if let Some(place) = changed.get_mut(at..at + width) {
        place.copy_from_slice(&word);
    }
    changed
}
