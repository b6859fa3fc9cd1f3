//! Servers before they run: what they listen on, how many workers, which limits; and their start.
//!
//! `listeners.rs` binds and shares, `activation.rs` takes over what a service manager has opened,
//! `start.rs` starts the workers, `running.rs` is the server afterwards, `error.rs` says why there is
//! none.

mod activation;
mod error;
mod listeners;
mod running;
mod start;
#[cfg(all(feature = "tokio", unix))]
mod tokio;

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;

use nova_io::portable::{Endpoint, ListenOptions};

use crate::failures::Failed;
use crate::limits::Limits;
use crate::observe::Responded;
use crate::proxies::TrustedProxies;
use crate::seen::Hooks;
use listeners::Listeners;

pub use activation::{Activated, activated};
pub use error::ServerError;
pub use listeners::IntoListener;
pub use running::{Handle, Running};

/// A server that listens and is not running yet.
///
/// It can listen on several addresses and sockets at once: each worker has a listener of its own for
/// each TCP address (SO_REUSEPORT, where the system has it), and all share the Unix sockets and what
/// was made elsewhere.
///
/// ```no_run
/// use nova_http::{Answered, Request, Response, Server};
///
/// fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
///     response.fields(&[("content-type", "text/plain")]).send(b"Hello World")
/// }
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// Server::bind("localhost:3000")?.and_bind("192.0.2.1:80")?.workers(2).serve(hello)
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listeners: Listeners,
    workers: usize,
    limits: Limits,
    hooks: Hooks,
    /// From whom a PROXY header is expected.
    proxied: Option<TrustedProxies>,
    /// Workers are guests of Tokio runtimes.
    #[cfg(all(feature = "tokio", unix))]
    tokio: bool,
}

impl Server {
    /// Listens on `address`. Port 0 stands for any free one, and `localhost` for the loopback
    /// addresses of both families, with the same port, as far as the machine has them. `[::]` is for
    /// both families where the system has it so.
    ///
    /// Clients that connect from now on wait until the server is started.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let server = nova_http::Server::bind("127.0.0.1:0")?;
    /// println!("http://{}", server.local_addr());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Address`] for what is not an address, [`ServerError::Bind`] if another program
    /// has the port or the system refuses it for another reason.
    pub fn bind(address: impl ToSocketAddrs + fmt::Display) -> Result<Self, ServerError> {
        Self::with(ListenOptions::default()).and_bind(address)
    }

    /// Listens on the Unix socket `path`. A file that a dead server has left there is replaced; the
    /// file is removed when the server has stopped.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let server = nova_http::Server::unix("/run/app/http.sock")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Unix`] if somebody listens there, if there is a file that is not a socket, or
    /// if the system refuses.
    #[cfg(unix)]
    pub fn unix(path: impl AsRef<Path>) -> Result<Self, ServerError> {
        Self::with(ListenOptions::default()).and_unix(path)
    }

    /// Listens on what was made elsewhere: listeners, or descriptors of them. All workers share
    /// their queues. The files of Unix sockets stay: they belong to whoever made them.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = std::net::TcpListener::bind("127.0.0.1:3000")?;
    /// let server = nova_http::Server::from_listeners([listener])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Inherited`] for what is not a listening TCP or Unix stream socket.
    pub fn from_listeners<I>(listeners: I) -> Result<Self, ServerError>
    where
        I: IntoIterator<Item: IntoListener>,
    {
        let empty = Self::with(ListenOptions::default());
        listeners.into_iter().try_fold(empty, Self::and_listener)
    }

