//! Who needs whom: read for one module alone, it is as in the whole.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::{Inventory, Kinship};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

const WORLD: &str = "
module base
module middle base
module high_up middle base
module side base
module top high_up middle base side
module higher top high_up middle base side
module alone
";

/// What is known of a module's kin, as text.
fn kin(kinship: &Kinship, module: &ModuleName) -> String {
    format!(
        "{:?} {:?} {:?} {:?}",
        kinship.needs(module),
        kinship.needed_by(module).collect::<Vec<_>>(),
        kinship.needs_directly(module),
        kinship.needed_directly_by(module)
    )
}

#[test]
fn the_kin_of_one_module_is_that_of_the_whole() {
    let world = TextInventory::new(WORLD);
    let whole = Kinship::of(&world).unwrap();
    let modules = world.module_files().unwrap();
    assert_eq!(modules.len(), 7);
    for (module, _) in modules {
        let around = Kinship::around(&world, &module).unwrap();
        assert_eq!(kin(&around, &module), kin(&whole, &module), "{module}");
    }
    let named = |names: Vec<&ModuleName>| format!("{names:?}");
    let middle = ModuleName::new("middle");
    assert_eq!(named(whole.needed_directly_by(&middle)), named(vec![&ModuleName::new("high_up")]));
    assert!(!whole.has(&ModuleName::new("elsewhere")));
}
