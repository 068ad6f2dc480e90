//! Asking the kernel through netlink for all things of a kind. What the answers mean is read in `format`.

use std::time::Duration;

use kmodctl_decide::Errno;
use kmodctl_format::netlink::{Message, messages, request_for_all};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto,
    socket_with,
};

use crate::file::errno;

/// `NETLINK_ROUTE`: its number is 0.
pub(crate) const ROUTE: Option<Protocol> = None;

/// The kernel answers at once; this is for a kernel that does not.
const PATIENCE: Duration = Duration::from_secs(2);

/// The kernel sends no longer messages (`NLMSG_GOODSIZE` and `max_recvmsg_len` are at most 32 KiB).
const MESSAGE_LIMIT: usize = 64 << 10;

/// Asks for all things of a kind, and has each looked at: its kind, and its header with attributes.
pub(crate) fn ask(
    protocol: Option<Protocol>,
    kind: u16,
    header: &[u8],
    look: &mut dyn FnMut(u16, &[u8]),
) -> Result<(), Errno> {
    let flags = SocketFlags::CLOEXEC;
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, protocol).map_err(errno)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE)).map_err(errno)?;
    let request = request_for_all(kind, header);
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &request, SendFlags::empty(), &kernel).map_err(errno)?;
    let mut buffer = vec![0; MESSAGE_LIMIT];
    loop {
        let (read, _) = recv(&socket, &mut buffer[..], RecvFlags::empty()).map_err(errno)?;
        if read == 0 {
            return Ok(());
        }
        for message in messages(&buffer[..read]) {
            match message {
                Message::End => return Ok(()),
                Message::Thing { kind, body } => look(kind, body),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Interfaces (`RTM_GETLINK`, answered by `RTM_NEWLINK`): the loopback device is always there.
    #[test]
    fn the_kernel_tells_of_its_interfaces() {
        const GET_LINK: u16 = 18;
        const NEW_LINK: u16 = 16;
        let mut kinds = Vec::new();
        let asked = ask(ROUTE, GET_LINK, &[0; 16], &mut |kind, _| kinds.push(kind));
        assert_eq!(asked, Ok(()));
        assert!(kinds.contains(&NEW_LINK) && kinds.iter().all(|kind| *kind == NEW_LINK));
    }
}
