//! How answers look: colour, tables, problems, JSON. What is shown is known by the commands.

mod change;
pub(crate) mod json;
mod paint;
pub(crate) mod problem;
mod table;
mod words;

pub(crate) use change::{change_text, change_value};
pub(crate) use paint::Paint;
pub(crate) use table::{Align, Table};
pub(crate) use words::{joined, names, origin, size, text};
