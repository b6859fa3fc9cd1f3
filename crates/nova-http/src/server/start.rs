//! Starting the workers.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nova_io::Driver;
use nova_io::portable::{Listener, Portable};

use super::running::{Handle, Running};
use super::{Server, ServerError};
use crate::addresses::Addresses;
use crate::application::Application;
use crate::balance::Loads;
use crate::blocking::Pool;
use crate::buffered::Buffered;
use crate::handler::Handler;
use crate::mailbox::{Mailbox, Message};
use crate::report::Report;
use crate::stack::{PlainHttp, ProxiedHttp, Stack};
use crate::task::{AsyncHandler, Tasks};
use crate::worker::{Neighbours, Settings, Worker};

/// How long the others have when a worker has ended that should not have.
const AFTER_A_LOSS: Duration = Duration::from_secs(5);

impl Server {
    /// Runs until stopped, with a copy of `handler` for each worker.
    ///
    /// ```no_run
    /// use nova_http::{Answered, Request, Response, Server};
    ///
    /// fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     response.send(b"Hello World")
    /// }
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// Server::bind("127.0.0.1:3000")?.workers(2).serve(hello)
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Server::start`], and [`ServerError::Worker`] if a worker has failed.
    pub fn serve<H>(self, handler: H) -> Result<(), ServerError>
    where
        H: Handler + Clone + Send + 'static,
    {
        self.start(handler)?.join().map(drop)
    }

    /// Starts the workers, each with a copy of `handler`, and returns.
    ///
    /// ```no_run
    /// use nova_http::{Answered, Request, Response, Server};
    ///
    /// fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     response.send(b"Hello World")
    /// }
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let running = Server::bind("127.0.0.1:3000")?.workers(2).start(hello)?;
    /// println!("listening on {}", running.handle().local_addr());
    /// println!("{}", running.join()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::NoListener`], or what the system refuses.
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

    /// Runs until stopped, with a copy of an async `handler` for each worker.
    ///
    /// # Errors
    /// As [`Server::serve`].
    ///
    /// ```no_run
    /// use nova_http::{Call, OwnedAnswer, Server};
    ///
    /// async fn hello(_call: Call) -> OwnedAnswer {
    ///     OwnedAnswer::text("Hello World")
    /// }
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// Server::bind("127.0.0.1:3000")?.serve_async(hello)
    /// # }
    /// ```
    pub fn serve_async<H>(self, handler: H) -> Result<(), ServerError>
    where
        H: AsyncHandler + Clone + Send + 'static,
    {
        self.start_async(handler)?.join().map(drop)
    }

    /// Starts the workers, each with a copy of an async `handler`, and returns.
    ///
    /// ```no_run
    /// use nova_http::{Call, Server};
    ///
    /// async fn hello(_call: Call) -> &'static str {
    ///     "Hello World"
    /// }
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let running = Server::bind("127.0.0.1:3000")?.workers(2).start_async(hello)?;
    /// println!("{}", running.join()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_async<H>(self, handler: H) -> Result<Running, ServerError>
    where
        H: AsyncHandler + Clone + Send + 'static,
    {
        let (handler, pool) = (Mutex::new(handler), Pool::new(&self.limits));
        self.start_with(move |_| {
            let handler = handler.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Tasks::with_pool(handler, pool.clone())
        })
    }

    /// Starts the workers, each with an application that `make` makes on the worker's own thread
    /// from its number; the application need not be `Send`.
    ///
    /// ```no_run
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// use nova_http::{Buffered, Request, Response, Server};
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let running = Server::bind("127.0.0.1:3000")?.workers(2).start_with(|worker| {
    ///     let served = Rc::new(Cell::new(0_u64)); // Need not be `Send`.
    ///     Buffered::new(move |_: &Request<'_>, response: Response<'_>| {
    ///         served.set(served.get() + 1);
    ///         response.send(format!("number {} of worker {worker}", served.get()).as_bytes())
    ///     })
    /// })?;
    /// println!("{}", running.join()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with<A, F>(self, make: F) -> Result<Running, ServerError>
    where
        A: Application,
        F: Fn(usize) -> A + Send + Sync + 'static,
    {
        match self.proxied.clone() {
            Some(from) => self.start_stack(|_| ProxiedHttp::new(from.clone()), make),
            None => self.start_stack(|_| PlainHttp, make),
        }
    }

    fn start_stack<S, A, F>(
        self,
        stack: impl Fn(usize) -> S,
        make: F,
    ) -> Result<Running, ServerError>
    where
        S: Stack + Send + 'static,
        A: Application,
        F: Fn(usize) -> A + Send + Sync + 'static,
    {
        let drivers = (0..self.workers)
            .map(|_| Portable::new())
            .collect::<io::Result<Vec<_>>>()
            .map_err(ServerError::Worker)?;
        let endpoints = self.listeners.endpoints().into();
        let listeners = self.listeners.for_workers(self.workers)?;
        let mailboxes = drivers.iter().map(|driver| Arc::new(Mailbox::new(driver.waker())));
        let neighbours = Arc::new(Neighbours {
            loads: Loads::new(self.workers),
            mailboxes: mailboxes.collect(),
            addresses: Addresses::new(self.limits.connections_per_address),
        });
        let make = Arc::new(make);
        let mut running = Running {
            handle: Handle {
                endpoints,
                counters: (0..self.workers).map(|_| Arc::default()).collect(),
                neighbours: neighbours.clone(),
            },
            threads: Vec::with_capacity(self.workers),
        };
        for (me, (driver, listeners)) in drivers.into_iter().zip(listeners).enumerate() {
            let settings = Settings {
                limits: self.limits,
                counters: running.handle.counters[me].clone(),
                hooks: self.hooks.clone(),
            };
            let (neighbours, make, stack) = (neighbours.clone(), make.clone(), stack(me));
            #[cfg(all(feature = "tokio", unix))]
            let tokio = self.tokio;
            let run = move || {
                let neighbours_of_it = neighbours.clone();
                let worker =
                    move || Worker::new(me, driver, stack, make(me), settings, neighbours_of_it);
                #[cfg(all(feature = "tokio", unix))]
                if tokio {
                    return super::tokio::run(worker, listeners);
                }
                run(worker, listeners)
            };
            let neighbours = running.handle.neighbours.clone();
            let guarded = move || {
                let ended = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
                    Err(io::Error::other("its thread panicked, which is a defect of the server"))
                });
                if let Err(error) = &ended {
                    lost(me, &neighbours, error);
                }
                ended
            };
            match std::thread::Builder::new().name(format!("nova-{me}")).spawn(guarded) {
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

fn run<S: Stack, A: Application>(
    worker: impl FnOnce() -> Worker<Portable, S, A>,
    listeners: Vec<Listener>,
) -> io::Result<Report> {
    let mut worker = worker();
    for listener in listeners {
        worker.listen(listener)?;
    }
    worker.run()
}

/// A worker has ended that should not have: nobody hands connections to it any more, and the server
/// ends, so that whoever watches over it can start it anew; half of a server would look like one.
fn lost(me: usize, neighbours: &Neighbours<Portable>, error: &io::Error) {
    tracing::error!(worker = me, %error, "a worker has ended; the server stops");
    neighbours.loads.retire(me);
    neighbours.mailboxes[me].close();
    for mailbox in &neighbours.mailboxes {
        let _ = mailbox.post(Message::Stop { grace: AFTER_A_LOSS });
    }
}
