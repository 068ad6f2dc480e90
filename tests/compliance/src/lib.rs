//! The compliance suite: one scenario, run on kmod 34.2, on the installed kmod and on ours,
//! and everything that can be seen compared: standard output, standard error, exit code,
//! module system calls, files written, syslog.
//!
//! Every command runs chrooted into a small prepared machine (`machine`), its module system
//! calls answered by `supervisor`. Scenarios are text (`scenario`), grouped in themes
//! (`theme`). The truth is what kmod 34.2 does when the suite runs; nothing it printed is
//! stored, except where ours is meant to differ. The suite links none of the project's
//! crates.

pub mod boot_list;
pub mod containers;
pub mod errno;
pub mod hostile;
pub mod implementation;
pub mod index;
pub mod interrupt;
pub mod kernel;
pub mod machine;
pub mod measure;
pub mod module_file;
pub mod mounts;
pub mod program;
pub mod scenario;
pub mod spawn;
pub mod supervisor;
pub mod theme;
pub mod transcript;
pub mod whole;
pub mod work;

/// The kernel release every command is told by `uname`.
pub const RELEASE: &str = "6.1.0-test";
