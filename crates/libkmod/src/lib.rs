//! kmod's C library, as udev, systemd and others load it: `libkmod.so.2` with the functions, symbol
//! versions and numbers of kmod 34.
//!
//! Three shells: [`core`] is plain safe Rust over the rooms of the house and knows no pointers;
//! [`entry`] holds the C functions and all `unsafe`; `link/` has what `cargo xtask libkmod` makes a
//! shared library with. No rule of behaviour lives here: what is resolved, planned and carried out
//! is known in `decide` and `system`.

pub mod core;
pub mod entry;
