//! Drives a driver as a worker does, remembers what it told, and watches the rules that hold in
//! every test.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;

use nova_io::{Close, Driver, Event, Failure, Key, ListenerId, Wait};

use crate::rig::{Client, Rig};

type Socket<R> = <<R as Rig>::Driver as Driver>::Socket;

/// An event, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Accepted(ListenerId),
    AcceptFailed(ListenerId, io::ErrorKind),
    Received(Key, Vec<u8>),
    End(Key),
    Room(Key),
    Failed(Key, Failure),
    Woken,
}

/// What has been told about one connection.
#[derive(Debug, Default)]
pub struct Record {
    pub octets: Vec<u8>,
    pub ended: bool,
    pub failed: Option<Failure>,
    pub rooms: usize,
    closed: bool,
    paused: bool,
    /// Buffers lent since it was paused.
    while_paused: usize,
}

pub struct Bench<R: Rig> {
    pub rig: R,
    pub driver: R::Driver,
    pub clients: Vec<R::Client>,
    pub address: R::Address,
    pub accepted: VecDeque<Socket<R>>,
    records: HashMap<Key, Record>,
    lent_in_this_turn: HashSet<Key>,
    slots: u32,
}

impl<R: Rig> Bench<R> {
    pub fn new(rig: R) -> Self {
        let mut driver = rig.driver();
        let (listener, address) = rig.listener();
        assert_eq!(driver.listen(listener).unwrap(), 0);
        Self {
            driver,
            rig,
            clients: Vec::new(),
            address,
            accepted: VecDeque::new(),
            records: HashMap::new(),
            lent_in_this_turn: HashSet::new(),
            slots: 0,
        }
    }

    // --- connections ---

    /// A client knocks; returns its index.
    pub fn knock(&mut self) -> usize {
        self.clients.push(self.rig.connect(self.address.clone()));
        self.clients.len() - 1
    }

    /// A client comes in and is adopted at a fresh slot.
    pub fn join(&mut self) -> (Key, usize) {
        let client = self.knock();
        let socket = self.arrival();
        let key = self.fresh_key();
        self.adopt(key, socket).unwrap();
        (key, client)
    }

    /// The socket of the next client that comes.
    pub fn arrival(&mut self) -> Socket<R> {
        self.until("a client is accepted", |bench| !bench.accepted.is_empty());
        self.accepted.pop_front().unwrap()
    }

    pub fn fresh_key(&mut self) -> Key {
        self.slots += 1;
        Key::new(self.slots - 1, 7)
    }

    pub fn adopt(&mut self, key: Key, socket: Socket<R>) -> io::Result<()> {
        self.driver.adopt(key, socket)?;
        let former = self.records.insert(key, Record::default());
        assert!(former.is_none(), "the test uses {key:?} twice");
        Ok(())
    }

    pub fn release(&mut self, key: Key) -> Socket<R> {
        self.record_mut(key).closed = true;
        self.driver.release(key).expect("a connection that was adopted")
    }

    pub fn close(&mut self, key: Key, how: Close) {
        self.record_mut(key).closed = true;
        self.driver.close(key, how);
    }

    pub fn pause(&mut self, key: Key) {
        let record = self.record_mut(key);
        record.paused = true;
        record.while_paused = 0;
        self.driver.want_receive(key, false);
    }

    pub fn resume(&mut self, key: Key) {
        self.record_mut(key).paused = false;
        self.driver.want_receive(key, true);
    }

    /// Sends all of it, turning while there is no room.
    pub fn send_all(&mut self, key: Key, octets: &[u8]) {
        let mut sent = 0;
        for _ in 0..self.rig.patience() {
            let rooms = self.record(key).rooms;
            sent += self.driver.send(key, &octets[sent..]).unwrap();
            if sent == octets.len() {
                return;
            }
            self.until("there is room again", |bench| bench.record(key).rooms > rooms);
        }
        panic!("the client took {sent} octets of {} and then no more", octets.len());
    }

    /// Sends a pattern until it comes up short; returns how much went.
    pub fn send_until_short(&mut self, key: Key) -> usize {
        let ample = self.rig.ample();
        let all = pattern(ample);
        let mut sent = 0;
        loop {
            let piece = &all[sent..(sent + (1 << 16)).min(ample)];
            assert!(!piece.is_empty(), "{ample} octets went to a client that does not read");
            let n = self.driver.send(key, piece).unwrap();
            assert!(n <= piece.len());
            sent += n;
            if n < piece.len() {
                return sent;
            }
        }
    }

    pub fn record(&self, key: Key) -> &Record {
        &self.records[&key]
    }

    fn record_mut(&mut self, key: Key) -> &mut Record {
        self.records.get_mut(&key).expect("a key of this test")
    }

    // --- turns ---

    /// Begins a turn.
    pub fn begin(&mut self, wait: Wait) {
        for client in &mut self.clients {
            client.pump();
        }
        self.driver.turn(wait).unwrap();
        self.lent_in_this_turn.clear();
    }

