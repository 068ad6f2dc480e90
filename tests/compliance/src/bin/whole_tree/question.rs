//! What is asked about a tree: which tool, which options, which operands.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use kmodctl_compliance::module_file::module_name;

use crate::aliases;
use crate::kernel::Kernel;

/// One operand.
pub(crate) type Item = Vec<u8>;

/// One kind of question and everything it is asked about.
pub(crate) struct Question {
    /// How the report calls it.
    pub(crate) title: &'static str,
    /// The tool.
    pub(crate) tool: &'static str,
    /// Its options.
    pub(crate) options: Vec<String>,
    /// The operands.
    pub(crate) items: Vec<Item>,
    /// How many operands go into one call.
    pub(crate) batch: usize,
}

/// Every question about a kernel.
pub(crate) fn all(kernel: &Kernel) -> io::Result<Vec<Question>> {
    let files = kernel.files()?;
    let builtins = kernel.builtins()?;
    let names = files.iter().map(|path| module_name(&path.to_string_lossy()));
    let spelled = files.iter().filter_map(|path| path.file_name()?.to_str()?.split('.').next());
    let spelled = spelled.map(|name| name.as_bytes().to_vec()).collect();
    let mut loadable: Vec<Item> = names.map(String::into_bytes).collect();
    loadable.sort();
    let built_in: Vec<Item> = builtins.into_iter().map(String::into_bytes).collect();
    let patterns = aliases::patterns(kernel)?;
    let filled = |filling| patterns.iter().map(|pattern| aliases::fill(pattern, filling)).collect();
    // One file in twenty carries symbols enough.
    let sample: Vec<PathBuf> = files.iter().step_by(20).cloned().collect();
    Ok(vec![
        modprobe(kernel, "`modprobe -D` of every module", "-D", loadable, 1),
        modprobe(kernel, "`modprobe -D` of every built-in module", "-D", built_in.clone(), 1),
        modprobe(
            kernel,
            "`modprobe -R` of every module as its file is spelled",
            "-aR",
            spelled,
            100,
        ),
        modprobe(kernel, "`modprobe -R` of every alias, `*` as nothing", "-aR", filled(""), 100),
        modprobe(kernel, "`modprobe -R` of every alias, `*` as `0A`", "-aR", filled("0A"), 100),
        modprobe(kernel, "`modprobe -R` of every symbol", "-aR", aliases::symbols(kernel)?, 100),
        modprobe(kernel, "`modprobe -c`", "-c", vec![], 1).once(),
        modinfo(kernel, "`modinfo` of every file", of_paths(&files)),
        modinfo(kernel, "`modinfo -0` of one file in twenty", of_paths(&sample)).with("-0"),
        modinfo(kernel, "`modinfo` of every built-in module", built_in),
        symbols(
            "`modprobe --dump-modversions` of one file in twenty",
            "--dump-modversions",
            &sample,
        ),
        symbols("`modprobe --show-exports` of one file in twenty", "--show-exports", &sample),
    ])
}

fn modprobe(
    kernel: &Kernel,
    title: &'static str,
    option: &str,
    items: Vec<Item>,
    batch: usize,
) -> Question {
    let root = kernel.root.to_string_lossy().into_owned();
    let options = ["-C", "/dev/null", "-d", &root, "-S", &kernel.release, option];
    Question::new(title, "modprobe", &options, items, batch)
}

fn modinfo(kernel: &Kernel, title: &'static str, items: Vec<Item>) -> Question {
    let root = kernel.root.to_string_lossy().into_owned();
    Question::new(title, "modinfo", &["-b", &root, "-k", &kernel.release], items, 40)
}

fn symbols(title: &'static str, option: &str, files: &[PathBuf]) -> Question {
    Question::new(title, "modprobe", &["-C", "/dev/null", option], of_paths(files), 1)
}

fn of_paths(files: &[PathBuf]) -> Vec<Item> {
    files.iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect()
}

impl Question {
    fn new(
        title: &'static str,
        tool: &'static str,
        options: &[&str],
        items: Vec<Item>,
        batch: usize,
    ) -> Self {
        let options = options.iter().map(|option| option.to_string()).collect();
        Self { title, tool, options, items, batch }
    }

    /// The same with one option more.
    fn with(mut self, option: &str) -> Self {
        self.options.push(option.into());
        self
    }

    /// Asked once, with nothing for an operand but the end of the options.
    fn once(mut self) -> Self {
        self.items = vec![b"--".to_vec()];
        self
    }
}
