//! The only room that touches a machine: [`Machine`] answers what planners ask, [`LiveKernel`]
//! carries out what plans say, and [`open_module`] gives the bytes of a module file.
//!
//! It decides nothing: which module is meant and what is done about it are known in `decide`.

pub mod boot_files;
pub mod boot_list;
pub mod codec;
mod command;
mod configuration;
pub mod depmod;
pub mod devices;
mod driven_devices;
mod evidence;
pub mod file;
pub mod file_change;
mod freshness;
pub mod host;
pub mod images;
mod insertion;
mod inventory;
pub mod kernel_configuration;
mod kernel_facts;
pub mod kernel_log;
pub mod kernel_status;
mod live_kernel;
mod live_modules;
mod machine;
pub mod modinfo;
mod module_file;
mod module_index;
mod mountinfo;
mod netlink;
mod parameters;
pub mod place;
pub mod program;
mod removal;
#[cfg(feature = "listen")]
pub mod signals;
mod stamp;
mod sysfs;
mod system_calls;
#[cfg(test)]
mod tree;
#[cfg(feature = "listen")]
pub mod uevents;

pub mod uses;
mod wants;

pub use configuration::Complaint;
pub use freshness::Freshness;
pub use host::Host;
pub use live_kernel::LiveKernel;
pub use machine::Machine;
pub use module_file::{ModuleBytes, OpenModule, open_module, open_sections};
pub use module_index::IndexFile;
pub use place::Place;
pub use sysfs::LoadedSection;
