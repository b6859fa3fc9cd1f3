//! The driver over a simulated network.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::connection::{Owner, Step};
use super::state::State;
use super::{EPOCH, Listener, Network, Socket, Waker};
use crate::slots::Slots;
use crate::{Close, Driver, Event, Failure, Key, ListenerId, Time, Wait};

/// Connections accepted from one listener in one turn, as in the portable driver.
const ACCEPTS_PER_TURN: u32 = 64;

/// A listener in this driver's hands.
#[derive(Debug)]
struct Acceptor {
    listener: Listener,
    budget: u32,
}

/// A driver without a kernel. Get one from [`Network::driver`].
///
/// A turn never sleeps. When there is nothing to do, [`Wait::AtMost`] moves the network's clock by
/// its whole duration if this is the network's only driver (see [`Network`] about several), and
/// [`Wait::Forever`] returns at once without an event: [`Network::is_quiet`] tells that nothing
/// will ever happen.
#[derive(Debug)]
pub struct Sim {
    network: Network,
    id: usize,
    now: Time,
    connections: Slots<Socket>,
    acceptors: Vec<Option<Acceptor>>,
    buffer: Box<[u8]>,
    waker: Waker,
    /// Connections to look at in this turn, from `cursor` on.
    work: Vec<Key>,
    cursor: usize,
    /// The ready list: left over from the last turn.
    later: Vec<Key>,
    woken: bool,
    /// Whether this turn hides what there is.
    hides: bool,
}

impl Sim {
    pub(super) fn new(network: Network) -> Self {
        let waker = Waker { woken: Arc::default() };
        let (id, buffer, clock) = {
            let mut state = network.lock();
            (state.join(waker.woken.clone()), state.habits.receive_buffer.max(1), state.clock)
        };
        Self {
            network,
            id,
            now: Time::ZERO + clock,
            connections: Slots::default(),
            acceptors: Vec::new(),
            buffer: vec![0; buffer].into_boxed_slice(),
            waker,
            work: Vec::new(),
            cursor: 0,
            later: Vec::new(),
            woken: false,
            hides: false,
        }
    }

    /// What a host would learn from watching a descriptor: whether a turn would find news now.
    pub fn readable(&self) -> bool {
        let state = self.network.lock();
        self.waker.woken.load(Ordering::Acquire)
            || !state.inboxes[self.id].keys.is_empty()
            || self.somebody_waits(&state)
    }

    fn somebody_waits(&self, state: &State) -> bool {
        self.acceptors.iter().flatten().any(|acceptor| {
            let listening = &state.listeners[acceptor.listener.id()];
            listening.accepting && !listening.queue.is_empty()
        })
    }
}

impl Driver for Sim {
    type Socket = Socket;
    type Listener = Listener;
    type Waker = Waker;

    fn now(&self) -> Time {
        self.now
    }

    fn unix_seconds(&self) -> u64 {
        EPOCH + self.now.as_nanos() / 1_000_000_000
    }

    fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn turn(&mut self, wait: Wait) -> io::Result<()> {
        let mut guard = self.network.lock();
        let state = &mut *guard;
        if !state.habits.at_once() {
            state.moment();
        }
        self.work.drain(..self.cursor);
        self.cursor = 0;
        self.work.append(&mut self.later);
        self.hides = false;
        if state.habits.orderly() {
            self.work.append(&mut state.inboxes[self.id].keys);
        } else if state.dice.shows(state.habits.empty_turn) {
            mem::swap(&mut self.work, &mut self.later);
            self.hides = true;
        } else {
            self.work.append(&mut state.inboxes[self.id].keys);
            disorder(&self.connections, state, &mut self.work, &mut self.later);
            self.hides = state.dice.shows(state.habits.passed_over);
        }
        let woken = &self.waker.woken;
        self.woken |= woken.load(Ordering::Relaxed) && woken.swap(false, Ordering::AcqRel);
        for acceptor in self.acceptors.iter_mut().flatten() {
            acceptor.budget = ACCEPTS_PER_TURN;
        }
        if let Wait::AtMost(time) = wait
            && self.work.is_empty()
            && self.later.is_empty()
            && !self.woken
            && !self.somebody_waits(&guard)
            && guard.inboxes[self.id].keys.is_empty()
            && !guard.is_moving()
            && guard.is_alone()
        {
            guard.clock += time;
        }
        self.now = Time::ZERO + guard.clock;
        Ok(())
    }

