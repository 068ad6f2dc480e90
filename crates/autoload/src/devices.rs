//! Loading for devices: for those that are there, and for those that the kernel tells of. Nothing
//! that one device does ends it.

use std::time::{Duration, Instant};

use kmodctl::decide::{Errno, autoload};
use kmodctl::format::uevent::{Device, Uevent};
use kmodctl::system::devices;
use kmodctl::system::signals::Signals;
use kmodctl::system::uevents::{Received, UeventSocket, wait};
use std::os::fd::AsFd;

use crate::account::Account;
use crate::loader::{Asker, Loader};
use crate::options::Options;
use crate::record::{Priority, Record};
use crate::statistics;

/// How long what was read of the configuration counts without another look.
const FRESH: Duration = Duration::from_secs(3);

/// Loading for devices, under way.
pub(crate) struct Devices<'a> {
    options: &'a Options,
    loader: &'a mut Loader,
    /// None where the kernel has no such socket; then nothing that comes is heard.
    socket: Option<UeventSocket>,
    signals: Signals,
    account: Account,
    /// Messages were lost, and sysfs is to be walked when all that wait are handled: as long as one
    /// waits, the kernel sends no more.
    coldplug_is_due: bool,
    looked: Instant,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Continue,
    Stop,
}

/// Loads for what is there, for what comes, or for both; the error is why it could not do its work.
pub(crate) fn run(
    options: &Options,
    loader: &mut Loader,
    (coldplug, daemon): (bool, bool),
) -> Result<(), (&'static str, Errno)> {
    let sys = loader.place().sys.clone();
    let signals = Signals::new().map_err(|errno| ("signals", errno))?;
    // The socket comes first: what appears while sysfs is walked is heard.
    let socket = match UeventSocket::open(options.room) {
        Err(errno) if daemon => return Err(("uevent-socket", errno)),
        opened => opened.ok(),
    };
    let last = devices::last_event(&sys);
    let mut account = Account::default();
    account.begins_after(last.unwrap_or_default());
    let looked = Instant::now();
    let coldplug_is_due = false;
    let mut devices =
        Devices { options, loader, socket, signals, account, coldplug_is_due, looked };
    devices.tell_start(coldplug, daemon);
    let worked = devices.work(coldplug, daemon);
    devices.finish(&sys);
    worked
}

