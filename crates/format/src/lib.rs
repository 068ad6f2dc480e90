//! Bytes to values and back: what is in module files, indexes, configuration and kernel text.
//!
//! This room is pure: it has no files, clocks or processes. It says what bytes mean and where they
//! are damaged; it never decides what should be done about them.
#![no_std]

extern crate alloc;

pub mod build_id;
pub mod byte_order;
pub mod configuration;
pub mod cpio;
pub mod dependencies;
pub mod depmod_cache;
pub mod depmod_configuration;
pub mod devname;
pub mod elf;
pub mod hash;
pub mod hex;
pub mod index;
pub mod initcall;
pub mod initramfs;
pub mod initstate;
pub mod kernel_blacklist;
pub mod kernel_command_line;
pub mod kernel_compression;
pub mod kernel_configuration;
pub mod kernel_log;
pub mod kernel_symbols;
pub mod modinfo;
pub mod modprobe_options;
pub mod module_lists;
pub mod module_parameters;
pub mod modules_load;
pub mod name;
pub mod netlink;
pub mod network_interface;
pub mod octal;
pub mod packet_rules;
pub mod pattern;
pub mod portable_executable;
pub mod proc_modules;
pub mod read_at;
pub mod regular_expression;
pub mod scanf;
pub mod signature;
pub mod suffix;
pub mod symbols;
pub mod tables;
pub mod traffic_control;
pub mod uevent;
pub mod xz;

pub use name::{ModuleName, UnmatchedBracket};
pub use read_at::{ReadAt, ReadError};
