//! A whole server without a kernel: workers over the simulated network, turned by hand.
//!
//! [`App`] is for tests of applications: requests in, parsed answers out. [`Bench`] is underneath, for
//! tests of octets, stacks and several workers.
//!
//! Time stands still until [`App::advance`] or [`Bench::advance`] moves it, and one seed gives one
//! history.

mod app;
mod ask;
mod held;
mod received;

pub use app::App;
pub use ask::{Answering, Asking};
pub use held::Held;
pub use received::Received;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nova_io::sim::{Client, Network, Sim};
use nova_io::{Driver, Wait};

use crate::addresses::Addresses;
use crate::application::Application;
use crate::balance::Loads;
use crate::blocking::Pool;
use crate::buffered::Buffered;
use crate::counters::Counters;
use crate::handler::Handler;
use crate::limits::Limits;
use crate::mailbox::{Mailbox, Message};
use crate::seen::Hooks;
use crate::stack::{PlainHttp, Stack};
use crate::task::{AsyncHandler, Tasks};
use crate::worker::{Neighbours, Next, Settings, Worker};

/// Workers over one simulated network.
///
/// ```
/// use std::time::Duration;
///
/// use nova_http::testing::Bench;
/// use nova_http::{Answered, Limits, Request, Response};
/// use nova_io::sim::Network;
///
/// fn hello(_: &Request<'_>, response: Response<'_>) -> Answered {
///     response.send(b"hello")
/// }
///
/// let mut bench = Bench::http(Network::calm(), Limits::default(), hello);
/// let mut client = bench.connect();
/// client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
/// assert!(bench.drain(&mut client).ends_with(b"\r\n\r\nhello"));
/// assert_eq!((bench.total().requests.get(), bench.worker(0).connections()), (1, 1));
///
/// bench.stop(Duration::from_secs(1));
/// bench.settle(); // The order arrives, and the grace begins.
/// bench.advance(Duration::from_secs(1));
/// assert_eq!(bench.counters(0).closed.get(), 1);
/// ```
pub struct Bench<S: Stack, A> {
    network: Network,
    address: std::net::SocketAddr,
    workers: Vec<Worker<Sim, S, A>>,
    counters: Vec<Arc<Counters>>,
    neighbours: Arc<Neighbours<Sim>>,
}

impl<H: Handler> Bench<PlainHttp, Buffered<H>> {
    /// One worker that answers HTTP/1.1 with `handler`.
    pub fn http(network: Network, limits: Limits, handler: H) -> Self {
        let mut app = Some(Buffered::with_pool(handler, Pool::new(&limits)));
        Self::new(network, limits, 1, |_| (PlainHttp, app.take().expect("one worker asks once")))
    }
}

impl<H: AsyncHandler> Bench<PlainHttp, Tasks<H>> {
    /// One worker that answers HTTP/1.1 with an async `handler`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use nova_http::testing::Bench;
    /// use nova_http::{Call, Limits};
    /// use nova_io::sim::Network;
    ///
    /// async fn slow(call: Call) -> &'static str {
    ///     call.sleep(Duration::from_secs(3600)).await;
    ///     "an hour later"
    /// }
    ///
    /// let mut bench = Bench::tasks(Network::calm(), Limits::default(), slow);
    /// let mut client = bench.connect();
    /// client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    /// assert!(bench.drain(&mut client).is_empty());
    /// bench.advance(Duration::from_secs(3600));
    /// assert!(bench.drain(&mut client).ends_with(b"an hour later"));
    /// ```
    pub fn tasks(network: Network, limits: Limits, handler: H) -> Self {
        let mut app = Some(Tasks::with_pool(handler, Pool::new(&limits)));
        Self::new(network, limits, 1, |_| (PlainHttp, app.take().expect("one worker asks once")))
    }
}

impl<S: Stack, A: Application> Bench<S, A> {
    /// `count` workers, each with what `make` makes for its number.
    pub fn new(
        network: Network,
        limits: Limits,
        count: usize,
        make: impl FnMut(usize) -> (S, A),
    ) -> Self {
        Self::watched(network, limits, Hooks::default(), count, make)
    }

