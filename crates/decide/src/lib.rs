//! What should be done with kernel modules, and why: names are resolved, loads and removals are
//! planned, problems are named, and [`run`] walks a plan.
//!
//! This room is pure. It asks a [`World`] and has a [`Kernel`] act; it never touches a machine.
#![no_std]

extern crate alloc;

pub mod autoload;
pub mod block;
pub mod boot_list;
pub mod command_line_home;
pub mod configuration;
pub mod configured;
pub mod depmod;
pub mod diagnosis;
pub mod errno;
pub mod evidence;
pub mod file_change;
pub mod graph;
pub mod hypothesis;
pub mod idle;
pub mod image;
pub mod inventory;
pub mod kinship;
pub mod load;
pub mod named;
pub mod parameters;
pub mod plan;
pub mod problem;
pub mod rebuild;
pub mod request;
pub mod resolve;
pub mod run;
pub mod suggestion;
pub mod taint;
pub mod unload;
pub mod want;
pub mod why;
pub mod world;

pub use configuration::{Configuration, Origin};
pub use errno::Errno;
pub use evidence::Evidence;
pub use file_change::FileChange;
pub use image::{Image, ImageFault};
pub use inventory::{BootLine, Device, Inventory};
pub use kinship::Kinship;
pub use load::{BlacklistPolicy, BlacklistRule, LoadPolicy, plan_load};
pub use plan::{Action, Forecast, Plan, Reason, Step, When};
pub use problem::Problem;
pub use resolve::{Match, resolve, resolve_name};
pub use run::{Failure, Kernel, Outcome, Watch, run};
pub use unload::{UnloadPolicy, plan_lone_removal, plan_unload};
pub use world::{AsWorld, InitState, ModuleFile, World};
