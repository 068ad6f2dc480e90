//! The system calls that change what the kernel holds, and the clock that waiting needs. Which is
//! called when is not known here; tests put another machine in their place.

use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use kmodctl_decide::Errno;

use crate::file::errno;

pub(crate) trait SystemCalls {
    fn finit_module(&mut self, file: BorrowedFd<'_>, options: &CStr, flags: i32) -> Answer;
    fn init_module(&mut self, image: &[u8], options: &CStr) -> Answer;
    fn delete_module(&mut self, name: &CStr, flags: i32) -> Answer;
    /// How long the clock has been running.
    fn elapsed(&self) -> Duration;
    fn sleep(&mut self, duration: Duration);
}

pub(crate) type Answer = Result<(), Errno>;

/// The machine we run on.
pub(crate) struct ThisMachine {
    started: Instant,
}

impl ThisMachine {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl SystemCalls for ThisMachine {
    fn finit_module(&mut self, file: BorrowedFd<'_>, options: &CStr, flags: i32) -> Answer {
        rustix::system::finit_module(file, options, flags).map_err(errno)
    }

    fn init_module(&mut self, image: &[u8], options: &CStr) -> Answer {
        rustix::system::init_module(image, options).map_err(errno)
    }

    fn delete_module(&mut self, name: &CStr, flags: i32) -> Answer {
        rustix::system::delete_module(name, flags).map_err(errno)
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
