//! What the contract needs of a network: drivers, listeners and the far ends of connections.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nova_io::portable::{self, Endpoint, ListenOptions, Portable};
use nova_io::sim::{self, ClientState, Habits, Network, Sim};
use nova_io::{Driver, Wait};

/// A network to test a driver on. Clones are the same network.
pub trait Rig: Clone {
    type Driver: Driver;
    type Client: Client;
    /// Where listeners listen.
    type Address: Clone;

    /// The receive buffer of the drivers, in octets.
    fn receive_buffer(&self) -> usize;
    /// How many octets fit between a server that sends and a client that does not read, at most.
    fn ample(&self) -> usize;
    fn driver(&self) -> Self::Driver;
    fn listener(&self) -> (<Self::Driver as Driver>::Listener, Self::Address);
    fn connect(&self, to: Self::Address) -> Self::Client;
    /// How long an idle turn waits.
    fn wait(&self) -> Wait;
    /// After how many idle turns something "never came".
    fn patience(&self) -> usize;
    /// Whether nothing will come any more, after some idle turns.
    fn settled(&self, idle_turns: usize) -> bool;
    /// What a host's loop does: waits a moment for the driver's descriptor, and says whether it is
    /// readable.
    fn watch(&self, driver: &Self::Driver) -> bool;
}

/// What a client has seen of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Open,
    Ended,
    Reset,
}

/// The far end of a connection. It never blocks: `pump` moves what can be moved.
pub trait Client {
    fn write(&mut self, octets: &[u8]);
    /// Whether it reads at all. It does at first.
    fn set_reading(&mut self, on: bool);
    fn pump(&mut self);
    /// What has been read since the last call.
    fn take(&mut self) -> Vec<u8>;
    fn shutdown(&mut self);
    fn reset(&mut self);
    fn fate(&self) -> Fate;
}

// --- real sockets ---

/// The kernel's loopback network, or Unix sockets in a folder.
#[derive(Clone, Default)]
pub struct Real {
    folder: Option<Arc<Folder>>,
}

struct Folder {
    path: tempfile::TempDir,
    sockets: AtomicUsize,
}

impl Real {
    pub fn unix() -> Self {
        let (path, sockets) = (tempfile::tempdir().unwrap(), AtomicUsize::new(0));
        Self { folder: Some(Arc::new(Folder { path, sockets })) }
    }
}

/// Small, so that a few octets fill it.
const REAL_BUFFER: usize = 4096;

impl Rig for Real {
    type Driver = Portable;
    type Client = RealClient;
    type Address = Endpoint;

    fn receive_buffer(&self) -> usize {
        REAL_BUFFER
    }

    fn ample(&self) -> usize {
        // Linux lets a sender queue 4 MiB and a receiver 6 MiB unless configured otherwise.
        32 << 20
    }

    fn driver(&self) -> Portable {
        Portable::with_receive_buffer(REAL_BUFFER).unwrap()
    }

    fn listener(&self) -> (portable::Listener, Endpoint) {
        let options = ListenOptions::default();
        let listener = match &self.folder {
            None => portable::Listener::bind("127.0.0.1:0".parse().unwrap(), &options),
            Some(folder) => {
                let number = folder.sockets.fetch_add(1, Ordering::Relaxed);
                bind_unix(&folder.path.path().join(number.to_string()), &options)
            }
        };
        let listener = listener.unwrap();
        let address = listener.endpoint().unwrap();
        (listener, address)
    }

    fn connect(&self, to: Endpoint) -> RealClient {
        let stream = match to {
            Endpoint::Tcp(address) => TcpStream::connect(address),
            Endpoint::Unix(path) => connect_unix(&path.unwrap()),
        };
        let fate = if stream.is_ok() { Fate::Open } else { Fate::Reset };
        let stream = stream.ok().inspect(|stream| stream.set_nonblocking(true).unwrap());
        let (unsent, ending) = (Vec::new(), false);
        RealClient { stream, unsent, ending, reading: true, inbox: Vec::new(), fate }
    }

    fn wait(&self) -> Wait {
        Wait::AtMost(Duration::from_millis(20))
    }

    fn patience(&self) -> usize {
        // Ten seconds.
        500
    }

    fn settled(&self, idle_turns: usize) -> bool {
        // Loopback delivers within the call that sends; this leaves three turns for the rest.
        idle_turns >= 3
    }

    #[cfg(unix)]
    fn watch(&self, driver: &Portable) -> bool {
        let descriptor = driver.descriptor().expect("Unix has descriptors");
        let descriptor = std::os::fd::AsRawFd::as_raw_fd(&descriptor);
        let mut host = mio::Poll::new().unwrap();
        let mut watched = mio::unix::SourceFd(&descriptor);
        host.registry().register(&mut watched, mio::Token(0), mio::Interest::READABLE).unwrap();
        let mut events = mio::Events::with_capacity(1);
        host.poll(&mut events, Some(Duration::from_millis(20))).unwrap();
        !events.is_empty()
    }

    #[cfg(not(unix))]
    fn watch(&self, _: &Portable) -> bool {
        // No descriptor: the wake callback of a thread stands in, which this test has not got.
        true
    }
}

