//! The standard output: buffered as C's is, and quiet when its reader goes away. Messages about
//! failures are not written here, but by `log`.

use std::io::IsTerminal;

use rustix::io::{Errno, write};

use crate::ended::Ended;

/// Bytes on their way to the standard output; written when the buffer is full, at every newline of
/// a terminal, when asked, and by `main` at the end.
#[derive(Debug, Default)]
pub(crate) struct Output {
    buffer: Vec<u8>,
    is_terminal: Option<bool>,
}

const CAPACITY: usize = 64 * 1024;

impl Output {
    /// Appends bytes. A reader that has gone away ends the tool; other failures are ignored, as
    /// kmod ignores them.
    pub(crate) fn write<const N: usize>(&mut self, parts: &[&[u8]; N]) -> Result<(), Ended> {
        // Room for all parts is made once: `modprobe -c` writes 40,000 lines of five.
        self.buffer.reserve(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
        if self.buffer.len() >= CAPACITY || (self.buffer.ends_with(b"\n") && self.is_terminal()) {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), Ended> {
        let written = write_all(&self.buffer);
        self.buffer.clear();
        written
    }

    fn is_terminal(&mut self) -> bool {
        *self.is_terminal.get_or_insert_with(|| std::io::stdout().is_terminal())
    }
}

fn write_all(mut rest: &[u8]) -> Result<(), Ended> {
    while !rest.is_empty() {
        match write(rustix::stdio::stdout(), rest) {
            Ok(written) => rest = &rest[written.min(rest.len())..],
            Err(Errno::INTR) => {}
            Err(Errno::PIPE) => return Err(Ended::BrokenPipe),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
