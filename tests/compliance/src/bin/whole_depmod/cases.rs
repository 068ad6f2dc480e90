//! What is compared: which tree, changed in which way, with which options and configuration.

use std::fs;
use std::io;
use std::path::Path;

use kmodctl_compliance::implementation::cache;

use crate::tree::Change;

/// The trees, in the report's order: Debian's kernels by series and architecture.
pub(crate) const TREES: [&str; 6] =
    ["6.1", "6.12", "6.1-armhf", "6.1-ppc64el", "6.1-s390x", "6.12-arm64"];

/// One comparison. In options, `@` stands for the directory that holds the tree.
pub(crate) struct Case {
    /// The tree's name in the cache.
    pub(crate) tree: &'static str,
    /// How the report calls it.
    pub(crate) title: &'static str,
    /// How the tree is changed first.
    pub(crate) change: Change,
    /// Options besides `-b @`.
    pub(crate) options: Vec<&'static str>,
    /// The text of the configuration file given with `-C`.
    pub(crate) configuration: &'static str,
    /// Whether kmod 30 can do it.
    pub(crate) thirty: bool,
}

/// Every comparison.
pub(crate) fn all() -> io::Result<Vec<Case>> {
    let mut cases: Vec<Case> = TREES.iter().map(|tree| Case::new(tree, "as it is")).collect();
    cases.extend(compressed());
    cases.extend(with_options());
    cases.extend(with_symbols());
    cases.extend(with_duplicates());
    Ok(cases)
}

/// The whole tree, compressed otherwise.
fn compressed() -> [Case; 3] {
    let change = |title, change| Case { change, ..Case::new("6.1", title) };
    [
        change("compressed with zstd", Change::Zstd),
        Case { thirty: false, ..change("compressed with gzip", Change::Gzip) },
        Case { thirty: false, ..change("plain, zstd, gzip and xz mixed", Change::Mixed) },
    ]
}

/// The options, on a little-endian tree and some on a big-endian one.
fn with_options() -> Vec<Case> {
    let on = |tree, title, options: &[&'static str]| Case {
        options: options.to_vec(),
        ..Case::new(tree, title)
    };
    let new = |case: Case| Case { thirty: false, ..case };
    vec![
        on("6.1", "`-n`", &["-n"]),
        on("6.1", "`-v`", &["-v"]),
        on("6.1", "`-w`", &["-w"]),
        on("6.1", "`-P _`", &["-P", "_"]),
        new(on("6.1", "`-o`", &["-o", "@/out"])),
        Case { change: Change::Moved, ..new(on("6.1", "`-m`", &["-m", "/opt/modules"])) },
        on("6.1", "`-E Module.symvers`", &["-E", "@/Module.symvers"]),
        on("6.1", "`-e -E Module.symvers`", &["-e", "-E", "@/Module.symvers"]),
        on("6.1", "`-e -E`, other checksums", &["-e", "-E", "@/other.symvers"]),
        on("6.1", "`-e -F System.map`", &["-e", "-F", "@/System.map"]),
        on("6.1", "`-e -F`, nothing in it", &["-e", "-F", "/dev/null"]),
        on("6.1-s390x", "`-n`", &["-n"]),
        on("6.1-s390x", "`-v`", &["-v"]),
        on("6.1-s390x", "`-e -F`, nothing in it", &["-e", "-F", "/dev/null"]),
        on("6.1-armhf", "`-e -E`, nothing in it", &["-e", "-E", "/dev/null"]),
        on("6.1-ppc64el", "`-e -F`, nothing in it", &["-e", "-F", "/dev/null"]),
    ]
}

/// The symbols of every other architecture's own kernel, as its headers list them.
fn with_symbols() -> Vec<Case> {
    let on = |tree, title, options: &[&'static str]| Case {
        options: options.to_vec(),
        ..Case::new(tree, title)
    };
    let of_tree = |tree: &&'static str| {
        [
            on(tree, "`-e -E Module.symvers`", &["-e", "-E", "@/Module.symvers"]),
            on(tree, "`-e -E`, other checksums", &["-e", "-E", "@/other.symvers"]),
            on(tree, "`-e -F System.map`", &["-e", "-F", "@/System.map"]),
        ]
    };
    TREES[1..].iter().flat_map(of_tree).collect()
}

/// Every 40th module again in updates/, every 30th in extra/, every 50th outside the tree.
fn with_duplicates() -> Vec<Case> {
    let on = |title, configuration| Case {
        change: Change::Duplicates,
        configuration,
        ..Case::new("6.1", title)
    };
    vec![
        on("duplicates, no configuration", ""),
        on("duplicates, `search extra updates built-in`", "search extra updates built-in\n"),
        on("duplicates, `search built-in updates extra`", "search built-in updates extra\n"),
        on(
            "duplicates, overrides",
            "search updates extra built-in\noverride ext4 * kernel/fs/ext4\n\
             override e1000e 6\\..* extra\noverride dm_mod 5.10 extra\noverride loop 6.1( updates\n",
        ),
        on("duplicates, external first", "search external updates\nexternal * @/outside\n"),
        on(
            "duplicates, external last",
            "search updates extra built-in external\nexternal * @/outside\nexternal * /no/such\n",
        ),
        on("duplicates, external without search", "external ^6 @/outside\nexternal ^5 @/extra\n"),
        on("directories and files excluded", "exclude drivers ext4.ko updates\n"),
    ]
}

impl Case {
    fn new(tree: &'static str, title: &'static str) -> Self {
        let (options, configuration) = (Vec::new(), "");
        Self { tree, title, change: Change::None, options, configuration, thirty: true }
    }
}

/// Writes what `-E` and `-F` read: the kernel's own `Module.symvers`, one with every seventh
/// checksum changed, and a `System.map` with the same symbols. (Debian's own has none.)
pub(crate) fn write_symbol_files(directory: &Path, tree: &str) -> io::Result<()> {
    let file = cache()?.join("headers").join(tree).join("Module.symvers");
    if !file.exists() {
        return Ok(());
    }
    let symvers = fs::read_to_string(&file)?;
    let (mut other, mut map) = (String::new(), String::new());
    for (number, line) in symvers.lines().enumerate() {
        let mut fields = line.split('\t');
        let (Some(crc), Some(symbol), Some(owner)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let changed = if number % 7 == 0 { "0x00000007" } else { crc };
        other += &line.replacen(crc, changed, 1);
        other.push('\n');
        if owner == "vmlinux" {
            map += &format!("ffffffff82{number:06x} r __ksymtab_{symbol}\n");
        }
    }
    fs::write(directory.join("Module.symvers"), symvers)?;
    fs::write(directory.join("other.symvers"), other)?;
    fs::write(directory.join("System.map"), map)
}