#[cfg(unix)]
fn bind_unix(path: &std::path::Path, options: &ListenOptions) -> io::Result<portable::Listener> {
    portable::Listener::bind_unix(path, options)
}

/// A stream socket is a stream socket: the client need not know which.
#[cfg(unix)]
fn connect_unix(path: &std::path::Path) -> io::Result<TcpStream> {
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    Ok(std::os::fd::OwnedFd::from(stream).into())
}

#[cfg(not(unix))]
fn bind_unix(_: &std::path::Path, _: &ListenOptions) -> io::Result<portable::Listener> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn connect_unix(_: &std::path::Path) -> io::Result<TcpStream> {
    Err(io::ErrorKind::Unsupported.into())
}

pub struct RealClient {
    stream: Option<TcpStream>,
    unsent: Vec<u8>,
    ending: bool,
    reading: bool,
    inbox: Vec<u8>,
    fate: Fate,
}

impl RealClient {
    fn push(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        while !self.unsent.is_empty() {
            let n = stream.write(&self.unsent)?;
            self.unsent.drain(..n);
        }
        if std::mem::take(&mut self.ending) {
            stream.shutdown(Shutdown::Write)?;
        }
        Ok(())
    }

    fn pull(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1 << 16];
        while let (Some(stream), true, Fate::Open) = (&mut self.stream, self.reading, self.fate) {
            match stream.read(&mut buffer)? {
                0 => self.fate = Fate::Ended,
                n => self.inbox.extend_from_slice(&buffer[..n]),
            }
        }
        Ok(())
    }
}

impl Client for RealClient {
    fn write(&mut self, octets: &[u8]) {
        self.unsent.extend_from_slice(octets);
        self.pump();
    }

    fn set_reading(&mut self, on: bool) {
        self.reading = on;
    }

    fn pump(&mut self) {
        for outcome in [self.push(), self.pull()] {
            match outcome {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => self.fate = Fate::Reset,
            }
        }
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.inbox)
    }

    fn shutdown(&mut self) {
        self.ending = true;
        self.pump();
    }

    fn reset(&mut self) {
        if let Some(stream) = self.stream.take() {
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        self.fate = Fate::Reset;
    }

    fn fate(&self) -> Fate {
        self.fate
    }
}

// --- the simulator ---

/// A simulated network.
#[derive(Clone)]
pub struct Simulated {
    pub network: Network,
    habits: Habits,
    seed: Option<u64>,
}

impl Simulated {
    pub fn calm() -> Self {
        let habits = Habits { receive_buffer: 4096, ..Habits::calm() };
        Self { network: Network::with(habits, 0), habits, seed: None }
    }

    pub fn rough(seed: u64) -> Self {
        let mut habits = Habits::rough(seed);
        // The tests fill the buffer and the window many times over.
        habits.receive_buffer = habits.receive_buffer.min(2048);
        habits.window = habits.window.min(1 << 14);
        Self { network: Network::with(habits, seed), habits, seed: Some(seed) }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        if let (Some(seed), true) = (self.seed, std::thread::panicking()) {
            eprintln!("…in the rough network of seed {seed}");
        }
    }
}

impl Rig for Simulated {
    type Driver = Sim;
    type Client = SimClient;
    type Address = SocketAddr;

    fn receive_buffer(&self) -> usize {
        self.habits.receive_buffer
    }

    fn ample(&self) -> usize {
        self.habits.window * 4
    }

    fn driver(&self) -> Sim {
        self.network.driver()
    }

    fn listener(&self) -> (sim::Listener, SocketAddr) {
        let listener = self.network.listener();
        let address = listener.local_addr();
        (listener, address)
    }

    fn connect(&self, to: SocketAddr) -> SimClient {
        SimClient { inner: self.network.connect(to), reading: true, inbox: Vec::new() }
    }

    fn wait(&self) -> Wait {
        Wait::Forever
    }

    fn patience(&self) -> usize {
        // A window of one octet that is read every now and then is still progress.
        10_000
    }

    fn settled(&self, _: usize) -> bool {
        self.network.is_quiet()
    }

    fn watch(&self, driver: &Sim) -> bool {
        self.network.moment();
        driver.readable()
    }
}

pub struct SimClient {
    inner: sim::Client,
    reading: bool,
    inbox: Vec<u8>,
}

impl Client for SimClient {
    fn write(&mut self, octets: &[u8]) {
        self.inner.write(octets);
    }

    fn set_reading(&mut self, on: bool) {
        self.reading = on;
    }

    fn pump(&mut self) {
        if self.reading {
            self.inner.read_into(&mut self.inbox);
        }
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.inbox)
    }

    fn shutdown(&mut self) {
        self.inner.shutdown();
    }

    fn reset(&mut self) {
        self.inner.reset();
    }

    fn fate(&self) -> Fate {
        match self.inner.state() {
            ClientState::Open => Fate::Open,
            ClientState::Ended => Fate::Ended,
            ClientState::Reset => Fate::Reset,
        }
    }
}
