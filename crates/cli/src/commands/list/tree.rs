//! Who needs whom among the modules in the kernel, as a tree: users above what they use.

use std::collections::{BTreeMap, BTreeSet};

use kmodctl::format::ModuleName;
use kmodctl::format::proc_modules::LoadedModule;
use serde_json::json;

use crate::answer::Answer;
use crate::show::{names, text};

/// The tree; what a module uses is drawn the first time it is met, and named after that.
pub(super) fn answer(loaded: &[LoadedModule]) -> Answer {
    let mut tree = Tree { uses: BTreeMap::new(), drawn: BTreeSet::new(), text: String::new() };
    for module in loaded {
        for user in &module.users {
            tree.uses.entry(user).or_default().push(&module.name);
        }
    }
    for module in loaded.iter().filter(|module| module.users.is_empty()) {
        tree.draw(&module.name, "", "");
    }
    let values: Vec<_> = loaded
        .iter()
        .map(|module| {
            let uses = tree.uses.get(&module.name).into_iter().flatten().copied();
            json!({
                "name": text(module.name.as_bytes()),
                "uses_modules": names(uses),
                "holders": names(&module.users),
            })
        })
        .collect();
    Answer::new(tree.text, "modules", values)
}

struct Tree<'a> {
    uses: BTreeMap<&'a ModuleName, Vec<&'a ModuleName>>,
    drawn: BTreeSet<&'a ModuleName>,
    text: String,
}

impl<'a> Tree<'a> {
    fn draw(&mut self, module: &'a ModuleName, first: &str, rest: &str) {
        let uses = self.uses.get(module).cloned().unwrap_or_default();
        let is_new = self.drawn.insert(module);
        let more = if is_new || uses.is_empty() { "" } else { " (see above)" };
        self.text += &format!("{first}{}{more}\n", text(module.as_bytes()));
        if !is_new {
            return;
        }
        for (number, used) in uses.iter().enumerate() {
            let is_last = number + 1 == uses.len();
            let (branch, trunk) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.draw(used, &format!("{rest}{branch}"), &format!("{rest}{trunk}"));
        }
    }
}
