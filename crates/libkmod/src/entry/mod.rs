//! The C functions, in the order of `libkmod.h`. They turn pointers into values, ask [`crate::core`],
//! and turn answers into pointers and numbers.
//!
//! Each goes through one guard, which makes an error of a panic. A NULL where an object belongs is
//! answered, never followed. What C has is one strong count of an [`Rc`](std::rc::Rc): of a context or
//! a module for each reference, of a list for the list.

mod configuration;
mod context;
mod details;
mod guard;
mod index;
mod insertion;
mod list;
mod loaded;
mod logging;
mod module;
mod pointer;
mod relations;
#[cfg(test)]
mod tests;

pub use configuration::*;
pub use context::*;
pub use details::*;
pub use index::*;
pub use insertion::*;
pub use list::*;
pub use loaded::*;
pub use logging::*;
pub use module::*;
pub use relations::*;
