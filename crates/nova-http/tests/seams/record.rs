//! A transport with a handshake and records, as TLS has them, with a secrecy of zero.
//!
//! On the wire: `GREETING`, then records of a two-octet length and as many octets, each XORed with
//! a key that changes with every record of a direction (so a lost or doubled record shows).

use nova_http::testing::Bench;
use nova_http::{Application, Opened, Stack, Transport, TransportError};
use nova_io::sim::{Client, ClientState};

const GREETING: &[u8] = b"GREETINGS";
const WELCOME: &[u8] = b"WELCOME";
/// What a peer gets that does not speak the transport.
pub(crate) const ALERT: &[u8] = b"ALERT";
/// Octets in a record, at most.
const RECORD: usize = 20;

/// The server's side.
#[derive(Debug, Default)]
pub(crate) struct Record {
    greeted: bool,
    opened: u8,
    sealed: u8,
}

fn key(count: u8) -> u8 {
    count.wrapping_mul(37).wrapping_add(0x5A)
}

fn seal(count: &mut u8, plain: &[u8], wire: &mut Vec<u8>) {
    for piece in plain.chunks(RECORD) {
        wire.extend_from_slice(&(piece.len() as u16).to_be_bytes());
        wire.extend(piece.iter().map(|octet| octet ^ key(*count)));
        *count = count.wrapping_add(1);
    }
}

impl Transport for Record {
    fn open<'w>(
        &mut self,
        wire: &'w mut [u8],
        reply: &mut Vec<u8>,
    ) -> Result<Opened<'w>, TransportError> {
        if !self.greeted {
            let seen = wire.len().min(GREETING.len());
            if wire[..seen] != GREETING[..seen] {
                reply.extend_from_slice(ALERT);
                return Err(TransportError);
            }
            if seen < GREETING.len() {
                return Ok(Opened { consumed: 0, plain: &mut [] });
            }
            self.greeted = true;
            reply.extend_from_slice(WELCOME);
            return Ok(Opened { consumed: seen, plain: &mut [] });
        }
        let Some((length, rest)) = wire.split_at_mut_checked(2) else {
            return Ok(Opened { consumed: 0, plain: &mut [] });
        };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let Some(plain) = rest.get_mut(..length) else {
            return Ok(Opened { consumed: 0, plain: &mut [] });
        };
        plain.iter_mut().for_each(|octet| *octet ^= key(self.opened));
        self.opened = self.opened.wrapping_add(1);
        Ok(Opened { consumed: 2 + length, plain })
    }

    fn seal<'b>(&mut self, plain: &'b [u8], wire: &'b mut Vec<u8>) -> &'b [u8] {
        seal(&mut self.sealed, plain, wire);
        wire
    }
}

/// The client's side.
pub(crate) struct RecordClient {
    client: Client,
    wire: Vec<u8>,
    welcomed: bool,
    opened: u8,
    sealed: u8,
}

impl RecordClient {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, wire: Vec::new(), welcomed: false, opened: 0, sealed: 0 }
    }

    pub(crate) fn greet(&mut self) {
        self.client.write(GREETING);
    }

    pub(crate) fn send(&mut self, plain: &[u8]) {
        let mut wire = Vec::new();
        seal(&mut self.sealed, plain, &mut wire);
        self.client.write(&wire);
    }

    /// Everything that has been received and can be opened.
    pub(crate) fn received<S: Stack, A: Application>(
        &mut self,
        bench: &mut Bench<S, A>,
    ) -> Vec<u8> {
        self.wire.extend(bench.drain(&mut self.client));
        let mut wire = self.wire.as_slice();
        if !self.welcomed {
            let Some(rest) = wire.strip_prefix(WELCOME) else { return Vec::new() };
            (self.welcomed, wire) = (true, rest);
        }
        let mut plain = Vec::new();
        while let Some((length, rest)) = wire.split_at_checked(2) {
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let Some((record, rest)) = rest.split_at_checked(length) else { break };
            plain.extend(record.iter().map(|octet| octet ^ key(self.opened)));
            self.opened = self.opened.wrapping_add(1);
            wire = rest;
        }
        self.wire = wire.to_vec();
        plain
    }

    pub(crate) fn finish(&mut self) {
        self.client.shutdown();
    }

    pub(crate) fn reset(&mut self) {
        self.client.reset();
    }

    pub(crate) fn state(&self) -> ClientState {
        self.client.state()
    }
}
