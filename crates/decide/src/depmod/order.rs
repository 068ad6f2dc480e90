//! The order of modules: that of modules.order, then that of kmod's hash table.

use alloc::vec::Vec;

use kmodctl_format::{ModuleName, module_lists, suffix};

use super::below;
use super::buckets::{Buckets, bucket};

/// The number of buckets of kmod's table of modules.
const BUCKETS: u32 = 512;

/// Puts modules (their names and paths) into depmod's order: a module's place is its priority in
/// the indexes.
///
/// A line of `modules_order` means the module of that path below `directory`, compressed or not; the first
/// of equal lines counts. What is not listed follows.
pub fn order(modules: &mut [(ModuleName, Vec<u8>)], directory: &[u8], modules_order: &[u8]) {
    let lines: Vec<_> = module_lists::ordered(modules_order).zip(0u32..).collect();
    let lines = Buckets::new(4096, lines.into_iter().rev());
    modules.sort_by_cached_key(|(name, path)| {
        let listed = below(directory, path).and_then(|path| {
            let (stem, _) = suffix::split(path)?;
            lines.find(path.get(..stem.len() + b".ko".len())?).copied()
        });
        // Each line is that of one module, so that only others need more to be told apart.
        let unlisted = || (bucket(name.as_bytes(), BUCKETS), name.clone());
        (listed.unwrap_or(u32::MAX), listed.is_none().then(unlisted))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn listed_modules_come_first_and_the_rest_in_hash_order() {
        let paths = ["a.ko", "b.ko.xz", "c.ko", "d-e.ko", "zz.ko", "/ext/x.ko"];
        let mut modules: Vec<_> = paths
            .map(|path| if path.starts_with('/') { path.into() } else { ["/m/k/", path].concat() })
            .map(|path| (ModuleName::of_path(&path), path.into_bytes()))
            .into();
        let ordered = |modules: &mut Vec<(ModuleName, Vec<u8>)>, list: &[u8]| -> Vec<_> {
            order(modules, b"/m", list);
            modules.iter().map(|(name, _)| alloc::format!("{name}")).collect()
        };
        let list = b"k/c.ko\n\nk/b.ko.xz\nk/b.ko\nk/nope.ko\nk/c.ko\nk/d_e.ko\nk/a.ko";
        let found = ordered(&mut modules, list);
        assert_eq!(found[..3], ["c", "b", "a"]);
        let unlisted = ordered(&mut modules, b"");
        let place = |name| unlisted.iter().position(|other| other == name);
        // kmod 34.2 orders these five so.
        let known = ["d_e", "c", "b", "zz", "a"].map(place);
        assert!(known.is_sorted(), "{unlisted:?}");
        assert_eq!(
            found[3..],
            unlisted
                .iter()
                .filter(|name| !["a", "b", "c"].contains(&&name[..]))
                .cloned()
                .collect::<Vec<_>>()
        );
    }
}
