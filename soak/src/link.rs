//! One client connection that never waits: octets to send, octets that have come, and its end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Socket, Type};

/// How the server has ended its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order.
    Ended,
    /// By a reset, or whatever else the kernel calls it.
    Reset,
}

/// Octets of a segment, as they are on an Ethernet.
#[cfg(unix)]
const SEGMENT: u32 = 1_448;

/// A connection to the server.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
    out: Vec<u8>,
    sent: usize,
    inbox: Vec<u8>,
    /// What of the inbox was consumed.
    taken: usize,
    /// Sending has failed: the kernel tells of a reset once, and reading then shows an end.
    broken: bool,
    end: Option<End>,
}

impl Link {
    /// Begins to connect, with room for `window` octets in the kernel's receive buffer, if it is
    /// given: a server then meets a client that takes answers slowly.
    ///
    /// # Errors
    /// What the kernel says at once; what it says later is an [`End::Reset`].
    pub fn connect(
        address: SocketAddr,
        window: Option<usize>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(window) = window {
            // Before it is connected: it bounds the window that is offered.
            socket.set_recv_buffer_size(window)?;
            // The kernel takes from the server by the size of a segment, which is 64 kB on a loopback.
            #[cfg(unix)]
            socket.set_tcp_mss(SEGMENT)?;
        }
        match socket.connect(&address.into()) {
            Err(error) if !under_way(&error) => return Err(error),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let (out, inbox) = (Vec::new(), Vec::new());
        Ok(Self { stream, out, sent: 0, inbox, taken: 0, broken: false, end: None })
    }

    /// Where octets that are to be sent are written to. Offsets in it count from the last
    /// [`Link::clear`].
    pub fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Forgets what was sent.
    pub fn clear(&mut self) {
        self.out.clear();
        self.sent = 0;
    }

    /// How many of the octets have been sent.
    pub const fn sent(&self) -> usize {
        self.sent
    }

    /// Sends up to offset `until`, at most `most` octets; `false` if the kernel takes no more now.
    pub fn send(&mut self, until: usize, most: usize) -> bool {
        let until = until.min(self.out.len()).min(self.sent.saturating_add(most));
        while self.sent < until {
            match self.stream.write(&self.out[self.sent..until]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if not_yet(&error) => return false,
                // What has come before the reset is still to be read.
                Err(_) => {
                    self.broken = true;
                    return false;
                }
            }
        }
        true
    }

    /// Receives what has come, with `scratch` as the buffer.
    pub fn receive(&mut self, scratch: &mut [u8]) {
        while self.sip(scratch) {}
    }

    /// Receives once, no more than the buffer `scratch` has room for; `false` if there is no more.
    pub fn sip(&mut self, scratch: &mut [u8]) -> bool {
        if self.end.is_some() {
            return false;
        }
        match self.stream.read(scratch) {
            Ok(0) if self.broken => self.end = Some(End::Reset),
            Ok(0) => self.end = Some(End::Ended),
            Ok(count) => {
                self.inbox.extend_from_slice(&scratch[..count]);
                return true;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => return true,
            Err(error) if not_yet(&error) => {}
            Err(_) => self.end = Some(End::Reset),
        }
        false
    }

    /// What has come and was not consumed.
    pub fn inbox(&self) -> &[u8] {
        &self.inbox[self.taken..]
    }

    /// Consumes so many octets.
    pub fn consume(&mut self, octets: usize) {
        self.taken += octets;
        if self.taken == self.inbox.len() {
            self.inbox.clear();
            self.taken = 0;
        }
    }

    /// How the server has ended its direction, if it has.
    pub const fn end(&self) -> Option<End> {
        self.end
    }

    /// Ends our direction.
    pub fn finish(&self) {
        // The server may have been faster.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes it by a reset: nothing that is under way is waited for.
    pub fn reset(self) {
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }
}

/// Nothing can be sent or received now; perhaps because it is not connected yet.
fn not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

/// A connection is being made.
fn under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    error.kind() == ErrorKind::WouldBlock
}
