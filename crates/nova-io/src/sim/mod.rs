//! A network without a kernel: seeded, deterministic, with every habit that makes servers fail.
//!
//! A [`Network`] joins [`Client`]s, which a test moves by hand, with drivers ([`Sim`]), which obey
//! the same contract as the portable one, so that a worker runs on it unchanged. Its clock moves
//! only when it is told to. With the same [`Habits`], seed and calls, everything happens again in
//! the same way (from one thread; the lock makes it safe, not orderly, from several).
//!
//! ```
//! use nova_io::sim::{ClientState, Network};
//! use nova_io::{Close, Driver, Event, Key, Wait};
//!
//! let network = Network::calm();
//! let listener = network.listener();
//! let mut client = network.connect(listener.local_addr());
//! let mut driver = network.driver();
//! driver.listen(listener)?;
//! client.write(b"ping");
//!
//! let key = Key::new(0, 0);
//! while !network.is_quiet() {
//!     driver.turn(Wait::No)?;
//!     while let Some(event) = driver.next() {
//!         match event {
//!             Event::Accepted { socket, .. } => driver.adopt(key, socket)?,
//!             Event::Received(key, octets) => {
//!                 octets.reverse();
//!                 let answer = octets.to_vec();
//!                 driver.send(key, &answer).expect("the client is there");
//!                 driver.close(key, Close::Orderly);
//!             }
//!             other => panic!("nobody did {other:?}"),
//!         }
//!     }
//! }
//! assert_eq!(client.read(), b"gnip");
//! assert_eq!(client.state(), ClientState::Ended);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Where things are
//! `habits.rs` says what the network is like, `flow.rs` is one direction of a connection,
//! `connection.rs` both of them and the server's view, `state.rs` all of the network; `driver.rs`,
//! `client.rs` and `socket.rs` are what is held from outside.

mod client;
mod connection;
mod driver;
mod flow;
mod habits;
mod socket;
mod state;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use state::State;

pub use client::{Client, ClientState};
pub use driver::Sim;
pub use habits::{Habits, Percent};
pub use socket::{Listener, Socket, Waker};

/// Seconds since 1970 when a network's clock stands at zero: Thu, 01 Jan 2026 00:00:00 GMT.
pub const EPOCH: u64 = 1_767_225_600;

/// A simulated network; clones are handles on the same one.
///
/// # Time
/// One clock for all drivers. A driver that is alone and idle moves it by what it would have
/// waited. Where there are several, none of them can know that all are idle, so the clock stands
/// still until [`Network::advance`]; give `turn` any wait you like.
#[derive(Clone, Debug)]
pub struct Network {
    shared: Arc<Mutex<State>>,
}

impl Network {
    /// A network with [`Habits::calm`].
    pub fn calm() -> Self {
        Self::with(Habits::calm(), 0)
    }

    /// A network with [`Habits::rough`], different for every seed.
    pub fn rough(seed: u64) -> Self {
        Self::with(Habits::rough(seed), seed)
    }

    /// A network with these habits; the seed decides when each of them shows.
    pub fn with(habits: Habits, seed: u64) -> Self {
        Self { shared: Arc::new(Mutex::new(State::new(habits, seed))) }
    }

    /// A driver on this network.
    pub fn driver(&self) -> Sim {
        Sim::new(self.clone())
    }

    /// A listener at an address of its own.
    pub fn listener(&self) -> Listener {
        let (id, address) = self.lock().listen(None);
        Listener::new(self.clone(), id, address)
    }

    /// One more listener at `address`: clients meet any of those there, as with SO_REUSEPORT.
    pub fn listener_at(&self, address: SocketAddr) -> Listener {
        let (id, address) = self.lock().listen(Some(address));
        Listener::new(self.clone(), id, address)
    }

    /// A client that connects to `address`. If nobody listens there, or the queue is full (1024),
    /// its state is [`ClientState::Reset`].
    pub fn connect(&self, address: SocketAddr) -> Client {
        Client::new(self.clone(), self.lock().connect(address, None))
    }

    /// A client that connects from an address of the test's choice.
    pub fn connect_from(&self, address: SocketAddr, from: SocketAddr) -> Client {
        Client::new(self.clone(), self.lock().connect(address, Some(from)))
    }

    /// A connection without a listener: the client and the socket that a driver can adopt.
    pub fn pair(&self) -> (Client, Socket) {
        let id = self.lock().add(None);
        (Client::new(self.clone(), id), Socket::new(self.clone(), id))
    }

    /// Time since the network was made.
    pub fn elapsed(&self) -> Duration {
        self.lock().clock
    }

    /// Moves the clock. Drivers see it at their next turn.
    pub fn advance(&self, time: Duration) {
        self.lock().clock += time;
    }

    /// Lets what is under way move on without a driver's turn, which is otherwise what moves it: a
    /// guest's host waits for [`Sim::readable`] and would wait for ever.
    pub fn moment(&self) {
        self.lock().moment();
    }

    /// Whether no driver has anything left to see unless a client, a waker or the clock acts.
    /// Octets that a paused connection does not want, or that a client does not read, are quiet.
    pub fn is_quiet(&self) -> bool {
        self.lock().is_quiet()
    }

    /// The next accept, on any listener where somebody waits, fails like this and pauses it. May be
    /// called several times for several failures. `io::Error::from_raw_os_error(24)` is EMFILE.
    pub fn fail_next_accept(&self, error: io::Error) {
        self.lock().next_accept.push_back(error);
    }

    /// The next adoption, by any driver, fails like this.
    pub fn fail_next_adopt(&self, error: io::Error) {
        self.lock().next_adopt.push_back(error);
    }

    /// How many accepts and how many adoptions have failed, as a test has asked for or by
    /// [`Habits::accept_fails`] and [`Habits::adopt_fails`].
    pub fn failures(&self) -> (u64, u64) {
        let state = self.lock();
        (state.accepts_failed, state.adopts_failed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panics while it holds the lock has failed already.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