    fn next(&mut self) -> Option<Event<'_, Socket>> {
        if mem::take(&mut self.woken) {
            return Some(Event::Woken);
        }
        let mut state = self.network.lock();
        while let Some(&key) = self.work.get(self.cursor) {
            // A key whose tenant has left since it was queued is a late completion.
            let Some(socket) = self.connections.get_mut(key) else {
                self.cursor += 1;
                continue;
            };
            let (connection, habits, dice) = state.play(socket.id());
            let step = connection.step(&mut self.buffer, habits, dice);
            let ready = connection.is_ready();
            if step == Step::Nothing || !ready {
                // One buffer for each connection in a turn; what is left waits for the next.
                connection.turn_over();
                connection.queued = ready;
                if ready {
                    self.later.push(key);
                }
                self.cursor += 1;
            }
            match step {
                Step::Received(n) => return Some(Event::Received(key, &mut self.buffer[..n])),
                Step::Room => return Some(Event::Sent(key, 0)),
                Step::Ended => return Some(Event::EndOfStream(key)),
                Step::Failed(why) => return Some(Event::Failed(key, why)),
                Step::Nothing => {}
            }
        }
        if self.hides {
            return None;
        }
        for (id, acceptor) in self.acceptors.iter_mut().enumerate() {
            if let Some(acceptor) = acceptor
                && acceptor.budget > 0
                && let Some(met) = meet(&mut state, acceptor.listener.id())
            {
                acceptor.budget -= 1;
                return Some(match met {
                    Ok((connection, peer)) => Event::Accepted {
                        listener: id,
                        socket: Socket::new(self.network.clone(), connection),
                        peer: Some(peer),
                    },
                    Err(error) => Event::AcceptFailed { listener: id, error },
                });
            }
        }
        None
    }

    fn pending(&self) -> bool {
        // A listener with a rest counts only if the budget left it there: whoever came since is
        // news, which a real driver does not know of before its next wait either.
        let spent = |acceptor: &Acceptor| acceptor.budget == 0;
        !self.later.is_empty()
            || self.cursor < self.work.len()
            || self.woken
            || (self.acceptors.iter().flatten().any(spent)
                && self.somebody_waits(&self.network.lock()))
    }

    fn unread(&self, key: Key) -> bool {
        let Some(socket) = self.connections.get(key) else { return false };
        let mut state = self.network.lock();
        let connection = state.connection(socket.id());
        // Not if it is queued for a `Sent` only, least of all for one without a reason.
        connection.queued && connection.has_arrivals()
    }

    fn listen(&mut self, listener: Listener) -> io::Result<ListenerId> {
        self.network.lock().listeners[listener.id()].accepting = true;
        self.acceptors.push(Some(Acceptor { listener, budget: 0 }));
        Ok(self.acceptors.len() - 1)
    }

    fn accept(&mut self, listener: ListenerId, on: bool) {
        if let Some(Some(acceptor)) = self.acceptors.get(listener) {
            self.network.lock().listeners[acceptor.listener.id()].accepting = on;
        }
    }

    fn unlisten(&mut self, listener: ListenerId) {
        // Dropping the listener closes it.
        self.acceptors.get_mut(listener).and_then(Option::take);
    }

    fn adopt(&mut self, key: Key, socket: Socket) -> io::Result<()> {
        if let Some(error) = self.network.lock().adopt_fails() {
            return Err(error);
        }
        let vacancy = self.connections.vacancy(key)?;
        let mut state = self.network.lock();
        state.connection(socket.id()).adopted(Owner { driver: self.id, key });
        state.touch(socket.id());
        vacancy.fill(socket);
        Ok(())
    }

    fn release(&mut self, key: Key) -> Option<Socket> {
        let socket = self.connections.take(key)?;
        self.network.lock().connection(socket.id()).released();
        Some(socket)
    }

    fn want_receive(&mut self, key: Key, on: bool) {
        let Some(socket) = self.connections.get_mut(key) else { return };
        let mut state = self.network.lock();
        let (connection, habits, dice) = state.play(socket.id());
        connection.want_receive(on, habits, dice);
        if on && connection.is_ready() && !mem::replace(&mut connection.queued, true) {
            self.later.push(key);
        }
    }

    fn send(&mut self, key: Key, octets: &[u8]) -> Result<usize, Failure> {
        let Some(socket) = self.connections.get_mut(key) else {
            return Err(Failure::Other(io::ErrorKind::NotFound));
        };
        let mut state = self.network.lock();
        let (connection, habits, dice) = state.play(socket.id());
        let sent = connection.send(octets, habits, dice)?;
        if sent < octets.len() || connection.client_gone {
            // There may be room already, or a reset come back.
            state.touch(socket.id());
        }
        Ok(sent)
    }

    fn shutdown(&mut self, key: Key) {
        if let Some(socket) = self.connections.get_mut(key) {
            self.network.lock().connection(socket.id()).shutdown();
        }
    }

    fn close(&mut self, key: Key, how: Close) {
        if let Some(socket) = self.connections.take(key) {
            socket.close(how);
        }
    }

    #[cfg(unix)]
    fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        None
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.network.lock().leave(self.id);
    }
}

