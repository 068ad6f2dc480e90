//! Chooses from a kernel's module tree: the files of named modules with everything that they
//! need, as `modules.dep` has it. Knows nothing of aliases or soft dependencies.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The files of `names` and of all modules that these need, as paths in the tree, in order.
///
/// `modules` is the directory that holds `modules.dep`. A name is spelled as in the file's
/// name, without `.ko` and what follows it; `-` and `_` are the same.
pub fn closure(modules: &Path, names: &[&str]) -> Result<Vec<String>> {
    let file = modules.join("modules.dep");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let mut paths = BTreeSet::new();
    for name in names {
        let line = text.lines().find(|line| module_name(line) == name.replace('-', "_"));
        let line = line.with_context(|| format!("no module {name} in {}", file.display()))?;
        paths.extend(line.split([':', ' ']).filter(|path| !path.is_empty()).map(str::to_owned));
    }
    Ok(paths.into_iter().collect())
}

/// The name of the module whose line of `modules.dep` this is.
fn module_name(line: &str) -> String {
    let path = line.split(':').next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    file.split('.').next().unwrap_or_default().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_module() {
        assert_eq!(module_name("kernel/a/snd-pcm.ko.xz: kernel/b/snd.ko.xz"), "snd_pcm");
        assert_eq!(module_name("kernel/lib/crc16.ko:"), "crc16");
    }
}
