//! One connection of the simulated network: both its directions, and how the server's end is used.

use std::net::SocketAddr;

use super::flow::{End, Flow};
use super::habits::{Dice, Habits};
use crate::{Close, Failure, Key};

/// Which driver a connection belongs to, and how its caller names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) driver: usize,
    pub(super) key: Key,
}

/// What the driver's caller has been told about the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Ended,
    Dead,
}

/// What looking at a connection brought to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Room,
    Received(usize),
    Ended,
    Failed(Failure),
    Nothing,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) to_server: Flow,
    pub(super) to_client: Flow,
    /// The client's address.
    pub(super) peer: SocketAddr,
    /// Octets the client lets lie unread before sends come up short.
    pub(super) window: usize,
    /// The client will not read what is sent from now on.
    pub(super) client_gone: bool,
    /// The client's handle has been dropped.
    pub(super) client_dropped: bool,
    /// The server's socket has been closed.
    pub(super) server_gone: bool,
    /// What the server had sent and its reset has erased before the client read it.
    pub(super) erased: Vec<u8>,
    pub(super) owner: Option<Owner>,
    /// The owner's key is on a list of things to look at.
    pub(super) queued: bool,
    /// A `Sent` is to come for no reason.
    pub(super) spurious: bool,
    pub(super) next_send: Option<Failure>,
    pub(super) next_receive: Option<Failure>,
    wanted: bool,
    /// One buffer, or the end, may come although it is not wanted.
    extra: bool,
    /// A send came up short.
    short: bool,
    /// A buffer has been lent in this turn.
    lent: bool,
    told: Told,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, window: usize) -> Self {
        Self {
            to_server: Flow::default(),
            to_client: Flow::default(),
            peer,
            window,
            client_gone: false,
            client_dropped: false,
            server_gone: false,
            erased: Vec::new(),
            owner: None,
            queued: false,
            spurious: false,
            next_send: None,
            next_receive: None,
            wanted: true,
            extra: false,
            short: false,
            lent: false,
            told: Told::Nothing,
        }
    }

    /// A driver takes it in, and knows nothing of what an earlier one was told.
    pub(super) fn adopted(&mut self, owner: Owner) {
        self.owner = Some(owner);
        self.queued = false;
        self.spurious = false;
        self.wanted = true;
        self.extra = false;
        self.short = false;
        self.lent = false;
        self.told = Told::Nothing;
    }

    pub(super) fn released(&mut self) {
        self.owner = None;
    }

    const fn has_room(&self) -> bool {
        self.to_client.len() < self.window || self.client_gone
    }

    /// Whether a send came up short.
    pub(super) const fn awaits_room(&self) -> bool {
        self.short
    }

    /// Whether octets, or an end, have arrived that its owner has not been told of.
    pub(super) const fn has_arrivals(&self) -> bool {
        self.to_server.ready() > 0 || self.to_server.end_seen().is_some()
    }

    /// Whether its owner has something to see, be it for no reason.
    pub(super) fn is_ready(&self) -> bool {
        self.has_news() || (self.spurious && self.told != Told::Dead)
    }

    /// Whether its owner has something to see.
    pub(super) fn has_news(&self) -> bool {
        if self.told == Told::Dead || self.owner.is_none() {
            return false;
        }
        let end = self.to_server.end_seen();
        let arrived = self.to_server.ready() > 0 || end.is_some();
        (arrived && self.told == Told::Nothing && (self.wanted || self.extra))
            || (self.short && self.has_room())
            || end == Some(End::Reset)
            || self.next_receive.is_some()
    }

    /// The next thing its owner sees in this turn.
    pub(super) fn step(&mut self, buffer: &mut [u8], habits: &Habits, dice: &mut Dice) -> Step {
        if self.told == Told::Dead {
            return Step::Nothing;
        }
        if let Some(why) = self.next_receive.take() {
            return self.die(why);
        }
        if self.spurious {
            self.spurious = false;
            return Step::Room;
        }
        if self.short && self.has_room() && !dice.shows(habits.late_room) {
            self.short = false;
            return Step::Room;
        }
        let may_receive = self.told == Told::Nothing && (self.wanted || self.extra);
        if may_receive && self.to_server.ready() > 0 {
            return if self.lent { Step::Nothing } else { self.lend(buffer) };
        }
        match self.to_server.end_seen() {
            // Octets that are not wanted are lost to a reset.
            Some(End::Reset) => self.die(Failure::Reset),
            Some(End::Fin) if may_receive => {
                self.told = Told::Ended;
                self.extra = false;
                Step::Ended
            }
            _ => Step::Nothing,
        }
    }

    fn lend(&mut self, buffer: &mut [u8]) -> Step {
        let taken = self.to_server.take(buffer.len());
        let octets = taken.octets();
        buffer[..octets.len()].copy_from_slice(octets);
        let n = octets.len();
        drop(taken);
        self.lent = true;
        self.extra = false;
        Step::Received(n)
    }

    fn die(&mut self, why: Failure) -> Step {
        self.told = Told::Dead;
        Step::Failed(why)
    }

    /// The turn has no more for it.
    pub(super) fn turn_over(&mut self) {
        self.lent = false;
    }

    pub(super) fn want_receive(&mut self, on: bool, habits: &Habits, dice: &mut Dice) {
        if self.wanted && !on {
            self.extra = dice.shows(habits.extra_receive);
        }
        self.wanted = on;
    }

    /// The server sends: how much the network takes.
    pub(super) fn send(
        &mut self,
        octets: &[u8],
        habits: &Habits,
        dice: &mut Dice,
    ) -> Result<usize, Failure> {
        let reset = self.to_server.end_seen() == Some(End::Reset);
        let broken = reset || self.to_client.end().is_some() || self.told == Told::Dead;
        let fault = self.next_send.take().or_else(|| broken.then_some(Failure::Reset));
        if let Some(why) = fault {
            self.told = Told::Dead;
            return Err(why);
        }
        if octets.is_empty() {
            return Ok(0);
        }
        if self.client_gone {
            // The octets leave, and a reset comes back for them.
            self.to_server.finish(End::Reset);
            self.to_server.arrive_all();
            return Ok(octets.len());
        }
        let mut n = octets.len().min(self.window.saturating_sub(self.to_client.len()));
        if n > 0 && dice.shows(habits.no_send) {
            n = 0;
        } else if n > 0 && dice.shows(habits.short_send) {
            n = dice.part(n);
        }
        self.to_client.push(&octets[..n]);
        self.to_client.arrive_all();
        self.short = n < octets.len();
        Ok(n)
    }

    /// The server ends its direction.
    pub(super) fn shutdown(&mut self) {
        self.to_client.finish(End::Fin);
        self.to_client.arrive_all();
    }

    /// The server's socket goes. RFC 9112 §9.6: if octets are left that the server did not read,
    /// or come later, the client gets a reset, which erases what it has not read yet.
    pub(super) fn close(&mut self, how: Close) {
        self.server_gone = true;
        self.owner = None;
        if how == Close::Reset || self.to_server.len() > 0 {
            self.reset_client();
        } else {
            self.shutdown();
        }
    }

    pub(super) fn reset_client(&mut self) {
        self.erased.extend_from_slice(self.to_client.left());
        self.to_client.discard();
        self.to_client.finish(End::Reset);
        self.to_client.arrive_all();
    }
}
