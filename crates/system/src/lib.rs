//! The only room that touches a machine: [`Machine`] answers what planners ask, [`LiveKernel`]
//! carries out what plans say, and [`open_module`] gives the bytes of a module file.
//!
//! It decides nothing: which module is meant and what is done about it are known in `decide`.

pub mod codec;
mod command;
mod configuration;
pub mod depmod;
mod driven_devices;
pub mod file;
pub mod file_change;
pub mod host;
pub mod images;
mod insertion;
mod inventory;
mod kernel_facts;
pub mod kernel_log;
pub mod kernel_status;
mod live_kernel;
mod machine;
mod module_file;
mod module_index;
pub mod place;
pub mod program;
mod removal;
mod sysfs;
mod system_calls;
#[cfg(test)]
mod tree;
pub mod uses;

pub use configuration::Complaint;
pub use host::Host;
pub use live_kernel::LiveKernel;
pub use machine::Machine;
pub use module_file::{ModuleBytes, OpenModule, open_module};
pub use module_index::IndexFile;
pub use place::Place;
