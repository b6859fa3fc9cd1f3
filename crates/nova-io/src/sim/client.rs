//! The other end: what a test does to a server.

use std::mem;
use std::net::SocketAddr;

use super::Network;
use super::flow::End;
use super::state::ConnectionId;
use crate::Failure;

/// What a client sees of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientState {
    /// The server may send more.
    Open,
    /// The server has ended its direction and the client has read everything before that.
    Ended,
    /// The server reset the connection, or refused it, or the client reset it itself. What the
    /// client had not read by then is lost (RFC 9112 §9.6).
    Reset,
}

/// A client's end of a connection. Dropping it closes it: with a FIN, or with a reset if answers
/// lie unread, as systems do when a process ends.
#[derive(Debug)]
pub struct Client {
    network: Network,
    id: ConnectionId,
}

impl Client {
    pub(super) const fn new(network: Network, id: ConnectionId) -> Self {
        Self { network, id }
    }

    /// Sends all octets. They wait, without a bound, until the server receives them. If the server
    /// has closed its socket a reset comes back.
    ///
    /// # Panics
    /// After [`Client::shutdown`]: the test contradicts itself.
    pub fn write(&mut self, octets: &[u8]) {
        let mut state = self.network.lock();
        let connection = state.connection(self.id);
        if connection.server_gone {
            connection.reset_client();
        } else if connection.to_server.end() != Some(End::Reset) {
            assert!(connection.to_server.end().is_none(), "this client has ended its direction");
            connection.to_server.push(octets);
            state.departs(self.id);
        }
    }

    /// Takes what can be read now; in a rough network perhaps less than there is.
    pub fn read(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        self.read_into(&mut octets);
        octets
    }

    /// As [`Client::read`], appending to `octets` and returning how many came: for tests that
    /// count allocations.
    pub fn read_into(&mut self, octets: &mut Vec<u8>) -> usize {
        let mut state = self.network.lock();
        let (connection, habits, dice) = state.play(self.id);
        let mut n = connection.to_client.ready();
        if n == 0 {
            return 0;
        }
        if dice.shows(habits.short_read) {
            n = dice.part(n);
        }
        octets.extend_from_slice(connection.to_client.take(n).octets());
        if connection.awaits_room() {
            state.touch(self.id);
        }
        n
    }

    /// Takes all octets that the server has sent so far, whatever the network is like.
    pub fn drain(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.read_into(&mut octets) > 0 {}
        octets
    }

    /// Ends the client's direction (FIN); it goes on reading.
    pub fn shutdown(&mut self) {
        let mut state = self.network.lock();
        state.connection(self.id).to_server.finish(End::Fin);
        state.departs(self.id);
    }

    /// Ends the connection with a reset. What the server sent and the client has not read is lost.
    pub fn reset(&mut self) {
        self.network.lock().reset_by_client(self.id);
    }

    /// What has become of the connection.
    pub fn state(&self) -> ClientState {
        let mut state = self.network.lock();
        let connection = state.connection(self.id);
        if connection.to_server.end() == Some(End::Reset) {
            return ClientState::Reset;
        }
        match connection.to_client.end() {
            Some(End::Reset) => ClientState::Reset,
            Some(End::Fin) if connection.to_client.len() == 0 => ClientState::Ended,
            _ => ClientState::Open,
        }
    }

    /// Octets that the server has not received yet: back-pressure shows here.
    pub fn unreceived(&self) -> usize {
        self.network.lock().connection(self.id).to_server.len()
    }

    /// Whether the server waits for room: a send of its came up short, and there has been none since.
    pub fn keeps_waiting(&self) -> bool {
        self.network.lock().connection(self.id).awaits_room()
    }

    /// Whether the server has ended its direction and reads on.
    pub fn is_read_on(&self) -> bool {
        let mut state = self.network.lock();
        let connection = state.connection(self.id);
        connection.to_client.end() == Some(End::Fin) && !connection.server_gone
    }

    /// Octets that lie here unread.
    pub fn unread(&self) -> usize {
        self.network.lock().connection(self.id).to_client.len()
    }

    /// What the server had sent, and a reset of its own has erased before it was read. No client learns
    /// of it; a test may ask whether the server had done its part.
    pub fn take_erased(&mut self) -> Vec<u8> {
        mem::take(&mut self.network.lock().connection(self.id).erased)
    }

    /// From now on so many octets may lie unread before the server's sends come up short. Default:
    /// [`Habits::window`](super::Habits::window). Zero stalls the server.
    pub fn set_window(&mut self, octets: usize) {
        let mut state = self.network.lock();
        state.connection(self.id).window = octets;
        state.touch(self.id);
    }

    /// The server's next send on this connection fails, and the connection is dead.
    pub fn fail_next_send(&mut self, why: Failure) {
        self.network.lock().connection(self.id).next_send = Some(why);
    }

    /// The server's next look at this connection finds it dead.
    pub fn fail_next_receive(&mut self, why: Failure) {
        let mut state = self.network.lock();
        state.connection(self.id).next_receive = Some(why);
        state.touch(self.id);
    }

    /// The address that the server sees.
    pub fn local_addr(&self) -> SocketAddr {
        self.network.lock().connection(self.id).peer
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.network.lock().close_client(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Close, Driver, Key};

    /// A reset takes from its client what lay unread, and a test can have it.
    #[test]
    fn what_a_reset_erases_is_kept_for_the_test() {
        let network = Network::calm();
        let (mut client, socket) = network.pair();
        let (mut driver, key) = (network.driver(), Key::new(0, 0));
        driver.adopt(key, socket).unwrap();
        assert_eq!(driver.send(key, b"read"), Ok(4));
        assert_eq!(client.read(), b"read");
        assert_eq!(driver.send(key, b"too late"), Ok(8));
        driver.close(key, Close::Reset);
        assert_eq!((client.read(), client.state()), (Vec::new(), ClientState::Reset));
        assert_eq!(
            (client.take_erased(), client.take_erased()),
            (b"too late".to_vec(), Vec::new())
        );
    }
}
