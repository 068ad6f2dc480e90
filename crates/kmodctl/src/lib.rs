//! Linux kernel modules, managed: the public library.

pub use kmodctl_decide as decide;
pub use kmodctl_format as format;
pub use kmodctl_system as system;
