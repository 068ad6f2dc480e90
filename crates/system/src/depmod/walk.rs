//! Walking through a directory and all below it, several directories at the same time. What is
//! found stands in the order in which one alone would find it; what of it counts is known in `scan`.

use std::mem::MaybeUninit;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use kmodctl_decide::Errno;
use kmodctl_format::suffix;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, RawDirEntry, Stat};

use super::jobs::Jobs;
use super::scan::Oddity;
use crate::file::errno;
use crate::place::joined;

/// What is walked through, and how.
pub(super) struct Walk<'a> {
    /// Names that are passed over, besides `build` and `source`.
    pub(super) excluded: &'a [Vec<u8>],
    /// Whether the status of each module file is wanted.
    pub(super) with_status: bool,
    /// How many threads there may be.
    pub(super) jobs: Jobs,
}

/// Something that was met.
pub(super) enum Met {
    /// A module file, with its status where that is wanted and could be told.
    Module { path: Vec<u8>, status: Option<Stat> },
    /// Something odd.
    Odd(Oddity),
}

/// Opens a directory.
pub(super) fn open(path: &[u8]) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
}

impl Walk<'_> {
    /// Walks through a directory in its own order, links followed. The error is that of opening it.
    pub(super) fn run(&self, path: &[u8]) -> Result<Vec<Met>, Errno> {
        drop(open(path).map_err(errno)?);
        let first = Directory { number: 0, path: path.into(), above: Vec::new() };
        let queue = Queue { waiting: vec![first], found: vec![Vec::new()], at_work: 0, idle: 0 };
        let shared = Shared { queue: Mutex::new(queue), changed: Condvar::new() };
        thread::scope(|scope| {
            for _ in 1..self.jobs.computing() {
                // Fewer threads do the same.
                let _ = thread::Builder::new().spawn_scoped(scope, || self.work(&shared));
            }
            self.work(&shared);
        });
        let queue = shared.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(in_order(queue.found))
    }

    /// Reads directories until none waits and nobody is at work.
    fn work(&self, shared: &Shared) {
        let mut buffer = Vec::with_capacity(32 * 1024);
        let mut queue = shared.lock();
        loop {
            if let Some(directory) = queue.waiting.pop() {
                queue.at_work += 1;
                drop(queue);
                let (items, below) = self.directory(&directory, buffer.spare_capacity_mut());
                queue = shared.lock();
                queue.take(directory.number, items, below);
                // Others are woken where there is something for them, or nothing more will come.
                if queue.idle > 0 && (queue.waiting.len() > 1 || queue.is_done()) {
                    shared.changed.notify_all();
                }
            } else if queue.is_done() {
                return;
            } else {
                queue.idle += 1;
                queue = shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle -= 1;
            }
        }
    }

    /// Reads one directory. One that contains itself (by a link) is not entered again.
    fn directory(
        &self,
        directory: &Directory,
        buffer: &mut [MaybeUninit<u8>],
    ) -> (Vec<Item>, Vec<Directory>) {
        let mut reading = Reading { walk: self, directory, items: Vec::new(), below: Vec::new() };
        if let Err(refused) = reading.read(buffer) {
            let path = directory.path.clone();
            reading.odd(Oddity::DirectoryUnreadable { path, errno: errno(refused) });
        }
        (reading.items, reading.below)
    }
}

/// A directory that is to be read.
struct Directory {
    /// Its place among the directories that were met.
    number: usize,
    path: Vec<u8>,
    /// Device and number of each directory above.
    above: Vec<(u128, u128)>,
}

/// What one directory holds.
enum Item {
    Met(Met),
    /// The directory of this number; while one is read, that of this number among its own.
    Below(usize),
}

struct Queue {
    waiting: Vec<Directory>,
    /// For each directory what it holds.
    found: Vec<Vec<Item>>,
    /// How many threads read a directory.
    at_work: usize,
    /// How many threads wait for one.
    idle: usize,
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.at_work == 0
    }

    /// Takes what was found in a directory, and lets those below it wait.
    fn take(&mut self, number: usize, mut items: Vec<Item>, below: Vec<Directory>) {
        let known = self.found.len();
        for item in &mut items {
            if let Item::Below(number) = item {
                *number += known;
            }
        }
        self.found.resize_with(known + below.len(), Vec::new);
        self.found[number] = items;
        let numbered = |below: Directory| Directory { number: below.number + known, ..below };
        self.waiting.extend(below.into_iter().map(numbered).rev());
        self.at_work -= 1;
    }
}

/// Puts together what the directories hold, each in the place where it was met.
fn in_order(mut found: Vec<Vec<Item>>) -> Vec<Met> {
    let mut all = Vec::new();
    let mut open = vec![std::mem::take(&mut found[0]).into_iter()];
    while let Some(items) = open.last_mut() {
        match items.next() {
            Some(Item::Met(met)) => all.push(met),
            Some(Item::Below(number)) => open.push(std::mem::take(&mut found[number]).into_iter()),
            None => drop(open.pop()),
        }
    }
    all
}

/// A directory that is being read.
struct Reading<'a> {
    walk: &'a Walk<'a>,
    directory: &'a Directory,
    items: Vec<Item>,
    below: Vec<Directory>,
}

impl Reading<'_> {
    fn read(&mut self, buffer: &mut [MaybeUninit<u8>]) -> rustix::io::Result<()> {
        let opened = open(&self.directory.path)?;
        let status = rustix::fs::fstat(&opened)?;
        let own = (u128::from(status.st_dev), u128::from(status.st_ino));
        if self.directory.above.contains(&own) {
            return Ok(());
        }
        let mut entries = RawDir::new(&opened, buffer);
        while let Some(entry) = entries.next() {
            self.entry(&opened, &entry?, own);
        }
        Ok(())
    }

    fn entry(&mut self, opened: &OwnedFd, entry: &RawDirEntry<'_>, own: (u128, u128)) {
        let name = entry.file_name().to_bytes();
        let excluded = self.walk.excluded.iter().any(|other| other == name);
        if excluded || matches!(name, b"." | b".." | b"build" | b"source") {
            return;
        }
        let status = || rustix::fs::statat(opened, entry.file_name(), AtFlags::empty());
        let (kind, known) = match entry.file_type() {
            FileType::Symlink | FileType::Unknown => match status() {
                Ok(status) => (FileType::from_raw_mode(status.st_mode), Some(status)),
                Err(refused) => return self.cannot_stat(name, errno(refused)),
            },
            kind => (kind, None),
        };
        let path = || joined(&self.directory.path, name);
        match kind {
            FileType::Directory => self.enter(path(), own),
            FileType::RegularFile if suffix::split(name).is_some() => {
                let wanted = || if self.walk.with_status { status().ok() } else { None };
                let module = Met::Module { path: path(), status: known.or_else(wanted) };
                self.items.push(Item::Met(module));
            }
            FileType::RegularFile => {}
            other => {
                self.odd(Oddity::UnsupportedType { path: path(), kind: other.as_raw_mode() });
            }
        }
    }

    fn enter(&mut self, path: Vec<u8>, own: (u128, u128)) {
        let number = self.below.len();
        let above = self.directory.above.iter().copied().chain([own]).collect();
        self.below.push(Directory { number, path, above });
        self.items.push(Item::Below(number));
    }

    fn cannot_stat(&mut self, name: &[u8], errno: Errno) {
        let depth = self.directory.above.len();
        self.odd(Oddity::CannotStat { depth, name: name.into(), errno });
    }

    fn odd(&mut self, oddity: Oddity) {
        self.items.push(Item::Met(Met::Odd(oddity)));
    }
}
