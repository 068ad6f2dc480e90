//! Messages about what goes on, on the standard error or to syslog: `modprobe: ERROR: text`. What a
//! tool was asked to show goes through `output`.

mod syslog;

use std::io::Write;

use crate::ended::Ended;
use syslog::Syslog;

/// How grave a message is; syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// Ends the tool.
    Fatal = 2,
    /// Something failed.
    Error = 3,
    /// Something looks wrong.
    Warning = 4,
    /// Details of what is done.
    Info = 6,
}

impl Priority {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Fatal => b"FATAL",
            Self::Error => b"ERROR",
            Self::Warning => b"WARNING",
            Self::Info => b"INFO",
        }
    }
}

/// Where a tool's messages go, and which of them.
pub(crate) struct Log {
    tool: &'static str,
    level: i32,
    syslog: Option<Syslog>,
}

impl Log {
    /// Tells up to `level` on the standard error, under the tool's short name.
    pub(crate) fn new(tool: &'static str, level: Priority) -> Self {
        Self { tool, level: level as i32, syslog: None }
    }

    /// Sets how grave a message must be: those of a greater number are left out.
    pub(crate) fn set_level(&mut self, level: i32) {
        self.level = level;
    }

    /// Whether messages of a priority are told.
    pub(crate) fn tells(&self, priority: Priority) -> bool {
        priority as i32 <= self.level
    }

    /// Sends messages to syslog from now on.
    pub(crate) fn use_syslog(&mut self) {
        self.syslog = Some(Syslog::new(self.tool));
    }

    /// Tells that something failed.
    pub(crate) fn error(&self, text: &[&[u8]]) {
        self.say(Priority::Error, text);
    }

    /// Tells that something looks wrong.
    pub(crate) fn warning(&self, text: &[&[u8]]) {
        self.say(Priority::Warning, text);
    }

    /// Tells a detail.
    pub(crate) fn info(&self, text: &[&[u8]]) {
        self.say(Priority::Info, text);
    }

    /// Tells that nothing can go on: the tool ends, unless messages this grave are left out.
    pub(crate) fn fatal(&self, text: &[&[u8]]) -> Result<(), Ended> {
        self.say(Priority::Fatal, text);
        Ended::if_failed(self.tells(Priority::Fatal))
    }

    /// Tells a failure that ends the tool, unless others are to be tried after it.
    pub(crate) fn fatal_unless(&self, goes_on: bool, text: &[&[u8]]) -> Result<(), Ended> {
        if !goes_on {
            return self.fatal(text);
        }
        self.say(Priority::Warning, text);
        Ok(())
    }

    fn say(&self, priority: Priority, text: &[&[u8]]) {
        if !self.tells(priority) {
            return;
        }
        let text = [priority.word(), b": ", &text.concat()].concat();
        match &self.syslog {
            Some(syslog) => syslog.send(priority, &text),
            None => to_stderr(&[self.tool.as_bytes(), b": ", &text]),
        }
    }
}

/// Writes one line to the standard error; there is nobody to tell when that fails.
pub(crate) fn to_stderr(parts: &[&[u8]]) {
    let line = [&parts.concat()[..], b"\n"].concat();
    let _ = std::io::stderr().write_all(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fatal_message_ends_only_when_it_is_told() {
        let mut log = Log::new("modprobe", Priority::Warning);
        log.set_level(1);
        assert_eq!(log.fatal(&[b"silent"]), Ok(()));
        assert!(!log.tells(Priority::Fatal));
        log.set_level(6);
        assert!(log.tells(Priority::Info));
    }
}