    /// The turn's next event, judged.
    pub fn next(&mut self) -> Option<Seen> {
        let seen = match self.driver.next()? {
            Event::Accepted { listener, socket, .. } => {
                self.accepted.push_back(socket);
                Seen::Accepted(listener)
            }
            Event::AcceptFailed { listener, error } => Seen::AcceptFailed(listener, error.kind()),
            Event::Received(key, octets) => Seen::Received(key, octets.to_vec()),
            Event::EndOfStream(key) => Seen::End(key),
            Event::Sent(key, _) => Seen::Room(key),
            Event::Failed(key, why) => Seen::Failed(key, why),
            Event::Woken => Seen::Woken,
        };
        self.judge(&seen);
        Some(seen)
    }

    /// One whole turn.
    pub fn turn(&mut self) -> Vec<Seen> {
        let wait = self.rig.wait();
        self.turn_waiting(wait)
    }

    pub fn turn_waiting(&mut self, wait: Wait) -> Vec<Seen> {
        self.begin(wait);
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Turns until the condition holds.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let mut idle = 0;
        while !holds(self) {
            idle = if idles(&self.turn()) { idle + 1 } else { 0 };
            assert!(idle < self.rig.patience(), "it never came that {what}: {:#?}", self.records);
        }
    }

    /// Turns until an event is the one looked for; `look` does what it likes about each while the
    /// turn lasts. The turn is taken to its end.
    pub fn until_seen(&mut self, what: &str, mut look: impl FnMut(&mut Self, &Seen) -> bool) {
        for _ in 0..self.rig.patience() {
            let wait = self.rig.wait();
            self.begin(wait);
            let mut found = false;
            while let Some(seen) = self.next() {
                found |= look(self, &seen);
            }
            if found {
                return;
            }
        }
        panic!("it never came that {what}: {:#?}", self.records);
    }

    /// Turns until nothing comes any more; returns everything that did.
    pub fn settle(&mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        let mut idle = 0;
        loop {
            let mut seen = self.turn();
            idle = if idles(&seen) { idle + 1 } else { 0 };
            all.append(&mut seen);
            if idle > 0 && self.rig.settled(idle) {
                return all;
            }
            assert!(idle < self.rig.patience(), "it never settles");
        }
    }

    /// Turns as a guest of another loop until the condition holds: never waits itself, and turns
    /// only when it said that it has work left or when its descriptor speaks.
    pub fn as_guest_until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let mut idle = 0;
        while !holds(self) {
            let mut news = self.driver.pending();
            if !news {
                for client in &mut self.clients {
                    client.pump();
                }
                news = self.rig.watch(&self.driver);
            }
            let seen = if news { self.turn_waiting(Wait::No) } else { Vec::new() };
            idle = if idles(&seen) { idle + 1 } else { 0 };
            assert!(idle < self.rig.patience(), "a guest never heard that {what}");
        }
    }

    // --- the rules that always hold ---

    fn judge(&mut self, seen: &Seen) {
        let key = match *seen {
            Seen::Received(key, _) | Seen::End(key) | Seen::Room(key) | Seen::Failed(key, _) => key,
            Seen::Accepted(_) | Seen::AcceptFailed(..) | Seen::Woken => return,
        };
        let buffer = self.rig.receive_buffer();
        let first = !matches!(seen, Seen::Received(..)) || self.lent_in_this_turn.insert(key);
        let record = self.records.get_mut(&key).expect("an event names a key that was adopted");
        assert!(!record.closed, "{seen:?} after {key:?} was closed or released");
        assert!(record.failed.is_none(), "{seen:?} after {:?}", record.failed);
        match seen {
            Seen::Received(_, octets) => {
                assert!(!record.ended, "octets after the end");
                assert!(!octets.is_empty(), "a buffer without octets");
                assert!(octets.len() <= buffer, "more octets than the buffer holds");
                assert!(first, "two buffers of {key:?} in one turn");
                record.while_paused += usize::from(record.paused);
                assert!(record.while_paused <= 1, "two buffers while paused");
                record.octets.extend_from_slice(octets);
            }
            Seen::End(_) => {
                assert!(!record.ended, "a second end");
                record.ended = true;
            }
            Seen::Room(_) => record.rooms += 1,
            Seen::Failed(_, why) => record.failed = Some(*why),
            Seen::Accepted(_) | Seen::AcceptFailed(..) | Seen::Woken => {}
        }
    }
}

/// Whether a turn told nothing of weight: room may be told for no reason, and for ever.
fn idles(seen: &[Seen]) -> bool {
    seen.iter().all(|seen| matches!(seen, Seen::Room(_)))
}

/// Octets that show when one is missing, doubled or out of place.
pub fn pattern(octets: usize) -> Vec<u8> {
    (0..octets).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect()
}
