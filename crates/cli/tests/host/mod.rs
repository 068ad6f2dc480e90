//! A host as a text: kernels with their modules and indexes, what is in the kernel, devices, images
//! and files, written below a temporary directory. What a test says is all there is.
//!
//! One statement a line; `| TEXT` lines belong to the statement before them.
//!
//! `kernel RELEASE`: what follows belongs to it. `module M [D…]`: a file and its line of
//! modules.dep; its `|` lines are its modinfo. `builtin M`, `alias PATTERN M`, `softdep M WORDS`.
//! `loaded M [uses=N] [by=A,B] [taints=OE]`, `parameter M NAME VALUE`. `device PATH MODALIAS
//! [driver=D module=M]`. `file PATH` with its lines, `link PATH TARGET`, `directory PATH`.
//! `image PATH [gzip|xz|zstd]`: an initramfs whose `|` lines are `PATH`, or `PATH: LINE`.
#![allow(clippy::panic, dead_code, unreachable_pub, reason = "each test file uses a part of it")]

mod archive;
mod module_file;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use kmodctl::format::index::IndexBuilder;
use kmodctl::format::name::fold_alias;

pub struct Host {
    directory: tempfile::TempDir,
}

impl Host {
    /// The path is of one length, whatever TMPDIR is: columns are as wide as what is in them.
    pub fn new(text: &str) -> Self {
        let host = Self { directory: tempfile::tempdir_in("/tmp").unwrap() };
        let mut writer = Writer { root: host.root().to_path_buf(), ..Writer::default() };
        for (statement, lines) in statements(text) {
            writer.write(&statement, &lines);
        }
        writer.end_of_kernel();
        if !writer.proc_modules.is_empty() {
            writer.file("proc/modules", writer.proc_modules.clone());
        }
        host
    }

    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    /// Every file below the root with what it holds, and where links lead.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.root(), &mut files);
        files
    }
}

fn collect(directory: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_symlink() {
            let target = fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes();
            files.insert(path, target);
        } else if kind.is_dir() {
            files.insert(path.clone(), b"directory".to_vec());
            collect(&path, files);
        } else {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
}

/// The statements of a text, each with its `|` lines.
fn statements(text: &str) -> Vec<(String, Vec<String>)> {
    let mut statements: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix('|') {
            Some(rest) => {
                let rest = rest.strip_prefix(' ').unwrap_or(rest);
                statements.last_mut().unwrap().1.push(rest.to_owned());
            }
            None => statements.push((line.to_owned(), Vec::new())),
        }
    }
    statements
}

#[derive(Default)]
struct Writer {
    root: PathBuf,
    release: String,
    proc_modules: String,
    dependencies: Vec<(String, String)>,
    builtin: Vec<(String, String)>,
    aliases: Vec<(String, String)>,
    softdeps: String,
}

impl Writer {
    fn write(&mut self, statement: &str, lines: &[String]) {
        let words: Vec<&str> = statement.split_whitespace().collect();
        match words.as_slice() {
            ["kernel", release] => {
                self.end_of_kernel();
                self.release = (*release).to_owned();
            }
            ["module", name, needed @ ..] => self.module(name, needed, lines),
            ["builtin", name] => self.builtin.push((name.replace('-', "_"), String::new())),
            ["alias", pattern, name] => {
                let folded = fold_alias(pattern.as_bytes()).unwrap().into_owned();
                self.aliases.push((String::from_utf8(folded).unwrap(), (*name).to_owned()));
            }
            ["softdep", ..] => self.softdeps += &format!("{statement}\n"),
            ["loaded", name, rest @ ..] => self.loaded(name, rest),
            ["parameter", module, name, value] => {
                self.file(&format!("sys/module/{module}/parameters/{name}"), format!("{value}\n"));
            }
            ["device", path, modalias, rest @ ..] => self.device(path, modalias, rest),
            ["file", path] => {
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                self.file(path, text);
            }
            ["link", path, target] => self.link(path, target),
            ["directory", path] => fs::create_dir_all(self.root.join(path)).unwrap(),
            ["image", path, codec @ ..] => {
                let image = archive::image(lines, codec.first().copied());
                self.file(path, image);
            }
            _ => panic!("what is `{statement}`?"),
        }
    }

