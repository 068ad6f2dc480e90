//! What should be done with kernel modules, and why.
#![no_std]

extern crate alloc;
