//! A server before it runs: where it listens, how many workers, which limits.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};

use nova_http::{Endpoint, Failed, Limits, Responded, Running, ServerError, TrustedProxies};

use crate::app::App;
use crate::door::Door;
use crate::listen::Listen;
use crate::options::Options;
use crate::serve::Serve;

/// A server that listens and is not running yet.
///
/// ```no_run
/// use std::time::Duration;
///
/// use axum::{Router, routing::get};
/// use nova_tower::{Limits, Server};
///
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// let app = Router::new().route("/", get(|| async { "Hello, World!" }));
/// let limits = Limits { handler: Duration::from_secs(10), ..Server::default_limits() };
/// let server = Server::bind("0.0.0.0:3000")?.workers(4).limits(limits);
/// println!("listening on {}", server.local_addr()?);
/// let report = server.serve(app).with_graceful_shutdown(stop()).await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// # async fn stop() {}
/// ```
#[derive(Debug)]
pub struct Server {
    engine: nova_http::Server,
    options: Options,
}

impl Server {
    /// Listens on `address`: see [`nova_http::Server::bind`].
    ///
    /// # Errors
    /// What is not an address, or is somebody else's.
    pub fn bind(address: impl ToSocketAddrs + fmt::Display) -> io::Result<Self> {
        nova_http::Server::bind(address).map(Self::of).map_err(io_error)
    }

    /// Listens there: an address, a listener, or a server of the engine's.
    ///
    /// # Errors
    /// As [`Server::bind`]; or what is not a listening socket.
    pub fn on(listener: impl Listen) -> io::Result<Self> {
        listener.listen().map(Self::of).map_err(io_error)
    }

    /// With as many workers as the machine has processors.
    fn of(engine: nova_http::Server) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let engine = engine.workers(processors).limits(Self::default_limits());
        Self { engine, options: Options::default() }
    }

    /// The bounds of a server that was told no others: the engine's, but for the length of content. That
    /// is not bounded here, since a body is handed over as it is read, 64 KiB at a time, and only who
    /// collects it needs memory for it: axum's extractors take 2 MB, and are told otherwise by its
    /// `DefaultBodyLimit`.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use nova_tower::{Limits, Server};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let limits = Limits { handler: Duration::from_secs(10), ..Server::default_limits() };
    /// let server = Server::bind("0.0.0.0:3000")?.limits(limits);
    /// # Ok(())
    /// # }
    /// ```
    pub fn default_limits() -> Limits {
        let mut limits = Limits::default();
        limits.message.content_bytes = u64::MAX;
        limits
    }

    /// How many workers, each a thread with a runtime of its own. Default: one for each processor.
    pub fn workers(self, workers: usize) -> Self {
        Self { engine: self.engine.workers(workers), ..self }
    }

    /// Other bounds than [the default ones](Server::default_limits).
    pub fn limits(self, limits: Limits) -> Self {
        Self { engine: self.engine.limits(limits), ..self }
    }

    /// Tells `hook` of every exchange that has ended, on the thread of its worker.
    pub fn on_response(self, hook: impl Fn(&Responded<'_>) + Send + Sync + 'static) -> Self {
        Self { engine: self.engine.on_response(hook), ..self }
    }

    /// Tells `hook` of everything that goes wrong, on the thread of its worker.
    pub fn on_failure(self, hook: impl Fn(&Failed) + Send + Sync + 'static) -> Self {
        Self { engine: self.engine.on_failure(hook), ..self }
    }

    /// Expects connections from these addresses to begin with a header of the PROXY protocol: see
    /// [`nova_http::Server::proxy_protocol`].
    pub fn proxy_protocol(self, from: TrustedProxies) -> Self {
        Self { engine: self.engine.proxy_protocol(from), ..self }
    }

    /// Whether a [`Connection`](crate::Connection) is put into the extensions of each request. Default:
    /// yes. It is an allocation for each request.
    pub fn connection_extension(mut self, yes: bool) -> Self {
        self.options.connection = yes;
        self
    }

    /// Whether the names of fields are kept as they were sent, as [`FieldNames`](crate::FieldNames) in
    /// the extensions of each request. Default: no.
    pub fn field_names(mut self, yes: bool) -> Self {
        self.options.field_names = yes;
        self
    }

    /// Whether CONNECT (RFC 9110 §9.3.6) is the application's to answer. Default: no, it is answered
    /// with 501. A response of 2xx makes a tunnel of the connection: see the [crate's
    /// text](crate#websocket-and-upgrade).
    ///
    /// ```no_run
    /// use axum::Router;
    /// use axum::extract::Request;
    /// use axum::http::{Method, StatusCode};
    /// use nova_tower::Server;
    ///
    /// async fn proxy(request: Request) -> StatusCode {
    ///     if request.method() != Method::CONNECT {
    ///         return StatusCode::NOT_FOUND;
    ///     }
    ///     tokio::spawn(async move {
    ///         let Ok(_tunnel) = hyper::upgrade::on(request).await else { return };
    ///         // Connect to the request's target, and copy in both directions.
    ///     });
    ///     StatusCode::OK
    /// }
    ///
    /// # async fn run() -> std::io::Result<()> {
    /// Server::bind("127.0.0.1:3128")?.connect(true).serve(Router::new().fallback(proxy)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(mut self, yes: bool) -> Self {
        self.options.connect = yes;
        self
    }

    /// The first TCP address that is listened on, with its real port.
    ///
    /// # Errors
    /// If there is none, only Unix sockets.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let found = self.local_addrs().iter().find_map(Endpoint::tcp);
        found.ok_or_else(|| io::Error::other("the server listens on no TCP address"))
    }

    /// Everything that is listened on.
    pub fn local_addrs(&self) -> Vec<Endpoint> {
        self.engine.local_addrs()
    }

    /// Serves `app` until the future is told to stop.
    pub fn serve<Via, A: App<Via>>(self, app: A) -> Serve<A, Via> {
        Serve::new(Ok(self), app)
    }

    /// Starts the workers and returns: for programs that have no runtime of their own.
    ///
    /// ```no_run
    /// use axum::{Router, routing::get};
    /// use nova_tower::Server;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = Router::new().route("/", get(|| async { "Hello, World!" }));
    /// let running = Server::bind("0.0.0.0:3000")?.start(app)?;
    /// println!("{}", running.join()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system refuses.
    pub fn start<Via, A: App<Via>>(mut self, app: A) -> Result<Running, ServerError> {
        let places = self.local_addrs();
        if let [Endpoint::Tcp(address)] = places[..] {
            self.options.local = Some(address);
        }
        let (app, options) = (Mutex::new(app), self.options);
        self.engine.tokio().start_with(move |worker| {
            let app = app.lock().unwrap_or_else(PoisonError::into_inner);
            Door::with_options(app.instance(worker), options.clone())
        })
    }
}

/// The system's own error where there is one.
pub(crate) fn io_error(error: ServerError) -> io::Error {
    let kind = match &error {
        ServerError::Bind { source, .. } | ServerError::Worker(source) => source.kind(),
        ServerError::Address { .. } => io::ErrorKind::InvalidInput,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
