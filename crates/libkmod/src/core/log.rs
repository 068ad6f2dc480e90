//! Where messages go, and which of them. Their texts are in `words`.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

/// How urgent a message is, with syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Something failed.
    Error = 3,
    /// Something happened that a curious reader may want to know.
    Info = 6,
}

/// What shows a message: its priority, the function it is from, and its text.
pub type Show = Rc<dyn Fn(Priority, &CStr, &[u8])>;

/// The log of one context.
pub struct Log {
    level: Cell<i32>,
    show: RefCell<Option<Show>>,
}

impl Log {
    /// A log of messages up to a level, shown by `show`.
    pub fn new(level: i32, show: Show) -> Self {
        Self { level: Cell::new(level), show: RefCell::new(Some(show)) }
    }

    /// The least urgent priority that is shown.
    pub fn level(&self) -> i32 {
        self.level.get()
    }

    /// Shows messages up to that priority from now on.
    pub fn set_level(&self, level: i32) {
        self.level.set(level);
    }

    /// Has messages shown by `show` from now on; nothing silences them.
    pub fn set_show(&self, show: Option<Show>) {
        // What was there may log while it is dropped, and so it is not dropped under the borrow.
        let before = self.show.replace(show);
        drop(before);
    }

    /// Shows an error.
    pub fn error(&self, function: &CStr, parts: &[&[u8]]) {
        self.tell(Priority::Error, function, parts);
    }

    /// Shows a piece of information.
    pub fn info(&self, function: &CStr, parts: &[&[u8]]) {
        self.tell(Priority::Info, function, parts);
    }

    fn tell(&self, priority: Priority, function: &CStr, parts: &[&[u8]]) {
        if priority as i32 > self.level.get() {
            return;
        }
        // The callback may ask for another one: nothing is borrowed while it runs.
        let show = self.show.borrow().clone();
        if let Some(show) = show {
            show(priority, function, &parts.concat());
        }
    }
}

/// Reads the level that the environment asks for: a number, or the first letters of a word.
pub fn level_of(text: &[u8]) -> i32 {
    let digits = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let rest = &text[digits..];
    if digits > 0 && rest.first().is_none_or(u8::is_ascii_whitespace) {
        let number = std::str::from_utf8(&text[..digits]).ok().and_then(|text| text.parse().ok());
        return number.unwrap_or(0);
    }
    const WORDS: [(&[u8], i32); 3] = [(b"err", 3), (b"info", 6), (b"debug", 7)];
    let named = WORDS.iter().find(|(word, _)| text.starts_with(word));
    named.map_or(0, |(_, level)| *level)
}

/// Writes a message to the standard error, as the library does by itself.
pub fn to_standard_error(priority: Priority, function: &CStr, text: &[u8]) {
    let priority: &[u8] = match priority {
        Priority::Error => b"ERROR",
        Priority::Info => b"INFO",
    };
    let line = [b"libkmod: ", priority, b": ", function.to_bytes(), b": ", text, b"\n"].concat();
    let mut rest = line.as_slice();
    while !rest.is_empty() {
        match rustix::io::write(rustix::stdio::stderr(), rest) {
            Ok(written) if written > 0 => rest = &rest[written..],
            Err(rustix::io::Errno::INTR) => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_numbers_or_words() {
        let table = [
            ("", 0),
            ("7", 7),
            ("3 x", 3),
            ("err", 3),
            ("error", 3),
            ("info", 6),
            ("debugging", 7),
            ("other", 0),
        ];
        for (text, level) in table {
            assert_eq!(level_of(text.as_bytes()), level, "{text}");
        }
    }

    #[test]
    fn messages_below_the_level_are_not_shown() {
        let shown = Rc::new(RefCell::new(Vec::new()));
        let copy = Rc::clone(&shown);
        let show: Show = Rc::new(move |_, function, text| {
            copy.borrow_mut().push((function.to_owned(), text.to_vec()));
        });
        let log = Log::new(3, show);
        log.info(c"f", &[b"not shown"]);
        log.error(c"f", &[b"one ", b"two"]);
        log.set_level(6);
        log.info(c"g", &[b"three"]);
        log.set_show(None);
        log.error(c"f", &[b"not shown"]);
        let expected =
            [(c"f".to_owned(), b"one two".to_vec()), (c"g".to_owned(), b"three".to_vec())];
        assert_eq!(*shown.borrow(), expected);
    }
}
