//! What the server's side of the network is made of: sockets, listeners and wakers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Network;
use super::state::ConnectionId;
use crate::Close;

/// The server's end of a connection, in no driver's hands. Dropping it closes it.
#[derive(Debug)]
pub struct Socket {
    network: Network,
    id: ConnectionId,
}

impl Socket {
    pub(super) const fn new(network: Network, id: ConnectionId) -> Self {
        Self { network, id }
    }

    pub(super) const fn id(&self) -> ConnectionId {
        self.id
    }

    /// The client's address.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        Some(self.network.lock().connection(self.id).peer)
    }

    pub(super) fn close(self, how: Close) {
        if how == Close::Reset {
            self.network.lock().connection(self.id).reset_client();
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.network.lock().close_server(self.id, Close::Orderly);
    }
}

/// A listening socket of the network. Dropping it closes it and resets who waits there.
#[derive(Debug)]
pub struct Listener {
    network: Network,
    id: usize,
    address: SocketAddr,
}

impl Listener {
    pub(super) const fn new(network: Network, id: usize, address: SocketAddr) -> Self {
        Self { network, id, address }
    }

    pub(super) const fn id(&self) -> usize {
        self.id
    }

    /// Where clients reach it.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.network.lock().unlisten(self.id);
    }
}

/// Wakes a simulated driver: its next turn has an [`Event::Woken`](crate::Event::Woken).
#[derive(Clone, Debug)]
pub struct Waker {
    pub(super) woken: Arc<AtomicBool>,
}

impl crate::Waker for Waker {
    fn wake(&self) -> io::Result<()> {
        self.woken.store(true, Ordering::Release);
        Ok(())
    }
}
