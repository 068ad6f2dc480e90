//! The socket through which the kernel tells of devices. Messages of anyone else are told apart by
//! their sender; what they mean is read in `format`.

use std::io::IoSliceMut;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use kmodctl_decide::Errno;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvFlags, ReturnFlags, SocketFlags, SocketType, bind,
    recvmsg, socket_with, sockopt,
};

use crate::file::errno;

/// The multicast group that the kernel sends to; udev's own messages go to another.
const KERNEL_GROUP: u32 = 1;

/// No message of the kernel is longer (`UEVENT_BUFFER_SIZE` is 2048, and the header comes before it).
const MESSAGE_LIMIT: usize = 16 << 10;

/// A socket that hears the kernel's events.
#[derive(Debug)]
pub struct UeventSocket {
    socket: OwnedFd,
    buffer: Vec<u8>,
}

/// What comes out of the socket.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// A message that the kernel has not sent, and the port of its sender.
    Foreign(u32),
    /// A message of the kernel.
    Message(&'a [u8]),
    /// Nothing is waiting.
    Nothing,
    /// Messages were lost: there was no room for them.
    Overrun,
}

impl UeventSocket {
    /// Opens the socket with room for so many bytes of messages, or as many as this user may have.
    pub fn open(room: usize) -> Result<Self, Errno> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let kind = SocketType::DGRAM;
        let socket = socket_with(AddressFamily::NETLINK, kind, flags, Some(KOBJECT_UEVENT))
            .map_err(errno)?;
        if sockopt::set_socket_recv_buffer_size_force(&socket, room).is_err() {
            sockopt::set_socket_recv_buffer_size(&socket, room).map_err(errno)?;
        }
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL_GROUP)).map_err(errno)?;
        Ok(Self { socket, buffer: vec![0; MESSAGE_LIMIT] })
    }

    /// The room that the kernel keeps for messages, in its own accounting: twice what was asked for.
    pub fn room(&self) -> usize {
        sockopt::socket_recv_buffer_size(&self.socket).unwrap_or_default()
    }

    /// Takes the next message, without waiting.
    ///
    /// The kernel's port is 0 and nobody else can have it (netlink(7)); the credentials of a message
    /// say nothing more.
    pub fn receive(&mut self) -> Result<Received<'_>, Errno> {
        let mut control = RecvAncillaryBuffer::default();
        let mut parts = [IoSliceMut::new(&mut self.buffer)];
        let received = match recvmsg(&self.socket, &mut parts, &mut control, RecvFlags::empty()) {
            Ok(received) => received,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {
                return Ok(Received::Nothing);
            }
            Err(rustix::io::Errno::NOBUFS) => return Ok(Received::Overrun),
            Err(refused) => return Err(errno(refused)),
        };
        let sender = received.address.and_then(|any| SocketAddrNetlink::try_from(any).ok());
        match sender.map(|sender| sender.pid()) {
            // A message that is cut off keeps no NUL at its end, and so is malformed.
            Some(0) if received.flags.contains(ReturnFlags::TRUNC) => {
                Ok(Received::Message(&self.buffer[..received.bytes.saturating_sub(1)]))
            }
            Some(0) => Ok(Received::Message(&self.buffer[..received.bytes])),
            port => Ok(Received::Foreign(port.unwrap_or_default())),
        }
    }
}

impl AsFd for UeventSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Waits until one of these can be read, or the time is over; a signal ends it as well.
pub fn wait(sources: &[BorrowedFd<'_>], limit: Option<Duration>) -> Result<(), Errno> {
    let mut polled: Vec<_> =
        sources.iter().map(|source| PollFd::new(source, PollFlags::IN)).collect();
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    match poll(&mut polled, limit.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(refused) => Err(errno(refused)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{SendFlags, sendto};

    #[test]
    fn a_quiet_socket_has_room_and_nothing_to_say() {
        let mut socket = UeventSocket::open(1 << 16).unwrap();
        assert!(socket.room() >= 1 << 16);
        wait(&[socket.as_fd()], Some(Duration::from_millis(1))).unwrap();
        while let Ok(Received::Message(_)) = socket.receive() {}
        assert_eq!(socket.receive(), Ok(Received::Nothing));
    }

    #[test]
    fn a_message_of_another_process_is_told_apart() {
        let mut socket = UeventSocket::open(1 << 16).unwrap();
        let flags = SocketFlags::CLOEXEC;
        let kind = SocketType::DGRAM;
        let sender =
            socket_with(AddressFamily::NETLINK, kind, flags, Some(KOBJECT_UEVENT)).unwrap();
        let address = rustix::net::getsockname(&socket.socket).unwrap();
        let address = SocketAddrNetlink::try_from(address).unwrap();
        let to = SocketAddrNetlink::new(address.pid(), 0);
        let sent = sendto(&sender, b"add@/devices/x\0", SendFlags::empty(), &to);
        if !rustix::process::geteuid().is_root() {
            assert_eq!(sent, Err(rustix::io::Errno::PERM));
            return;
        }
        sent.unwrap();
        loop {
            match socket.receive().unwrap() {
                Received::Message(_) => {}
                other => {
                    assert!(matches!(other, Received::Foreign(port) if port != 0), "{other:?}");
                    return;
                }
            }
        }
    }
}
