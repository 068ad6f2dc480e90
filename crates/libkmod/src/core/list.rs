//! Lists as C knows them: each entry leads to the next, and any entry stands for the whole list.

use std::ffi::CString;
use std::rc::{Rc, Weak};

use crate::core::module::Module;

/// A list, never empty. It lives as long as one [`Rc`] of it.
pub struct List {
    entries: Box<[Entry]>,
}

/// An entry of a list.
pub struct Entry {
    list: Weak<List>,
    place: usize,
    item: Item,
}

/// What an entry holds.
pub enum Item {
    /// A module, of which the list keeps a reference.
    Module(Rc<Module>),
    /// What a module says of itself.
    Info {
        /// The key.
        key: CString,
        /// What stands behind it.
        value: CString,
    },
    /// A symbol: given, needed, or built against.
    Symbol {
        /// Its name.
        name: CString,
        /// The checksum of its type.
        crc: u64,
        /// How it is bound, `enum kmod_symbol_bind`.
        bind: u8,
    },
    /// A section in the kernel's memory.
    Section {
        /// Its name.
        name: CString,
        /// Where it begins.
        address: u64,
    },
}

impl List {
    /// Makes a list of items; of none there is no list.
    pub fn of(items: Vec<Item>) -> Option<Rc<Self>> {
        if items.is_empty() {
            return None;
        }
        Some(Rc::new_cyclic(|list| {
            let entry = |(place, item)| Entry { list: list.clone(), place, item };
            Self { entries: items.into_iter().enumerate().map(entry).collect() }
        }))
    }

    /// The first entry.
    pub fn first(&self) -> &Entry {
        &self.entries[0]
    }
}

impl Entry {
    /// What the entry holds.
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// The list that the entry is in.
    pub fn list(&self) -> Option<Rc<List>> {
        self.list.upgrade()
    }

    /// The items of the whole list, from this entry round to the one before it.
    pub fn round<T>(&self, mut each: impl FnMut(&Item) -> T) -> Vec<T> {
        let Some(list) = self.list() else { return Vec::new() };
        let (before, after) = list.entries.split_at(self.place);
        after.iter().chain(before).map(|entry| each(&entry.item)).collect()
    }
}

/// Goes from an entry to its neighbour; both ends of the list are neighbours.
pub fn neighbour<T>(entry: &Entry, step: Step, found: impl FnOnce(&Entry) -> T) -> Option<T> {
    let list = entry.list()?;
    let count = list.entries.len();
    let place = match step {
        Step::Back => (entry.place + count - 1) % count,
        Step::On => (entry.place + 1) % count,
    };
    Some(found(&list.entries[place]))
}

/// Which neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The one before.
    Back,
    /// The one behind.
    On,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(names: &[&str]) -> Option<Rc<List>> {
        let item =
            |name: &&str| Item::Symbol { name: CString::new(*name).unwrap(), crc: 0, bind: b'G' };
        List::of(names.iter().map(item).collect())
    }

    fn name(entry: &Entry) -> String {
        match entry.item() {
            Item::Symbol { name, .. } => name.to_string_lossy().into_owned(),
            _ => panic!("no symbol"),
        }
    }

    #[test]
    fn a_list_is_a_ring() {
        assert!(symbols(&[]).is_none());
        let list = symbols(&["a", "b", "c"]).unwrap();
        let first = list.first();
        assert_eq!(neighbour(first, Step::Back, name).as_deref(), Some("c"));
        assert_eq!(neighbour(first, Step::On, name).as_deref(), Some("b"));
        let round = neighbour(first, Step::On, |second| {
            second.round(|item| match item {
                Item::Symbol { name, .. } => name.to_string_lossy().into_owned(),
                _ => String::new(),
            })
        });
        assert_eq!(round.unwrap(), ["b", "c", "a"]);
    }

    #[test]
    fn a_list_lives_as_long_as_one_reference() {
        let list = symbols(&["a"]).unwrap();
        let again = list.first().list().unwrap();
        drop(list);
        assert_eq!(name(again.first()), "a");
        let weak = Rc::downgrade(&again);
        drop(again);
        assert!(weak.upgrade().is_none());
    }
}