impl Devices<'_> {
    fn work(&mut self, coldplug: bool, daemon: bool) -> Result<(), (&'static str, Errno)> {
        if coldplug {
            self.coldplug("coldplug").map_err(|errno| ("sysfs", errno))?;
        }
        let worked = match daemon {
            true => self.serve(None),
            false => self.serve(Some(Instant::now() + self.options.timeout)),
        };
        worked.map_err(|errno| ("uevent-socket", errno))
    }

    /// Handles what comes: until it is told to stop or, with an end, until nothing has come for the
    /// time to settle.
    fn serve(&mut self, end: Option<Instant>) -> Result<(), Errno> {
        let mut quiet_since = Instant::now();
        loop {
            if self.obey_signals() == Next::Stop {
                return Ok(());
            }
            if self.receive_one()? {
                quiet_since = Instant::now();
                if end.is_some_and(|end| Instant::now() >= end) {
                    self.loader.log.tell(&Record::new(Priority::Warning, "timeout"));
                    return Ok(());
                }
                continue;
            }
            let limit = end.map(|end| end.min(quiet_since + self.options.settle));
            let left = limit.map(|limit| limit.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(());
            }
            let Some(socket) = &self.socket else { return Ok(()) };
            wait(&[socket.as_fd(), self.signals.as_fd()], left)?;
        }
    }

    /// Takes one message and handles it; says whether there was one.
    fn receive_one(&mut self) -> Result<bool, Errno> {
        let Some(socket) = &mut self.socket else { return Ok(false) };
        match socket.receive()? {
            Received::Nothing if self.coldplug_is_due => self.coldplug_after_overrun(),
            Received::Nothing => return Ok(false),
            Received::Foreign(port) => {
                self.account.foreign += 1;
                let record = Record::new(Priority::Detail, "foreign-message");
                self.loader.log.tell(&record.number("port", port.into()));
            }
            Received::Overrun => {
                self.account.overruns += 1;
                self.coldplug_is_due = true;
                self.loader.log.tell(&Record::new(Priority::Warning, "overrun"));
            }
            Received::Message(message) => {
                let message = message.to_vec();
                self.handle(&message);
            }
        }
        Ok(true)
    }

    fn handle(&mut self, message: &[u8]) {
        self.account.messages += 1;
        let Ok(event) = Uevent::parse(message) else {
            self.account.malformed += 1;
            let record = Record::new(Priority::Warning, "malformed-message");
            self.loader.log.tell(&record.text("bytes", &message[..message.len().min(200)]));
            return;
        };
        if let Some(number) = event.sequence {
            self.account.heard(number);
        }
        if event.action != b"add" {
            self.account.other_actions += 1;
            return;
        }
        self.look_at_configuration();
        let number = event.sequence;
        match self.load_for(&event.device, "uevent", number) {
            0 => self.account.without_request += 1,
            _ => self.account.with_request += 1,
        }
    }

    /// Loads what a device asks for; returns how much that was.
    fn load_for(
        &mut self,
        device: &Device<'_>,
        source: &'static str,
        number: Option<u64>,
    ) -> usize {
        let queries = autoload::queries(device);
        if queries.is_empty() {
            return 0;
        }
        let mut about = Record::new(Priority::Info, "")
            .text("source", source)
            .text("device", device.path)
            .text("subsystem", device.subsystem);
        if let Some(number) = number {
            about = about.number("seqnum", number);
        }
        let asker = Asker { about, unknown: Priority::Detail };
        for query in &queries {
            self.loader.load(query, &asker);
        }
        queries.len()
    }

    /// Loads for every device that is there.
    fn coldplug(&mut self, source: &'static str) -> Result<(), Errno> {
        let sys = self.loader.place().sys.clone();
        self.account.coldplugs += 1;
        let mut found = Vec::new();
        devices::visit(&sys, |device| found.push(device))?;
        for device in &found {
            self.account.devices += 1;
            self.load_for(&device.device(), source, None);
        }
        let record = Record::new(Priority::Info, "coldplug").text("source", source);
        self.loader.log.tell(&record.number("devices", found.len() as u64));
        Ok(())
    }

    fn coldplug_after_overrun(&mut self) {
        self.coldplug_is_due = false;
        if let Err(errno) = self.coldplug("overrun") {
            let record = Record::new(Priority::Error, "coldplug-failed");
            self.loader.log.tell(&record.number("errno", errno.0.unsigned_abs().into()));
        }
    }

    fn look_at_configuration(&mut self) {
        if self.looked.elapsed() >= FRESH {
            self.loader.reload_if_changed();
            self.looked = Instant::now();
        }
    }

    fn obey_signals(&mut self) -> Next {
        let asked = self.signals.take();
        if asked.reload {
            self.loader.reload();
            self.looked = Instant::now();
        }
        if asked.tell {
            self.tell_statistics();
        }
        if asked.stop { Next::Stop } else { Next::Continue }
    }

    fn tell_start(&mut self, coldplug: bool, daemon: bool) {
        let record = Record::new(Priority::Info, "start")
            .text("work", if daemon { "daemon" } else { "once" })
            .text("coldplug", if coldplug { "yes" } else { "no" })
            .text("modules", self.loader.module_directory())
            .number("receive_buffer", self.socket.as_ref().map_or(0, UeventSocket::room) as u64);
        self.loader.log.tell(&record);
    }

    /// Handles what has come until now, but nothing that comes meanwhile, and tells what was counted.
    fn finish(&mut self, sys: &[u8]) {
        let last = devices::last_event(sys).unwrap_or_default();
        while self.account.last() < last {
            self.coldplug_is_due = false;
            if !matches!(self.receive_one(), Ok(true)) {
                break;
            }
        }
        self.account.ends_with(last);
        self.tell_statistics();
    }

    fn tell_statistics(&mut self) {
        self.account.outcomes = self.loader.outcomes.clone();
        let record = self.account.record(self.loader.log.lost);
        self.loader.log.tell(&record);
        if let Some(path) = &self.options.statistics {
            if let Err(error) = statistics::write(path, &record, self.options.json) {
                let record = Record::new(Priority::Warning, "statistics-not-written");
                self.loader.log.tell(&record.text("cause", error.to_string()));
            }
        }
    }
}
