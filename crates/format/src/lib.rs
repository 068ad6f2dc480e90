//! Bytes to values and back: what is in module files, indexes, configuration and kernel text.
//!
//! This room is pure: it has no files, clocks or processes. It says what bytes mean and where they
//! are damaged; it never decides what should be done about them.
#![no_std]

extern crate alloc;

pub mod build_id;
pub mod byte_order;
pub mod configuration;
pub mod elf;
pub mod hex;
pub mod index;
pub mod kernel_command_line;
pub mod modinfo;
pub mod name;
pub mod pattern;
pub mod read_at;
pub mod signature;
pub mod symbols;

pub use name::{ModuleName, UnmatchedBracket};
pub use read_at::{ReadAt, ReadError};

// Placeholders with the shape other rooms expect; each goes when its file lands.
#[allow(missing_docs)]
pub mod suffix {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Codec {
        Gzip,
        Xz,
        Zstd,
    }
}
