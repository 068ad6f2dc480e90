//! The kernel's messages from one moment on, from `/dev/kmsg`. What they mean is known in `format`.

use std::os::fd::OwnedFd;

use kmodctl_decide::Errno;
use kmodctl_format::kernel_log::line_of_record;
use rustix::fs::{Mode, OFlags, SeekFrom};

use crate::file::errno;

/// The log from the moment of its opening on.
pub struct KernelLog {
    file: OwnedFd,
}

impl KernelLog {
    /// Opens the log behind its last message. Who may read it is the kernel's to say
    /// (`kernel.dmesg_restrict`).
    pub fn from_now() -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::open("/dev/kmsg", flags, Mode::empty()).map_err(errno)?;
        rustix::fs::seek(&file, SeekFrom::End(0)).map_err(errno)?;
        Ok(Self { file })
    }

    /// The lines since then, the oldest first.
    pub fn lines(&self) -> Vec<Vec<u8>> {
        // No record is longer (`PRINTK_MESSAGE_MAX`), and no load says more than this.
        const RECORD: usize = 8192;
        const MOST: usize = 10_000;
        let mut lines = Vec::new();
        let mut record = vec![0; RECORD];
        while lines.len() < MOST {
            match rustix::io::read(&self.file, &mut record) {
                Ok(0) => break,
                Ok(read) => lines.extend(line_of_record(&record[..read]).map(<[u8]>::to_vec)),
                // Messages were overwritten before they were read: the next ones follow.
                Err(rustix::io::Errno::PIPE | rustix::io::Errno::INTR) => {}
                Err(_) => break,
            }
        }
        lines
    }
}
