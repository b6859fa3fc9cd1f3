//! Listeners, threads and the handle that stops them.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use nova_io::Driver;
use nova_io::portable::{ListenOptions, Listener, Portable};

use crate::addresses::Addresses;
use crate::application::Application;
use crate::balance::Loads;
use crate::blocking::Pool;
use crate::buffered::Buffered;
use crate::counters::Counters;
use crate::failures::Failed;
use crate::handler::Handler;
use crate::limits::Limits;
use crate::mailbox::{Mailbox, Message};
use crate::observe::Responded;
use crate::report::Report;
use crate::seen::Hooks;
use crate::stack::PlainHttp;
use crate::worker::{Neighbours, Settings, Worker};

/// A server that is bound to an address and not running yet.
///
/// ```no_run
/// use nova_http::{Answered, Request, Response, Server};
///
/// fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
///     response.fields(&[("content-type", "text/plain")]).send(b"Hello World")
/// }
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// Server::bind("127.0.0.1:3000")?.workers(2).serve(hello)
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    workers: usize,
    limits: Limits,
    hooks: Hooks,
}

/// Why a server could not start, or ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The address is not one.
    Address {
        /// As it was given.
        given: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The address cannot be listened on.
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel refused a worker what it needs.
    Worker(io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { given, source } => write!(
                f,
                "'{given}' is not an address to listen on: {source} (an address looks like \
                 127.0.0.1:3000 or [::1]:3000)"
            ),
            Self::Bind { address, source } => match source.kind() {
                io::ErrorKind::AddrInUse => {
                    write!(f, "{address} is in use: another program listens on this port")
                }
                io::ErrorKind::PermissionDenied => write!(
                    f,
                    "no permission to listen on {address}: ports below 1024 are for privileged \
                     users"
                ),
                io::ErrorKind::AddrNotAvailable => {
                    write!(f, "{address} is not an address of this machine")
                }
                _ => write!(f, "cannot listen on {address}: {source}"),
            },
            Self::Worker(source) => write!(f, "a worker cannot run: {source}"),
        }
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Address { source, .. } | Self::Bind { source, .. } => Some(source),
            Self::Worker(source) => Some(source),
        }
    }
}

impl Server {
    /// Finds out whether `address` can be listened on. Port 0 stands for any free one.
    pub fn bind(address: impl ToSocketAddrs + fmt::Display) -> Result<Self, ServerError> {
        let bad = |source| ServerError::Address { given: address.to_string(), source };
        let resolved = address.to_socket_addrs().map_err(bad)?.next();
        let found = resolved.ok_or_else(|| bad(io::Error::other("it names no address")))?;
        // Without SO_REUSEPORT: with it, a second copy of a program would be let in and would
        // silently take half of the connections.
        let probe = listener(found, false)?;
        let address =
            probe.local_addr().map_err(|source| ServerError::Bind { address: found, source })?;
        Ok(Self { address, workers: 1, limits: Limits::default(), hooks: Hooks::default() })
    }