    fn file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    fn module(&mut self, name: &str, needed: &[&str], modinfo: &[String]) {
        let path = |name: &str| format!("kernel/{name}.ko");
        let needed: Vec<_> = needed.iter().map(|name| path(name)).collect();
        let line = format!("{}: {}", path(name), needed.join(" "));
        self.dependencies.push((name.replace('-', "_"), line.trim_end().to_owned()));
        let file = format!("lib/modules/{}/{}", self.release, path(name));
        self.file(&file, module_file::of_modinfo(modinfo));
    }

    fn loaded(&mut self, name: &str, words: &[&str]) {
        let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key));
        let by: Vec<&str> = value("by=").map_or(Vec::new(), |by| by.split(',').collect());
        let uses = value("uses=").map_or(by.len(), |uses| uses.parse().unwrap());
        let users = by.iter().map(|user| format!("{user},")).collect::<String>();
        let users = if users.is_empty() { "-".to_owned() } else { users };
        let taints = value("taints=").map_or(String::new(), |taints| format!(" ({taints})"));
        self.proc_modules += &format!("{name} 16384 {uses} {users} Live 0x0{taints}\n");
        let directory = format!("sys/module/{name}");
        self.file(&format!("{directory}/initstate"), "live\n");
        self.file(&format!("{directory}/refcnt"), format!("{uses}\n"));
        self.file(&format!("{directory}/coresize"), "16384\n");
        fs::create_dir_all(self.root.join(&directory).join("holders")).unwrap();
        for user in by {
            self.link(&format!("{directory}/holders/{user}"), &format!("../../{user}"));
        }
    }

    fn device(&self, path: &str, modalias: &str, words: &[&str]) {
        let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key));
        let bus = modalias.split(':').next().unwrap();
        let name = path.rsplit('/').next().unwrap();
        self.file(&format!("sys/devices/{path}/modalias"), format!("{modalias}\n"));
        let depth = "../../../";
        self.link(&format!("sys/bus/{bus}/devices/{name}"), &format!("{depth}devices/{path}"));
        if let Some(driver) = value("driver=") {
            let directory = self.root.join(format!("sys/bus/{bus}/drivers/{driver}"));
            fs::create_dir_all(&directory).unwrap();
            let up = "../".repeat(path.split('/').count() + 1);
            let target = format!("{up}bus/{bus}/drivers/{driver}");
            self.link(&format!("sys/devices/{path}/driver"), &target);
            let link = directory.join("module");
            if let (Some(module), false) = (value("module="), link.exists()) {
                symlink(format!("../../../../module/{module}"), link).unwrap();
            }
        }
    }

    /// Writes the indexes of the kernel that the statements so far are about.
    fn end_of_kernel(&mut self) {
        if self.release.is_empty() {
            return;
        }
        let directory = format!("lib/modules/{}", self.release);
        let tables = [
            ("modules.dep.bin", std::mem::take(&mut self.dependencies)),
            ("modules.builtin.bin", std::mem::take(&mut self.builtin)),
            ("modules.alias.bin", std::mem::take(&mut self.aliases)),
        ];
        for (name, entries) in tables {
            let mut builder = IndexBuilder::new();
            for (priority, (key, value)) in (0..).zip(&entries) {
                builder.insert(key.as_bytes(), value.as_bytes(), priority).unwrap();
            }
            self.file(&format!("{directory}/{name}"), builder.finish().unwrap());
        }
        let softdeps = std::mem::take(&mut self.softdeps);
        self.file(&format!("{directory}/modules.softdep"), softdeps);
    }
}
