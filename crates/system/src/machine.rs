//! One machine, or one tree with another machine's modules, as planners ask about it. Answers are
//! lazy: no file is opened before the first question that needs it.

use std::cell::OnceCell;
use std::os::fd::OwnedFd;

use kmodctl_decide::inventory::KernelFacts;
use kmodctl_decide::world::{InitState, ModuleFile};
use kmodctl_decide::{Configuration, Errno, Problem, World};
use kmodctl_format::ModuleName;
use kmodctl_format::dependencies::Dependencies;
use kmodctl_format::index::ShownValue;

use crate::configuration::{self, Complaint, InForce};
use crate::file::read_to_end;
use crate::module_index::{IndexFile, Indexes};
use crate::place::{Place, joined};
use crate::stamp::Stamp;
use crate::sysfs::{self, ModuleDirectory};

/// A machine that is known by its files.
pub struct Machine {
    place: Place,
    in_force: OnceCell<InForce>,
    indexes: Indexes,
    /// Read once: the kernel takes a tenth of a second to tell its symbols.
    pub(crate) kernel_facts: OnceCell<KernelFacts>,
    /// `/sys/module`, where it is kept open.
    sysfs: Option<OwnedFd>,
    /// Whether sysfs tells what is part of the kernel image, where no index does.
    asks_sysfs: bool,
}

impl Machine {
    /// The machine at a place; nothing is read yet.
    pub fn new(place: Place) -> Self {
        Self {
            place,
            in_force: OnceCell::new(),
            indexes: Indexes::default(),
            kernel_facts: OnceCell::new(),
            sysfs: None,
            asks_sysfs: false,
        }
    }

    /// Takes the word of sysfs on what is part of the kernel image, where no index tells it.
    pub(crate) fn asking_sysfs(self) -> Self {
        Self { asks_sysfs: true, ..self }
    }

    /// The machine at a place, with a configuration that is not read from files.
    pub fn with_configuration(place: Place, configuration: Configuration) -> Self {
        let in_force = InForce { configuration, ..InForce::default() };
        Self { in_force: OnceCell::from(in_force), ..Self::new(place) }
    }

    /// Where the machine's files are.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is odd in the configuration, in the order in which it was met. It is read for this, if
    /// it has not been yet.
    pub fn complaints(&self) -> &[Complaint] {
        &self.in_force().complaints
    }

    /// Whether a directory or file of the configuration was changed since it was read, or is gone. A
    /// change within a file does not change its directory, and none notices what was not there.
    pub fn is_configuration_stale(&self) -> bool {
        self.in_force().stamps.iter().any(Stamp::is_stale)
    }

    /// Opens an index, which answers from then on whatever happens to the file. A missing one is
    /// ENOENT.
    pub fn open_index(&self, which: IndexFile) -> Result<(), Problem> {
        let directory = &self.place.module_directory;
        let file = || joined(directory, which.file_name().as_bytes());
        self.indexes
            .ask(directory, which, |_| Ok(()))?
            .ok_or_else(|| Problem::FileUnreadable { file: file(), errno: Errno::ENOENT })
    }

    /// Closes all indexes; the next question to one opens it anew.
    pub fn close_indexes(&self) {
        self.indexes.close();
    }

    /// Whether the file of an open index was changed, or is gone.
    pub fn are_indexes_stale(&self) -> bool {
        self.indexes.are_stale()
    }

    /// The bytes of `modules.builtin.modinfo`; `None` where there is none.
    pub fn builtin_modinfo(&self) -> Result<Option<Vec<u8>>, Problem> {
        const LIMIT: usize = 256 << 20;
        let file = self.place.module_directory_file("modules.builtin.modinfo");
        match read_to_end(&file, LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Problem::FileUnreadable { file, errno }),
        }
    }

    /// Shows every key of an index with each of its values, in byte order of the keys.
    pub fn walk_index(
        &self,
        which: IndexFile,
        visit: impl FnMut(&[u8], ShownValue<'_>),
    ) -> Result<(), Problem> {
        let directory = &self.place.module_directory;
        self.indexes.ask(directory, which, |index| index.walk(visit)).map(Option::unwrap_or_default)
    }

    fn in_force(&self) -> &InForce {
        self.in_force.get_or_init(|| configuration::read(&self.place))
    }

    /// Has `/sys/module` open from now on, for questions about many modules: the way to it is then
    /// searched for once. A sysfs that is mounted there later is not seen.
    pub fn keep_sysfs_open(&mut self) {
        self.sysfs = sysfs::open(&self.place.sys);
    }

    pub(crate) fn sysfs(&self) -> ModuleDirectory<'_> {
        ModuleDirectory { sys: &self.place.sys, opened: self.sysfs.as_ref() }
    }

    fn exact(&self, which: IndexFile, key: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
        let directory = &self.place.module_directory;
        self.indexes.ask(directory, which, |index| index.exact(key)).map(Option::flatten)
    }

    fn owners(&self, which: IndexFile, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        let directory = &self.place.module_directory;
        let values = self.indexes.ask(directory, which, |index| index.wildcard(query))?;
        let values = values.unwrap_or_default().into_iter();
        Ok(values.map(|value| ModuleName::new(value.bytes)).collect())
    }

    /// Reads a line of modules.dep; relative paths are below the module directory.
    pub(crate) fn dependency_line(&self, line: &[u8]) -> Option<ModuleFile> {
        let line = Dependencies::parse(line)?;
        Some(ModuleFile {
            path: self.absolute(line.path),
            dependencies: line.paths().map(|path| self.absolute(path)).collect(),
        })
    }

    fn absolute(&self, path: &[u8]) -> Vec<u8> {
        match path.starts_with(b"/") {
            true => path.into(),
            false => joined(&self.place.module_directory, path),
        }
    }
}

