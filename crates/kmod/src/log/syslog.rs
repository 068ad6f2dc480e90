//! Messages for syslog, written as glibc's syslog(3) writes them to `/dev/log`. Nobody is told when
//! no one listens there; glibc would then write to the console.

use std::os::unix::net::UnixDatagram;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Priority;

/// The facility LOG_DAEMON (`sys/syslog.h`).
const DAEMON: u8 = 3 << 3;

/// The way to `/dev/log`.
pub(super) struct Syslog {
    identity: &'static str,
    socket: Option<UnixDatagram>,
}

impl Syslog {
    /// Messages are sent under the tool's short name.
    pub(super) fn new(identity: &'static str) -> Self {
        let socket = UnixDatagram::unbound().ok();
        Self { identity, socket: socket.filter(|socket| socket.connect("/dev/log").is_ok()) }
    }

    pub(super) fn send(&self, priority: Priority, text: &[u8]) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let datagram = datagram(priority, now.as_secs(), self.identity, text);
        if let Some(socket) = &self.socket {
            let _ = socket.send(&datagram);
        }
    }
}

/// `<PRI>Mon DD HH:MM:SS ident: text` and a newline. The time is UTC: a static binary has no time
/// zones, and today's loggers take the time of arrival.
fn datagram(priority: Priority, seconds: u64, identity: &str, text: &[u8]) -> Vec<u8> {
    let [month, day, hour, minute, second] = civil(seconds);
    let month = MONTHS[month as usize];
    let head = format!(
        "<{}>{month} {day:2} {hour:02}:{minute:02}:{second:02} {identity}: ",
        DAEMON | priority as u8
    );
    [head.as_bytes(), text, b"\n"].concat()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Month from 0, day of the month, hour, minute, second.
fn civil(seconds: u64) -> [u64; 5] {
    let (mut days, time) = (seconds / 86400, seconds % 86400);
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month = 0;
    for length in month_lengths(year) {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    [month, days + 1, time / 3600, time / 60 % 60, time % 60]
}

fn days_of_year(year: u64) -> u64 {
    month_lengths(year).iter().sum()
}

fn month_lengths(year: u64) -> [u64; 12] {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    [31, 28 + u64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_written_as_glibc_writes_them() {
        let table: [(u64, &str); 4] = [
            (0, "<27>Jan  1 00:00:00 modprobe: x\n"),
            (951_782_400, "<27>Feb 29 00:00:00 modprobe: x\n"),
            (1_795_420_668, "<27>Nov 23 07:57:48 modprobe: x\n"),
            (1_798_761_599, "<27>Dec 31 23:59:59 modprobe: x\n"),
        ];
        for (seconds, line) in table {
            assert_eq!(datagram(Priority::Error, seconds, "modprobe", b"x"), line.as_bytes());
        }
    }
}