    /// How many worker threads, each with a listener of its own. Default 1; zero counts as one.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Other bounds than the default ones.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells `hook` of every exchange that has ended, on the thread of its worker.
    pub fn on_response(mut self, hook: impl Fn(&Responded<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.on_response = Some(Arc::new(hook));
        self
    }

    /// Tells `hook` of everything that goes wrong, on the thread of its worker.
    pub fn on_failure(mut self, hook: impl Fn(&Failed) + Send + Sync + 'static) -> Self {
        self.hooks.on_failure = Some(Arc::new(hook));
        self
    }

    /// The address that is listened on, with its real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Runs until stopped, with a copy of `handler` for each worker.
    pub fn serve<H>(self, handler: H) -> Result<(), ServerError>
    where
        H: Handler + Clone + Send + 'static,
    {
        self.start(handler)?.join().map(drop)
    }

    /// Starts the workers, each with a copy of `handler`, and returns.
    pub fn start<H>(self, handler: H) -> Result<Running, ServerError>
    where
        H: Handler + Clone + Send + 'static,
    {
        let (handler, pool) = (Mutex::new(handler), Pool::new(&self.limits));
        self.start_with(move |_| {
            let handler = handler.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Buffered::with_pool(handler, pool.clone())
        })
    }

    /// Starts the workers, each with an application that `make` makes on the worker's own thread
    /// from its number; the application need not be `Send`.
    pub fn start_with<A, F>(self, make: F) -> Result<Running, ServerError>
    where
        A: Application,
        F: Fn(usize) -> A + Send + Sync + 'static,
    {
        let drivers = (0..self.workers)
            .map(|_| Portable::new())
            .collect::<io::Result<Vec<_>>>()
            .map_err(ServerError::Worker)?;
        let listeners = listeners(self.address, self.workers)?;
        let mailboxes = drivers.iter().map(|driver| Arc::new(Mailbox::new(driver.waker())));
        let neighbours = Arc::new(Neighbours {
            loads: Loads::new(self.workers),
            mailboxes: mailboxes.collect(),
            addresses: Addresses::new(self.limits.connections_per_address),
        });
        let make = Arc::new(make);
        let mut running = Running {
            handle: Handle {
                address: self.address,
                counters: (0..self.workers).map(|_| Arc::default()).collect(),
                neighbours: neighbours.clone(),
            },
            threads: Vec::with_capacity(self.workers),
        };
        for (me, (driver, listener)) in drivers.into_iter().zip(listeners).enumerate() {
            let (neighbours, make) = (neighbours.clone(), make.clone());
            let counters = running.handle.counters[me].clone();
            let settings = Settings { limits: self.limits, counters, hooks: self.hooks.clone() };
            let thread = std::thread::Builder::new().name(format!("nova-{me}")).spawn(move || {
                let app = make(me);
                let mut worker = Worker::new(me, driver, PlainHttp, app, settings, neighbours);
                worker.listen(listener)?;
                worker.run()
            });
            match thread {
                Ok(thread) => running.threads.push(thread),
                Err(error) => {
                    running.handle.stop(Duration::ZERO);
                    return Err(ServerError::Worker(error));
                }
            }
        }
        Ok(running)
    }
}

/// A listener for each worker: sharing the port where the system can, else sharing the queue.
fn listeners(address: SocketAddr, workers: usize) -> Result<Vec<Listener>, ServerError> {
    if ListenOptions::CAN_REUSE_PORT {
        return (0..workers).map(|_| listener(address, true)).collect();
    }
    let first = listener(address, false)?;
    let copies = (1..workers).map(|_| first.try_clone()).collect::<io::Result<Vec<_>>>();
    let mut all = copies.map_err(|source| ServerError::Bind { address, source })?;
    all.push(first);
    Ok(all)
}

fn listener(address: SocketAddr, reuse_port: bool) -> Result<Listener, ServerError> {
    let options = ListenOptions { reuse_port, ..ListenOptions::default() };
    Listener::bind(address, &options).map_err(|source| ServerError::Bind { address, source })
}

/// A running server: its threads, and the handle on it. Dropping it leaves it running.
#[derive(Debug)]
pub struct Running {
    handle: Handle,
    threads: Vec<JoinHandle<io::Result<Report>>>,
}

impl Running {
    /// A handle that can be given to other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until all workers have ended, and says what the stop has cost.
    pub fn join(self) -> Result<Report, ServerError> {
        let mut all = Ok(Report::default());
        for thread in self.threads {
            let ended = thread.join().unwrap_or_else(|_| {
                Err(io::Error::other("its thread panicked, which is a defect of the server"))
            });
            all = all.and_then(|all| ended.map(|report| all.and(report)));
        }
        all.map_err(ServerError::Worker)
    }

    /// Stops as [`Handle::stop`] does, and waits for the end.
    pub fn stop(self, grace: Duration) -> Result<Report, ServerError> {
        self.handle.stop(grace);
        self.join()
    }
}

/// Looks into a running server and stops it, from any thread.
#[derive(Clone, Debug)]
pub struct Handle {
    address: SocketAddr,
    counters: Box<[Arc<Counters>]>,
    neighbours: Arc<Neighbours<Portable>>,
}

impl Handle {
    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no connection is accepted any more, what runs is answered with `Connection: close`,
    /// idle connections get a quarter of `grace` (at most a second) to send what is under way, and
    /// what is left after `grace` is cut off.
    pub fn stop(&self, grace: Duration) {
        for mailbox in &self.neighbours.mailboxes {
            mailbox.post(Message::Stop { grace });
        }
    }

    /// The counters of each worker.
    pub fn counters(&self) -> &[Arc<Counters>] {
        &self.counters
    }

    /// How many connections each worker has now.
    pub fn connections(&self) -> Vec<usize> {
        (0..self.counters.len()).map(|worker| self.neighbours.loads.get(worker)).collect()
    }
}
