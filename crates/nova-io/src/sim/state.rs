//! Everything a network knows, behind its one lock.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::connection::{Connection, Owner};
use super::flow::End;
use super::habits::{Dice, Habits, Percent};
use crate::{Close, Key};

/// Connections that wait at a listener to be accepted; more are refused.
const BACKLOG: usize = 1024;

/// Index of a connection. Used again only after the client and the server's socket have both gone.
pub(super) type ConnectionId = usize;

/// What the network keeps for a driver.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Connections with news. Keys may be out of date: whoever takes them looks the tenant up.
    pub(super) keys: Vec<Key>,
    pub(super) woken: Arc<AtomicBool>,
    alive: bool,
}

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listening {
    address: SocketAddr,
    open: bool,
    pub(super) queue: VecDeque<ConnectionId>,
    /// Some driver accepts from it.
    pub(super) accepting: bool,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) habits: Habits,
    pub(super) dice: Dice,
    pub(super) clock: Duration,
    pub(super) inboxes: Vec<Inbox>,
    pub(super) listeners: Vec<Listening>,
    pub(super) next_accept: VecDeque<io::Error>,
    pub(super) next_adopt: VecDeque<io::Error>,
    /// How often each has happened.
    pub(super) accepts_failed: u64,
    pub(super) adopts_failed: u64,
    connections: Vec<Option<Connection>>,
    free: Vec<ConnectionId>,
    clients: u32,
}

impl State {
    pub(super) fn new(habits: Habits, seed: u64) -> Self {
        Self {
            habits,
            dice: Dice::new(seed),
            clock: Duration::ZERO,
            inboxes: Vec::new(),
            listeners: Vec::new(),
            next_accept: VecDeque::new(),
            next_adopt: VecDeque::new(),
            accepts_failed: 0,
            adopts_failed: 0,
            connections: Vec::new(),
            free: Vec::new(),
            clients: 0,
        }
    }

    // --- drivers ---

    pub(super) fn join(&mut self, woken: Arc<AtomicBool>) -> usize {
        self.inboxes.push(Inbox { keys: Vec::new(), woken, alive: true });
        self.inboxes.len() - 1
    }

    pub(super) fn leave(&mut self, driver: usize) {
        self.inboxes[driver].alive = false;
    }

    pub(super) fn is_alone(&self) -> bool {
        self.inboxes.iter().filter(|inbox| inbox.alive).count() == 1
    }

    // --- listeners ---

    pub(super) fn listen(&mut self, address: Option<SocketAddr>) -> (usize, SocketAddr) {
        let id = self.listeners.len();
        let address = address.unwrap_or_else(|| {
            SocketAddr::from((Ipv4Addr::LOCALHOST, 8000 + (id % 50_000) as u16))
        });
        let queue = VecDeque::new();
        self.listeners.push(Listening { address, open: true, queue, accepting: false });
        (id, address)
    }

    pub(super) fn unlisten(&mut self, id: usize) {
        self.listeners[id].open = false;
        self.listeners[id].accepting = false;
        while let Some(waiting) = self.listeners[id].queue.pop_front() {
            self.close_server(waiting, Close::Reset);
        }
    }

    /// A client comes; whom it meets at a shared address is the dice's choice.
    pub(super) fn connect(&mut self, to: SocketAddr, from: Option<SocketAddr>) -> ConnectionId {
        let connection = self.add(from);
        let open = |listening: &Listening| listening.open && listening.address == to;
        let choices = self.listeners.iter().filter(|listening| open(listening)).count();
        let choice = if choices > 1 { self.dice.up_to(choices - 1) } else { 0 };
        let met = self.listeners.iter_mut().filter(|listening| open(listening)).nth(choice);
        match met {
            Some(listening) if listening.queue.len() < BACKLOG => {
                listening.queue.push_back(connection);
            }
            _ => self.close_server(connection, Close::Reset),
        }
        connection
    }

    /// How the next accept fails, if it does.
    pub(super) fn accept_fails(&mut self) -> Option<io::Error> {
        let error = fails(&mut self.next_accept, self.habits.accept_fails, &mut self.dice)?;
        self.accepts_failed += 1;
        Some(error)
    }

    /// How the next adoption fails, if it does.
    pub(super) fn adopt_fails(&mut self) -> Option<io::Error> {
        let error = fails(&mut self.next_adopt, self.habits.adopt_fails, &mut self.dice)?;
        self.adopts_failed += 1;
        Some(error)
    }

    // --- connections ---

    pub(super) fn add(&mut self, from: Option<SocketAddr>) -> ConnectionId {
        let nth = self.clients;
        self.clients = self.clients.wrapping_add(1);
        let port = 10_000 + (nth % 50_000) as u16;
        let host = Ipv4Addr::new(127, 0, (nth / 50_000) as u8, 1);
        let peer = from.unwrap_or_else(|| SocketAddr::from((host, port)));
        let connection = Some(Connection::new(peer, self.habits.window));
        if let Some(id) = self.free.pop() {
            self.connections[id] = connection;
            return id;
        }
        self.connections.push(connection);
        self.connections.len() - 1
    }

