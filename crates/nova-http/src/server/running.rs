//! A running server, and the handle on it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use nova_io::portable::{Endpoint, Portable};

use super::ServerError;
use crate::counters::Counters;
use crate::failures::Failures;
use crate::mailbox::Message;
use crate::report::Report;
use crate::worker::Neighbours;

/// A running server: its threads, and the handle on it. Dropping it leaves it running.
///
/// ```no_run
/// use std::time::Duration;
///
/// use nova_http::{Request, Response, Server};
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let running = Server::bind("127.0.0.1:3000")?
///     .start(|_: &Request<'_>, response: Response<'_>| response.send(b"hello"))?;
/// let handle = running.handle();
/// std::thread::spawn(move || {
///     std::thread::sleep(Duration::from_secs(60));
///     handle.stop(Duration::from_secs(8));
/// });
/// println!("{}", running.join()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Running {
    pub(super) handle: Handle,
    pub(super) threads: Vec<JoinHandle<io::Result<Report>>>,
}

impl Running {
    /// A handle that can be given to other threads.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until all workers have ended, and says what the stop has cost.
    ///
    /// # Errors
    /// [`ServerError::Worker`] if a worker has failed; the others have then been stopped.
    pub fn join(self) -> Result<Report, ServerError> {
        let mut all = Ok(Report::default());
        for thread in self.threads {
            let ended = thread.join().unwrap_or_else(|_| {
                Err(io::Error::other("its thread panicked, which is a defect of the server"))
            });
            all = all.and_then(|all| ended.map(|report| all.and(&report)));
        }
        all.map_err(ServerError::Worker)
    }

    /// Stops as [`Handle::stop`] does, and waits for the end.
    ///
    /// # Errors
    /// As [`Running::join`].
    pub fn stop(self, grace: Duration) -> Result<Report, ServerError> {
        self.handle.stop(grace);
        self.join()
    }
}

/// Looks into a running server and stops it, from any thread.
///
/// ```no_run
/// use std::time::Duration;
///
/// use nova_http::{Handle, Request, Response, Server};
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let running = Server::bind("127.0.0.1:0")?
///     .start(|_: &Request<'_>, response: Response<'_>| response.send(b"hello"))?;
/// let handle: Handle = running.handle();
/// println!("http://{}", handle.local_addr());
/// println!("{} requests", handle.total().requests.get());
/// println!("{:?} connections", handle.connections());
/// handle.stop(Duration::from_secs(8));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) endpoints: Arc<[Endpoint]>,
    pub(super) counters: Box<[Arc<Counters>]>,
    pub(super) neighbours: Arc<Neighbours<Portable>>,
}

impl Handle {
    /// The first TCP address that is listened on, with its real port.
    ///
    /// # Panics
    /// If there is none, only Unix sockets; [`Handle::local_addrs`] has those, too.
    pub fn local_addr(&self) -> SocketAddr {
        first_tcp(&self.endpoints)
    }

    /// Everything that is listened on, in the order in which it was named.
    pub fn local_addrs(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Stops: no connection is accepted any more, what runs is answered with `Connection: close`,
    /// idle connections get a quarter of `grace` (at most a second) to send what is under way, and
    /// what is left after `grace` is cut off. A second call can only shorten the grace.
    ///
    /// It takes a lock for a moment and wakes threads, so it may be called from any thread, but not
    /// from within a signal handler: let that wake a thread, as the crates `ctrlc` and `signal-hook`
    /// do.
    pub fn stop(&self, grace: Duration) {
        for mailbox in &self.neighbours.mailboxes {
            // A mailbox that is closed belongs to a worker that has stopped.
            let _ = mailbox.post(Message::Stop { grace });
        }
    }

    /// The counters of each worker.
    pub fn counters(&self) -> &[Arc<Counters>] {
        &self.counters
    }

    /// What all workers have counted together until now.
    pub fn total(&self) -> Counters {
        Counters::sum(self.counters.iter().map(|counters| &**counters))
    }

    /// What has gone wrong in all workers until now, by reason and phase.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// # let running = nova_http::Server::bind("127.0.0.1:0")?
    /// #     .start(|_: &nova_http::Request<'_>, it: nova_http::Response<'_>| it.send(b""))?;
    /// for (reason, phase, count) in running.handle().failures().all() {
    ///     println!("{} in {}: {count}", reason.name(), phase.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn failures(&self) -> Failures {
        self.total().failures
    }

    /// How many connections each worker has now.
    pub fn connections(&self) -> Vec<usize> {
        (0..self.counters.len()).map(|worker| self.neighbours.loads.connections(worker)).collect()
    }
}

pub(super) fn first_tcp(endpoints: &[Endpoint]) -> SocketAddr {
    let found = endpoints.iter().find_map(Endpoint::tcp);
    found.expect("the server listens on no TCP address: look at local_addrs()")
}