impl World for Machine {
    fn configuration(&self) -> &Configuration {
        &self.in_force().configuration
    }

    fn module_directory(&self) -> &[u8] {
        &self.place.module_directory
    }

    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        let line = self.exact(IndexFile::Dependencies, key)?;
        Ok(line.and_then(|line| self.dependency_line(&line)))
    }

    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.owners(IndexFile::Alias, query)
    }

    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.owners(IndexFile::Symbols, query)
    }

    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        let directory = &self.place.module_directory;
        let listed = self.indexes.ask(directory, IndexFile::Builtin, |index| index.exact(key))?;
        Ok(match listed {
            Some(value) => value.is_some(),
            None => {
                self.asks_sysfs
                    && !key.contains(&b'/')
                    && self.sysfs().is_of_image(&ModuleName::verbatim(key))
            }
        })
    }

    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.owners(IndexFile::BuiltinAlias, query)
    }

    fn state(&self, module: &ModuleName) -> Option<InitState> {
        self.sysfs().state(module)
    }

    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        let references = self.sysfs().number(module, "refcnt")?;
        i32::try_from(references).map_err(|_| Errno::EINVAL)
    }

    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        self.sysfs().holders(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn names(names: &[&str]) -> Vec<ModuleName> {
        names.iter().map(ModuleName::new).collect()
    }

    /// What was loaded has a state in sysfs, what is part of the kernel image has none.
    #[test]
    fn sysfs_tells_what_is_built_in_where_no_index_does() {
        let tree = Tree::new();
        tree.write("sys/module/loop/parameters/max_loop", "8\n");
        tree.write("sys/module/ptp/initstate", "live\n");
        let told = |machine: &Machine| {
            let names = ["loop", "ptp", "absent", "../module/loop"];
            let is_builtin = |name: &&str| machine.is_builtin(name.as_bytes()).unwrap();
            names.into_iter().filter(is_builtin).collect::<Vec<_>>()
        };
        let machine = || Machine::new(tree.place(&[]));
        assert_eq!(told(&machine()), [""; 0]);
        assert_eq!(told(&machine().asking_sysfs()), ["loop"]);
        tree.write_index(IndexFile::Builtin, &[("rtc", "")]);
        assert_eq!(told(&machine().asking_sysfs()), [""; 0]);
    }

    /// An index is written only after all other questions were asked: had one of them opened it, it
    /// would have been found missing, and would stay so.
    #[test]
    fn no_index_is_opened_before_its_question() {
        let indexes = [
            (IndexFile::Alias, "a*", "one"),
            (IndexFile::Builtin, "two", ""),
            (IndexFile::BuiltinAlias, "a?", "three"),
            (IndexFile::Dependencies, "four", "k/four.ko: /abs/five.ko k/six.ko.xz"),
            (IndexFile::Symbols, "symbol:s", "seven"),
        ];
        for (late, key, value) in indexes {
            let tree = Tree::new();
            let machine = Machine::new(tree.place(&[]));
            for (other, ..) in indexes.iter().filter(|(other, ..)| *other != late) {
                assert!(!answers(&machine, *other), "{other:?} before {late:?}");
            }
            let _ = (machine.complaints(), machine.loaded(), machine.state(&names(&["x"])[0]));
            tree.write_index(late, &[(key, value)]);
            assert!(answers(&machine, late), "{late:?}");
        }
    }

    /// Asks one index its question, and tells whether it knows the answer.
    fn answers(machine: &Machine, which: IndexFile) -> bool {
        match which {
            IndexFile::Alias => machine.alias_owners(b"ab") == Ok(names(&["one"])),
            IndexFile::Builtin => machine.is_builtin(b"two") == Ok(true),
            IndexFile::BuiltinAlias => machine.builtin_alias_owners(b"ab") == Ok(names(&["three"])),
            IndexFile::Dependencies => {
                let directory = machine.module_directory();
                machine.module_file(b"four")
                    == Ok(Some(ModuleFile {
                        path: joined(directory, b"k/four.ko"),
                        dependencies: vec![
                            b"/abs/five.ko".to_vec(),
                            joined(directory, b"k/six.ko.xz"),
                        ],
                    }))
            }
            IndexFile::Symbols => machine.symbol_owners(b"symbol:s") == Ok(names(&["seven"])),
        }
    }

    #[test]
    fn missing_and_empty_indexes_hold_nothing_and_damaged_ones_are_problems() {
        let tree = Tree::new();
        tree.write("modules/modules.builtin.bin", "");
        tree.write("modules/modules.alias.bin", "not an index");
        let machine = Machine::new(tree.place(&[]));
        assert_eq!(machine.module_file(b"a"), Ok(None));
        assert_eq!(machine.is_builtin(b"a"), Ok(false));
        let problem = machine.alias_owners(b"a").unwrap_err();
        let Problem::IndexDamaged { file, damage } = problem else { panic!("{problem:?}") };
        assert_eq!(file, tree.bytes("modules/modules.alias.bin"));
        assert_eq!(damage.offset, 0);
        // The header of an index is fine, and its root is not.
        tree.write("modules/modules.symbols.bin", b"\xb0\x07\xf4\x57\0\x02\0\x01\x80\0\xff\xff");
        let problem = machine.symbol_owners(b"symbol:a").unwrap_err();
        let Problem::IndexDamaged { file, damage } = problem else { panic!("{problem:?}") };
        assert_eq!(file, tree.bytes("modules/modules.symbols.bin"));
        assert_eq!(damage.offset, 0xffff);
    }

    #[test]
    fn an_open_index_answers_whatever_happens_to_its_file() {
        let tree = Tree::new();
        tree.write_index(IndexFile::Builtin, &[("a", "")]);
        let machine = Machine::new(tree.place(&[]));
        let missing = Problem::FileUnreadable {
            file: tree.bytes("modules/modules.alias.bin"),
            errno: Errno::ENOENT,
        };
        assert_eq!(machine.open_index(IndexFile::Alias), Err(missing));
        assert_eq!(machine.open_index(IndexFile::Builtin), Ok(()));
        assert!(!machine.are_indexes_stale());
        std::fs::remove_file(tree.path("modules/modules.builtin.bin")).unwrap();
        assert_eq!(machine.is_builtin(b"a"), Ok(true));
        assert!(machine.are_indexes_stale());
        machine.close_indexes();
        assert_eq!(machine.is_builtin(b"a"), Ok(false));
        assert!(!machine.are_indexes_stale());
    }

    #[test]
    fn a_configuration_is_stale_when_what_was_there_was_changed() {
        let tree = Tree::new();
        tree.write("one/a.conf", "");
        let machine = Machine::new(tree.place(&["one", "missing"]));
        assert!(!machine.is_configuration_stale());
        tree.write("missing/b.conf", "");
        assert!(!machine.is_configuration_stale());
        std::fs::rename(tree.path("one"), tree.path("other")).unwrap();
        assert!(machine.is_configuration_stale());
    }

    #[test]
    fn an_index_is_walked_in_order() {
        let tree = Tree::new();
        tree.write_index(IndexFile::Alias, &[("b*", "x"), ("a", "y"), ("a", "z")]);
        let machine = Machine::new(tree.place(&[]));
        let mut lines = Vec::new();
        let visit = |key: &[u8], value: ShownValue<'_>| {
            lines.push([key, b" ", value.bytes].concat());
        };
        machine.walk_index(IndexFile::Alias, visit).unwrap();
        assert_eq!(lines, [&b"a y"[..], b"a z", b"b* x"]);
    }

    #[test]
    fn the_strings_of_built_in_modules_are_read_where_there_are_some() {
        let tree = Tree::new();
        let machine = Machine::new(tree.place(&[]));
        assert_eq!(machine.builtin_modinfo(), Ok(None));
        tree.write("modules/modules.builtin.modinfo", "m.license=GPL\0");
        assert_eq!(machine.builtin_modinfo(), Ok(Some(b"m.license=GPL\0".to_vec())));
    }
}
