//! Where lines go: the standard output or error, the kernel log, or a file. A reader that has gone
//! away is no reason to stop; lines that could not be written are counted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::options::{Destination, Options};
use crate::record::{Priority, Record};

/// The lines of one run.
pub(crate) struct Log {
    to: Box<dyn Write>,
    is_kernel_log: bool,
    json: bool,
    priority_prefix: bool,
    least: Priority,
    /// Lines that could not be written.
    pub(crate) lost: u64,
}

impl Log {
    /// Opens what the options name; the error is that of a file that cannot be opened.
    pub(crate) fn open(options: &Options) -> io::Result<Self> {
        let to: Box<dyn Write> = match &options.log {
            Destination::File(path) => Box::new(appended(path)?),
            Destination::KernelLog => Box::new(appended(Path::new("/dev/kmsg"))?),
            Destination::Stderr => Box::new(io::stderr()),
            Destination::Stdout => Box::new(io::stdout()),
        };
        Ok(Self {
            to,
            is_kernel_log: options.log == Destination::KernelLog,
            json: options.json,
            priority_prefix: options.priority_prefix,
            least: if options.quiet { Priority::Info } else { Priority::Detail },
            lost: 0,
        })
    }

    /// Writes a line, if it is grave enough.
    pub(crate) fn tell(&mut self, record: &Record) {
        if record.priority > self.least {
            return;
        }
        let line = self.line(record);
        if self.to.write_all(&line).and_then(|()| self.to.flush()).is_err() {
            self.lost += 1;
        }
    }

    fn line(&self, record: &Record) -> Vec<u8> {
        /// The kernel takes no longer line through `/dev/kmsg` (`PRINTKRB_RECORD_MAX`).
        const KERNEL_LOG_LIMIT: usize = 960;
        let text = if self.json { record.json() } else { record.words() };
        let mut line = Vec::new();
        if self.priority_prefix || self.is_kernel_log {
            line.extend_from_slice(format!("<{}>", record.priority as u8).as_bytes());
        }
        if self.is_kernel_log {
            line.extend_from_slice(b"kmodctl-autoload: ");
            line.extend_from_slice(text.as_bytes());
            line.truncate(KERNEL_LOG_LIMIT);
        } else {
            line.extend_from_slice(text.as_bytes());
        }
        line.push(b'\n');
        line
    }
}

fn appended(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refuses everything.
    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(is_kernel_log: bool, priority_prefix: bool, least: Priority) -> Log {
        Log { to: Box::new(Gone), is_kernel_log, json: false, priority_prefix, least, lost: 0 }
    }

    #[test]
    fn each_destination_has_its_form() {
        let record = Record::new(Priority::Warning, "x");
        let line = |log: Log| String::from_utf8(log.line(&record)).unwrap();
        assert_eq!(line(log(false, false, Priority::Detail)), "event=x\n");
        assert_eq!(line(log(false, true, Priority::Detail)), "<4>event=x\n");
        assert_eq!(line(log(true, false, Priority::Detail)), "<4>kmodctl-autoload: event=x\n");
        let long = Record::new(Priority::Info, "x").text("y", "z".repeat(2000));
        assert_eq!(log(true, false, Priority::Detail).line(&long).len(), 961);
    }

    #[test]
    fn lines_that_are_lost_are_counted_and_quiet_ones_are_not_written() {
        let mut log = log(false, false, Priority::Info);
        log.tell(&Record::new(Priority::Info, "x"));
        log.tell(&Record::new(Priority::Detail, "x"));
        assert_eq!(log.lost, 1);
    }
}