    /// A server that listens nowhere yet, and will as `options` say.
    ///
    /// ```no_run
    /// use nova_http::{ListenOptions, Server};
    ///
    /// # #[cfg(unix)]
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let options = ListenOptions { mode: Some(0o660), ..ListenOptions::default() };
    /// let server = Server::with(options).and_unix("/run/app/http.sock")?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    pub fn with(options: ListenOptions) -> Self {
        Self {
            listeners: Listeners::new(options),
            workers: 1,
            limits: Limits::default(),
            hooks: Hooks::default(),
            proxied: None,
            #[cfg(all(feature = "tokio", unix))]
            tokio: false,
        }
    }

    /// Listens on another address, too: see [`Server::bind`].
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let server = nova_http::Server::bind("127.0.0.1:3000")?.and_bind("[::1]:3000")?;
    /// for place in server.local_addrs() {
    ///     println!("listening on {place}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Server::bind`]; [`ServerError::Twice`] if the server already has the address, or one
    /// that covers it.
    pub fn and_bind(
        mut self,
        address: impl ToSocketAddrs + fmt::Display,
    ) -> Result<Self, ServerError> {
        self.listeners.bind(address)?;
        Ok(self)
    }

    /// Listens on another Unix socket, too: see [`Server::unix`].
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let server = nova_http::Server::bind("127.0.0.1:3000")?.and_unix("/run/app/http.sock")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Server::unix`]; [`ServerError::Twice`] if the server already has it.
    #[cfg(unix)]
    pub fn and_unix(mut self, path: impl AsRef<Path>) -> Result<Self, ServerError> {
        self.listeners.bind_unix(path.as_ref())?;
        Ok(self)
    }

    /// Listens on another listener that was made elsewhere, too: see [`Server::from_listeners`].
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = std::net::TcpListener::bind("127.0.0.1:3001")?;
    /// let server = nova_http::Server::bind("127.0.0.1:3000")?.and_listener(listener)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Server::from_listeners`].
    pub fn and_listener(mut self, listener: impl IntoListener) -> Result<Self, ServerError> {
        self.listeners.add(listener)?;
        Ok(self)
    }

    /// How many worker threads, each with a listener of its own. Default 1; zero counts as one.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let processors = std::thread::available_parallelism()?.get();
    /// let server = nova_http::Server::bind("127.0.0.1:3000")?.workers(processors);
    /// # Ok(())
    /// # }
    /// ```
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Other bounds than the default ones.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use nova_http::{Limits, Server};
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let mut limits = Limits { handler: Duration::from_secs(10), ..Limits::default() };
    /// limits.message.content_bytes = 64 * 1024;
    /// let server = Server::bind("127.0.0.1:3000")?.limits(limits);
    /// # Ok(())
    /// # }
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells `hook` of every exchange that has ended, on the thread of its worker.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let server = nova_http::Server::bind("127.0.0.1:3000")?.on_response(|response| {
    ///     println!("{:?} in {:?}", response.status, response.took);
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_response(mut self, hook: impl Fn(&Responded<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.on_response = Some(Arc::new(hook));
        self
    }

    /// Tells `hook` of everything that goes wrong, on the thread of its worker.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// let server = nova_http::Server::bind("127.0.0.1:3000")?.on_failure(|failed| {
    ///     eprintln!("{} in {}", failed.reason.name(), failed.phase.name());
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_failure(mut self, hook: impl Fn(&Failed) + Send + Sync + 'static) -> Self {
        self.hooks.on_failure = Some(Arc::new(hook));
        self
    }

    /// Expects connections from these addresses, and all on Unix sockets, to begin with a header of the
    /// PROXY protocol (version 1 or 2), which names the client. From other addresses such a header is
    /// refused like any other request line that is none.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let balancers = "10.0.0.0/8".parse()?;
    /// let server = nova_http::Server::bind("0.0.0.0:80")?.proxy_protocol(balancers);
    /// # Ok(())
    /// # }
    /// ```
    pub fn proxy_protocol(mut self, from: TrustedProxies) -> Self {
        self.proxied = Some(from);
        self
    }

    /// Makes each worker a guest of a Tokio runtime of its own, with one thread, so that handlers and
    /// futures can use Tokio's timers, sockets, `spawn` and `spawn_local`.
    ///
    /// A future is polled by its worker, not as a task of Tokio's: what it does without waiting holds
    /// the worker, and Tokio's budget does not interrupt it. What computes for long belongs into
    /// [`Call::blocking`](crate::Call::blocking).
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use nova_http::{Call, Server};
    ///
    /// async fn slow(_call: Call) -> &'static str {
    ///     let task = tokio::task::spawn_local(tokio::time::sleep(Duration::from_millis(10)));
    ///     let _ = task.await;
    ///     "slept"
    /// }
    ///
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// Server::bind("127.0.0.1:3000")?.workers(2).tokio().serve_async(slow)
    /// # }
    /// ```
    #[cfg(all(feature = "tokio", unix))]
    pub fn tokio(mut self) -> Self {
        self.tokio = true;
        self
    }

    /// The first TCP address that is listened on, with its real port.
    ///
    /// # Panics
    /// If there is none, only Unix sockets; [`Server::local_addrs`] has those, too.
    pub fn local_addr(&self) -> SocketAddr {
        running::first_tcp(&self.listeners.endpoints())
    }

    /// Everything that is listened on, in the order in which it was named.
    pub fn local_addrs(&self) -> Vec<Endpoint> {
        self.listeners.endpoints()
    }
}