    /// The connection of somebody who holds a client or a socket of it, which keeps it alive.
    pub(super) fn connection(&mut self, id: ConnectionId) -> &mut Connection {
        self.connections[id].as_mut().expect("a handle keeps its connection")
    }

    /// The connection along with what decides over its fate.
    pub(super) fn play(&mut self, id: ConnectionId) -> (&mut Connection, &Habits, &mut Dice) {
        let connection = self.connections[id].as_mut().expect("a handle keeps its connection");
        (connection, &self.habits, &mut self.dice)
    }

    /// Something happened to a connection: its owner will look at it.
    pub(super) fn touch(&mut self, id: ConnectionId) {
        let connection = self.connection(id);
        if !connection.queued
            && connection.is_ready()
            && let Some(Owner { driver, key }) = connection.owner
        {
            connection.queued = true;
            self.inboxes[driver].keys.push(key);
        }
    }

    /// The client wrote, or ended: it arrives at once or as the dice will have it.
    pub(super) fn departs(&mut self, id: ConnectionId) {
        if self.habits.at_once() {
            self.connection(id).to_server.arrive_all();
        }
        self.touch(id);
    }

    /// A moment passes: things under way move on.
    pub(super) fn moment(&mut self) {
        for id in 0..self.connections.len() {
            let Self { connections, dice, habits, .. } = self;
            let Some(connection) = &mut connections[id] else { continue };
            let flow = &mut connection.to_server;
            if !flow.is_moving() || dice.shows(habits.delay) {
                continue;
            }
            let under_way = flow.under_way();
            if under_way > 0 {
                let fragment = dice.shows(habits.fragment);
                flow.arrive(if fragment { dice.part(under_way) } else { under_way });
            }
            let end_waits = under_way > 0 && dice.shows(habits.end_apart);
            if flow.under_way() == 0 && !end_waits {
                flow.end_arrives();
            }
            self.touch(id);
        }
    }

    pub(super) fn is_moving(&self) -> bool {
        self.connections.iter().flatten().any(|connection| connection.to_server.is_moving())
    }

    /// Whether no driver has anything left to see, now or later, unless somebody acts.
    pub(super) fn is_quiet(&self) -> bool {
        let woken = |inbox: &Inbox| inbox.alive && inbox.woken.load(Ordering::Acquire);
        let waited_for = |listening: &Listening| listening.accepting && !listening.queue.is_empty();
        let busy = |connection: &Connection| {
            connection.has_news()
                || (connection.to_server.is_moving() && connection.owner.is_some())
        };
        !self.inboxes.iter().any(woken)
            && !self.listeners.iter().any(waited_for)
            && !self.connections.iter().flatten().any(busy)
    }

    // --- ends ---

    pub(super) fn reset_by_client(&mut self, id: ConnectionId) {
        let overtakes = self.dice.shows(self.habits.reset_overtakes);
        let connection = self.connection(id);
        if overtakes {
            connection.to_server.lose_under_way();
        }
        connection.client_gone = true;
        connection.to_client.discard();
        connection.to_server.finish(End::Reset);
        self.departs(id);
    }

    /// The client's handle goes, like the descriptor of a process that ends.
    pub(super) fn close_client(&mut self, id: ConnectionId) {
        let connection = self.connection(id);
        if connection.to_client.len() > 0 {
            self.reset_by_client(id);
        } else {
            connection.client_gone = true;
            connection.to_server.finish(End::Fin);
            self.departs(id);
        }
        self.forget_if_gone(id, true);
    }

    /// The server's socket goes.
    pub(super) fn close_server(&mut self, id: ConnectionId, how: Close) {
        self.connection(id).close(how);
        self.forget_if_gone(id, false);
    }

    fn forget_if_gone(&mut self, id: ConnectionId, client_dropped: bool) {
        let connection = self.connection(id);
        connection.client_dropped |= client_dropped;
        if connection.client_dropped && connection.server_gone {
            self.connections[id] = None;
            self.free.push(id);
        }
    }
}

/// What a system says when it has no descriptors or memory left: ENFILE, EMFILE, ENOMEM, ENOBUFS.
const SHORTAGES: [i32; 4] = [23, 24, 12, 105];

/// The failure that a test has asked for, or one that the dice choose.
fn fails(asked: &mut VecDeque<io::Error>, habit: Percent, dice: &mut Dice) -> Option<io::Error> {
    let by_dice = |dice: &mut Dice| {
        let shows = dice.shows(habit);
        shows.then(|| io::Error::from_raw_os_error(SHORTAGES[dice.up_to(SHORTAGES.len() - 1)]))
    };
    asked.pop_front().or_else(|| by_dice(dice))
}
