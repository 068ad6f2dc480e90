//! Keeping modules out: the lines that do it on every engine, in a file of our own, and the proof
//! that they hold. `simulate` replays what kmod makes of a request, `verify` tries every way in.

mod changes;
mod hint;
mod image;
pub mod only;
mod owned;
mod scanner;
mod simulate;
mod verify;
mod ways;
mod witness;

pub use changes::{
    BlockPlan, BlockRequest, Blocked, BlockedKind, Why, block, blocked_modules, unblock,
};
pub use hint::{Hint, Void};
pub use image::{ImageState, image_state};
pub use owned::{FILE, Stanza, spelling_of};
pub use scanner::{Scanner, Verdict, scanners};
pub use simulate::{Hold, Leak, Outcome, Rules, simulate};
pub use verify::{KernelState, KernelVerification, Proof, Verification, kernel_state, verify};
pub use ways::{Way, WayIn, ways};
