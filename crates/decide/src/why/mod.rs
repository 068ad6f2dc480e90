//! Why a module is in the kernel, and why it is not: the decision is replayed on the machine's own
//! files. What the kernel or a person asked for leaves no trace there, and is said to be unknown.

mod candidates;
mod chains;
mod obstacles;

pub use candidates::{Candidate, candidates};
pub use chains::{Chain, How, Link, Root, why};
pub use obstacles::{Asker, Obstacle, why_not};
