//! How answers look: colour, tables, problems, JSON. What is shown is known by the commands.

pub(crate) mod block;
pub(crate) mod json;
mod paint;
pub(crate) mod plan;
pub(crate) mod problem;
mod table;
pub(crate) mod uses;
pub(crate) mod why;
mod words;

pub(crate) use paint::Paint;
pub(crate) use table::{Align, Table};
pub(crate) use words::{joined, names, origin, shell_word, size, text};
