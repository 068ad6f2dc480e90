//! The library without C: contexts, the modules each of them pools, and lists. Nothing here is
//! `unsafe`, and nothing decides.

pub mod context;
pub mod details;
pub mod directives;
pub mod list;
pub mod log;
pub mod module;
pub mod probe;
pub mod words;