    /// As [`Bench::new`], with hooks that are told what the workers see.
    pub fn watched(
        network: Network,
        limits: Limits,
        hooks: Hooks,
        count: usize,
        mut make: impl FnMut(usize) -> (S, A),
    ) -> Self {
        let drivers: Vec<_> = (0..count).map(|_| network.driver()).collect();
        let mailboxes = drivers.iter().map(|driver| Arc::new(Mailbox::new(driver.waker())));
        let neighbours = Arc::new(Neighbours {
            loads: Loads::new(count),
            mailboxes: mailboxes.collect(),
            addresses: Addresses::new(limits.connections_per_address),
        });
        let counters: Vec<Arc<Counters>> = (0..count).map(|_| Arc::default()).collect();
        let first = network.listener();
        let address = first.local_addr();
        let mut listeners = vec![first];
        listeners.extend((1..count).map(|_| network.listener_at(address)));
        let workers =
            drivers.into_iter().zip(listeners).enumerate().map(|(me, (driver, listener))| {
                let (stack, app) = make(me);
                let hooks = hooks.clone();
                let settings = Settings { limits, counters: counters[me].clone(), hooks };
                let mut worker = Worker::new(me, driver, stack, app, settings, neighbours.clone());
                worker.listen(listener).expect("the simulated network listens");
                worker
            });
        let workers = workers.collect();
        Self { network, address, workers, counters, neighbours }
    }

    /// A new client of the server.
    pub fn connect(&mut self) -> Client {
        self.network.connect(self.address)
    }

    /// A new client of the server with an address of the test's choice.
    pub fn connect_from(&mut self, from: std::net::SocketAddr) -> Client {
        self.network.connect_from(self.address, from)
    }

    /// Turns every worker until none has work left and the network is quiet. Time stands still, but
    /// for what the network itself takes.
    pub fn settle(&mut self) {
        // A bound that no legal history reaches: a server that still has work then spins.
        for _ in 0..1_000_000 {
            let mut again = false;
            for worker in &mut self.workers {
                let next = worker.turn(Wait::No).expect("the simulated driver does not fail");
                again |= next == Next::Again;
            }
            if !again && self.network.is_quiet() {
                return;
            }
        }
        panic!("the server does not come to rest");
    }

    /// One turn of every worker.
    pub fn turn(&mut self) {
        for worker in &mut self.workers {
            worker.turn(Wait::No).expect("the simulated driver does not fail");
        }
    }

    /// Settles and reads until `client` gets nothing more.
    pub fn drain(&mut self, client: &mut Client) -> Vec<u8> {
        let mut octets = Vec::new();
        loop {
            self.settle();
            let more = client.drain();
            if more.is_empty() {
                return octets;
            }
            octets.extend(more);
        }
    }

    /// Lets `time` pass, and everything happen that it brings.
    pub fn advance(&mut self, time: Duration) {
        self.network.advance(time);
        self.settle();
    }

    /// Tells all workers to stop.
    pub fn stop(&mut self, grace: Duration) {
        for mailbox in &self.neighbours.mailboxes {
            let _ = mailbox.post(Message::Stop { grace });
        }
    }

    /// One of the workers.
    pub fn worker(&mut self, index: usize) -> &mut Worker<Sim, S, A> {
        &mut self.workers[index]
    }

    /// The application of one of the workers.
    pub fn application(&self, index: usize) -> &A {
        self.workers[index].app()
    }

    /// The driver of one of the workers.
    pub fn driver(&self, index: usize) -> &Sim {
        self.workers[index].driver()
    }

    /// Where clients reach the server.
    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// What all workers have counted together.
    pub fn total(&self) -> Counters {
        Counters::sum(self.counters.iter().map(|counters| &**counters))
    }

    /// The counters of one of the workers.
    pub fn counters(&self, index: usize) -> &Counters {
        &self.counters[index]
    }
}

impl<S: Stack, A> fmt::Debug for Bench<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").field("workers", &self.workers).finish_non_exhaustive()
    }
}
