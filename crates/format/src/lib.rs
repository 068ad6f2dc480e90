//! Bytes to values and back: what is in module files, indexes, configuration and kernel text.
//!
//! This room is pure: it has no files, clocks or processes. It says what bytes mean and where they
//! are damaged; it never decides what should be done about them.
#![no_std]

extern crate alloc;

pub mod name;
pub mod read_at;

pub use name::{ModuleName, UnmatchedBracket};
pub use read_at::{ReadAt, ReadError};
