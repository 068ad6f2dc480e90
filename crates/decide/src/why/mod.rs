//! Why a module is in the kernel, and why it is not: the decision is replayed on the machine's own
//! files, and on what is seen there that has the kernel ask. What a person asked for leaves no trace,
//! and is said to be unknown.

mod candidates;
mod chains;
mod obstacles;
mod requests;

pub use candidates::{Candidate, candidates};
pub use chains::{Chain, How, Link, Root, why};
pub use obstacles::{Asker, Obstacle, why_not, why_not_as};
pub use requests::Asked;