/// What a listener has for us, if it is accepted from.
fn meet(state: &mut State, id: usize) -> Option<io::Result<(usize, SocketAddr)>> {
    let listening = &state.listeners[id];
    if !listening.accepting || listening.queue.is_empty() {
        return None;
    }
    if let Some(error) = state.accept_fails() {
        state.listeners[id].accepting = false;
        return Some(Err(error));
    }
    let connection = state.listeners[id].queue.pop_front()?;
    Some(Ok((connection, state.connection(connection).peer)))
}

/// Adds events for no reason, mixes their order, and leaves some for later.
fn disorder(
    connections: &Slots<Socket>,
    state: &mut State,
    work: &mut Vec<Key>,
    later: &mut Vec<Key>,
) {
    for (key, socket) in connections.iter() {
        if state.dice.shows(state.habits.spurious_room) {
            let connection = state.connection(socket.id());
            connection.spurious = true;
            if !mem::replace(&mut connection.queued, true) {
                work.push(key);
            }
        }
    }
    if state.habits.shuffled {
        state.dice.shuffle(work);
    }
    work.retain(|&key| {
        let now = !state.dice.shows(state.habits.passed_over);
        if !now {
            later.push(key);
        }
        now
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{ClientState, Habits, Percent};

    /// Accepts and adoptions that fail by the dice are told, counted and not for ever: whoever resumes
    /// the listener gets everybody, and a socket that was not adopted is closed.
    #[test]
    fn shortages_come_and_go() {
        let half = Percent(50);
        let habits = Habits { accept_fails: half, adopt_fails: half, ..Habits::calm() };
        let network = Network::with(habits, 7);
        let listener = network.listener();
        let clients: Vec<_> = (0..40).map(|_| network.connect(listener.local_addr())).collect();
        let mut driver = network.driver();
        let id = driver.listen(listener).unwrap();
        let (mut refused, mut adopted, mut closed) = (0, 0, 0);
        while !network.is_quiet() {
            driver.turn(Wait::No).unwrap();
            while let Some(event) = driver.next() {
                match event {
                    Event::AcceptFailed { error, .. } => {
                        assert!(error.raw_os_error().is_some());
                        refused += 1;
                        driver.accept(id, true);
                    }
                    Event::Accepted { socket, .. } => {
                        match driver.adopt(Key::new(adopted, 0), socket) {
                            Ok(()) => adopted += 1,
                            Err(_) => closed += 1,
                        }
                    }
                    other => panic!("nobody did {other:?}"),
                }
            }
        }
        assert_eq!(network.failures(), (refused, closed));
        assert_eq!(
            (u64::from(adopted) + closed, adopted > 5, closed > 5, refused > 5),
            (40, true, true, true)
        );
        let ended = clients.iter().filter(|client| client.state() == ClientState::Ended).count();
        assert_eq!(ended as u64, closed);
    }
}
