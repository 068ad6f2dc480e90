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

#[cfg(test)]
pub(crate) mod script {
    //! A kernel whose answers a test has written down, and which notes what it is asked.

    use super::*;
    use std::collections::VecDeque;

    pub(crate) struct Script {
        answers: VecDeque<Answer>,
        clock: Duration,
        /// What was called, as text.
        pub(crate) calls: Vec<String>,
        /// The images that were given from memory.
        pub(crate) images: Vec<Vec<u8>>,
    }

    impl Script {
        pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
            let answers = answers.into_iter().collect();
            Self { answers, clock: Duration::ZERO, calls: Vec::new(), images: Vec::new() }
        }

        fn answer(&mut self, call: String) -> Answer {
            self.calls.push(call);
            self.answers.pop_front().unwrap()
        }
    }

    impl SystemCalls for Script {
        fn finit_module(&mut self, _: BorrowedFd<'_>, options: &CStr, flags: i32) -> Answer {
            self.answer(format!("finit_module {options:?} {flags}"))
        }

        fn init_module(&mut self, image: &[u8], options: &CStr) -> Answer {
            self.images.push(image.into());
            self.answer(format!("init_module {options:?}"))
        }

        fn delete_module(&mut self, name: &CStr, flags: i32) -> Answer {
            self.answer(format!("delete_module {} {flags}", name.to_str().unwrap()))
        }

        fn elapsed(&self) -> Duration {
            self.clock
        }

        fn sleep(&mut self, duration: Duration) {
            self.clock += duration;
            self.calls.push(format!("sleep {}", duration.as_millis()));
        }
    }
}
