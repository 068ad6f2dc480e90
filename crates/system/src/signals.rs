//! Signals for a process that stays: which have come, and a descriptor that can be waited for.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kmodctl_decide::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

/// The signals that have come since they were last asked for.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
    tell: Arc<AtomicBool>,
    woken: UnixStream,
}

/// What signals ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// To end: `SIGTERM` or `SIGINT`.
    pub stop: bool,
    /// To read the configuration anew: `SIGHUP`.
    pub reload: bool,
    /// To tell how things are: `SIGUSR1`.
    pub tell: bool,
}

impl Signals {
    /// Takes these signals over from now on.
    pub fn new() -> Result<Self, Errno> {
        let (woken, waker) = UnixStream::pair().map_err(of)?;
        woken.set_nonblocking(true).map_err(of)?;
        waker.set_nonblocking(true).map_err(of)?;
        let signals =
            Self { stop: Arc::default(), reload: Arc::default(), tell: Arc::default(), woken };
        let flags = [
            (SIGTERM, &signals.stop),
            (SIGINT, &signals.stop),
            (SIGHUP, &signals.reload),
            (SIGUSR1, &signals.tell),
        ];
        for (signal, flag) in flags {
            // The flag first: whoever is woken finds it set.
            signal_hook::flag::register(signal, Arc::clone(flag)).map_err(of)?;
            let waker = waker.try_clone().map_err(of)?;
            signal_hook::low_level::pipe::register(signal, waker).map_err(of)?;
        }
        Ok(signals)
    }

    /// What was asked for since the last call.
    pub fn take(&mut self) -> Asked {
        let mut bytes = [0; 64];
        while matches!(self.woken.read(&mut bytes), Ok(1..)) {}
        let taken = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
        Asked { stop: taken(&self.stop), reload: taken(&self.reload), tell: taken(&self.tell) }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }
}

fn of(error: std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EINVAL, Errno)
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_hook::low_level::raise;

    #[test]
    fn each_signal_asks_for_its_own() {
        let mut signals = Signals::new().unwrap();
        assert_eq!(signals.take(), Asked::default());
        raise(SIGUSR1).unwrap();
        assert_eq!(signals.take(), Asked { tell: true, ..Asked::default() });
        raise(SIGHUP).unwrap();
        raise(SIGTERM).unwrap();
        assert_eq!(signals.take(), Asked { stop: true, reload: true, tell: false });
        assert_eq!(signals.take(), Asked::default());
    }
}
