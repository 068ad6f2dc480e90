//! depmod's part of the machine: finding module files, reading them on all cores, and publishing
//! the tables. What stands in the tables is known in `decide`.

pub mod cache;
mod configuration;
mod contents;
mod jobs;
mod leftovers;
mod publish;
mod scan;
mod walk;

pub use configuration::{Read, read_configuration};
pub use contents::{KeptContents, Reading, read_modules};
pub use jobs::{Jobs, for_each};
pub use publish::{Fault, Step, create_directory, publish};
pub use scan::{Found, Oddity, Stale, is_up_to_date, scan};
