//! The kernel a scenario pretends: /sys/module and /proc/modules of a prepared machine, and
//! the answers to module system calls, which change them as the kernel would.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::module_file::module_name;
use crate::scenario::{Answer, Loaded};
use crate::supervisor::{Answers, Call};

/// The module state of one machine.
pub struct Kernel {
    root: PathBuf,
    /// Direct needs of each module.
    needs: BTreeMap<String, Vec<String>>,
    /// What the scenario says, with how often each was used.
    answers: Vec<(Answer, usize)>,
}

impl Kernel {
    /// A kernel whose modules live under `root`.
    pub fn new(root: &Path, needs: BTreeMap<String, Vec<String>>, answers: &[Answer]) -> Self {
        let answers = answers.iter().map(|answer| (answer.clone(), 0)).collect();
        Self { root: root.to_path_buf(), needs, answers }
    }

    /// Puts a module as the scenario describes it into /sys/module and /proc/modules.
    pub fn describe(&self, loaded: &Loaded) -> io::Result<()> {
        let given = |key: &str, usual: &str| {
            let found = loaded.given.iter().rev().find(|(name, _)| name == key);
            found.map_or_else(|| usual.to_string(), |(_, value)| value.clone())
        };
        let (refcnt, size) = (given("refcnt", "0"), given("size", "16384"));
        let (state, holders) = (given("state", "live"), given("holders", ""));
        let directory = self.directory(&loaded.name);
        fs::create_dir_all(&directory)?;
        for (file, value) in [("initstate", &state), ("refcnt", &refcnt), ("coresize", &size)] {
            if value != "none" {
                fs::write(directory.join(file), format!("{value}\n"))?;
            }
        }
        if holders != "none" {
            fs::create_dir_all(directory.join("holders"))?;
            for holder in holders.split(',').filter(|holder| !holder.is_empty()) {
                fs::create_dir(directory.join("holders").join(holder))?;
            }
        }
        let or = |value: String, usual: &str| if value == "none" { usual.into() } else { value };
        self.list(&loaded.name, &or(size, "16384"), &or(refcnt, "0"), &or(holders, ""))
    }

    /// Loads a module and all it needs, with the counts and holders that gives.
    pub fn load_chain(&self, name: &str) -> io::Result<()> {
        if self.is_loaded(name) {
            return Ok(());
        }
        for need in self.needs.get(name).into_iter().flatten() {
            self.load_chain(need)?;
        }
        self.insert(name)
    }

    fn directory(&self, name: &str) -> PathBuf {
        self.root.join("sys/module").join(name)
    }

    fn is_loaded(&self, name: &str) -> bool {
        self.directory(name).join("initstate").exists()
    }

    /// One line of /proc/modules, newest first as the kernel lists them.
    fn list(&self, name: &str, size: &str, refcnt: &str, holders: &str) -> io::Result<()> {
        let path = self.root.join("proc/modules");
        let before = fs::read_to_string(&path).unwrap_or_default();
        let holders = if holders.is_empty() { "-".into() } else { format!("{holders},") };
        let line = format!("{name} {size} {refcnt} {holders} Live 0x0000000000000000\n");
        fs::write(path, line + &before)
    }

    fn insert(&self, name: &str) -> io::Result<()> {
        self.describe(&Loaded { name: name.into(), given: Vec::new() })?;
        for need in self.needs.get(name).into_iter().flatten() {
            self.count(need, 1)?;
            fs::create_dir_all(self.directory(need).join("holders").join(name))?;
        }
        Ok(())
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        fs::remove_dir_all(self.directory(name))?;
        let path = self.root.join("proc/modules");
        let listed = fs::read_to_string(&path).unwrap_or_default();
        let others = listed.lines().filter(|line| line.split(' ').next() != Some(name));
        fs::write(path, others.map(|line| format!("{line}\n")).collect::<String>())?;
        for need in self.needs.get(name).into_iter().flatten() {
            let holder = self.directory(need).join("holders").join(name);
            if holder.exists() {
                fs::remove_dir(holder)?;
                self.count(need, -1)?;
            }
        }
        Ok(())
    }

    fn refcnt(&self, name: &str) -> i64 {
        let text = fs::read_to_string(self.directory(name).join("refcnt")).unwrap_or_default();
        text.trim().parse().unwrap_or(0)
    }

    fn count(&self, name: &str, by: i64) -> io::Result<()> {
        let path = self.directory(name).join("refcnt");
        if path.exists() {
            fs::write(path, format!("{}\n", self.refcnt(name) + by))
        } else {
            Ok(())
        }
    }

    /// The scenario's answer to this call, if it has one.
    fn scripted(&mut self, kind: &str, name: &str) -> Option<i32> {
        let fits = |answer: &Answer| {
            (answer.call == kind || answer.call == "insert" && kind != "delete")
                && (answer.name == "*" || answer.name == name)
        };
        let (answer, used) = self.answers.iter_mut().find(|(answer, _)| fits(answer))?;
        let errno = answer.errnos[(*used).min(answer.errnos.len() - 1)];
        *used += 1;
        Some(errno)
    }

    /// What a kernel would say by itself.
    fn usual(&self, kind: &str, name: &str) -> i32 {
        let loaded = self.is_loaded(name);
        match kind {
            "delete" if !self.directory(name).exists() => libc::ENOENT,
            "delete" if self.refcnt(name) > 0 => libc::EWOULDBLOCK,
            "delete" => 0,
            _ if loaded => libc::EEXIST,
            _ if self.needs.get(name).into_iter().flatten().any(|need| !self.is_loaded(need)) => {
                libc::ENOENT
            }
            _ => 0,
        }
    }
}

impl Answers for Kernel {
    fn answer(&mut self, call: &Call) -> i32 {
        let (kind, name) = match call {
            Call::Delete { name, .. } => ("delete", String::from_utf8_lossy(name).into_owned()),
            Call::Finit { path, .. } => ("finit", module_name(&String::from_utf8_lossy(path))),
            Call::Init { image, .. } => ("init", name_in_image(image)),
        };
        let errno = self.scripted(kind, &name).unwrap_or_else(|| self.usual(kind, &name));
        if errno == 0 {
            let done = if kind == "delete" { self.delete(&name) } else { self.insert(&name) };
            if done.is_err() {
                return libc::EIO;
            }
        }
        errno
    }
}

/// The `name=` entry of an image's `.modinfo`.
pub fn name_in_image(image: &[u8]) -> String {
    let key = b"\0name=";
    let start = image.windows(key.len()).position(|window| window == key);
    let name = start.map(|at| image[at + key.len()..].split(|byte| *byte == 0).next());
    name.flatten().map_or("?".into(), |name| String::from_utf8_lossy(name).into_owned())
}
