//! Serving, as a future: what reads like `axum::serve`.

use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use nova_http::{Handle, Report, Running};
use tokio::sync::oneshot;

use crate::app::App;
use crate::listen::Listen;
use crate::server::{Server, io_error};

/// How long a stop takes at most, if nothing else is said: less than the 30 s after which systems that
/// run containers kill what they have told to stop.
const GRACE: Duration = Duration::from_secs(25);

/// Serves `app` on `listener`, with a worker for each processor. Reads like `axum::serve`:
///
/// ```no_run
/// use axum::{Router, routing::get};
///
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// let app = Router::new().route("/", get(|| async { "Hello, World!" }));
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await?;
/// nova_tower::serve(listener, app).with_graceful_shutdown(signal()).await?;
/// # Ok(())
/// # }
/// # async fn signal() {}
/// ```
///
/// The workers are threads with runtimes of their own. The runtime that awaits this future has nothing
/// to do with them: it stays free for whatever else the program does, and handlers may use what belongs
/// to it (a pool of database connections, say) as long as it runs. [`Server`] has more to say about.
///
/// # Errors
/// The future's: the listener cannot be used, or a worker has failed.
pub fn serve<Via, A: App<Via>>(listener: impl Listen, app: A) -> Serve<A, Via> {
    Serve::new(Server::on(listener), app)
}

/// A server that starts when it is awaited. Made by [`serve()`] and [`Server::serve`].
///
/// ```no_run
/// use nova_tower::{Serve, ViaService, serve};
///
/// let serving: Serve<axum::Router, ViaService> = serve("127.0.0.1:3000", axum::Router::new());
/// ```
#[must_use = "it starts when it is awaited"]
pub struct Serve<A, Via> {
    server: io::Result<Server>,
    app: A,
    via: PhantomData<fn() -> Via>,
}

impl<A: App<Via>, Via> Serve<A, Via> {
    pub(crate) const fn new(server: io::Result<Server>, app: A) -> Self {
        Self { server, app, via: PhantomData }
    }

    /// Stops when `signal` is ready: no connection is accepted any more, what runs is answered with
    /// `Connection: close`, and what is left after 25 s (or [another
    /// grace](WithGracefulShutdown::grace)) is cut off. The future is then ready with a [`Report`].
    pub fn with_graceful_shutdown<F>(self, signal: F) -> WithGracefulShutdown<A, Via, F>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        WithGracefulShutdown { serve: self, signal, grace: GRACE }
    }

    /// The first TCP address that is listened on, with its real port.
    ///
    /// # Errors
    /// If there is none.
    pub fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        match &self.server {
            Ok(server) => server.local_addr(),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }

    fn start(self) -> io::Result<Running> {
        self.server?.start(self.app).map_err(io_error)
    }
}

impl<A: App<Via>, Via> IntoFuture for Serve<A, Via> {
    type Output = io::Result<Report>;
    type IntoFuture = ServeFuture;

    fn into_future(self) -> ServeFuture {
        ServeFuture::new(self.start(), GRACE, Box::pin(pending()))
    }
}

impl<A, Via> fmt::Debug for Serve<A, Via> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A server that starts when it is awaited, and stops at a signal. Made by
/// [`Serve::with_graceful_shutdown`].
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn run(app: axum::Router, signal: impl Future<Output = ()> + Send + 'static) {
/// let serving = nova_tower::serve("127.0.0.1:3000", app)
///     .with_graceful_shutdown(signal)
///     .grace(Duration::from_secs(8));
/// match serving.await {
///     Ok(report) => println!("{report}"),
///     Err(error) => eprintln!("{error}"),
/// }
/// # }
/// ```
#[must_use = "it starts when it is awaited"]
pub struct WithGracefulShutdown<A, Via, F> {
    serve: Serve<A, Via>,
    signal: F,
    grace: Duration,
}

impl<A: App<Via>, Via, F> WithGracefulShutdown<A, Via, F> {
    /// How long what runs has after the signal. Default 25 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The first TCP address that is listened on, with its real port.
    ///
    /// # Errors
    /// If there is none.
    pub fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        self.serve.local_addr()
    }
}

impl<A, Via, F> IntoFuture for WithGracefulShutdown<A, Via, F>
where
    A: App<Via>,
    F: Future<Output = ()> + Send + 'static,
{
    type Output = io::Result<Report>;
    type IntoFuture = ServeFuture;

    fn into_future(self) -> ServeFuture {
        ServeFuture::new(self.serve.start(), self.grace, Box::pin(self.signal))
    }
}

impl<A, Via, F> fmt::Debug for WithGracefulShutdown<A, Via, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithGracefulShutdown")
            .field("serve", &self.serve)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

/// A running server, as a future: ready when all workers have ended. Dropped before that it stops the
/// server, which then has its grace and nobody who waits for it.
///
/// ```no_run
/// use std::future::IntoFuture;
///
/// use nova_tower::{ServeFuture, serve};
///
/// # async fn run(app: axum::Router) -> std::io::Result<()> {
/// let running: ServeFuture = serve("127.0.0.1:3000", app).into_future();
/// println!("{:?} connections", running.handle().map(|handle| handle.connections()));
/// running.await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "dropped, it stops the server"]
pub struct ServeFuture {
    state: State,
    grace: Duration,
}

enum State {
    /// It could not start.
    Failed(Option<io::Error>),
    Running {
        handle: Handle,
        ended: oneshot::Receiver<io::Result<Report>>,
        /// `None` when it has come.
        signal: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    },
    Over,
}

impl ServeFuture {
    fn new(
        running: io::Result<Running>,
        grace: Duration,
        signal: Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Self {
        let begun = running.and_then(|running| {
            let handle = running.handle();
            let (tell, ended) = oneshot::channel();
            // Not a blocking task of the caller's runtime, which would keep that from ending.
            let join = move || drop(tell.send(running.join().map_err(io_error)));
            let spawned = thread::Builder::new().name("nova-join".to_owned()).spawn(join);
            if let Err(error) = spawned {
                handle.stop(Duration::ZERO);
                return Err(error);
            }
            Ok(State::Running { handle, ended, signal: Some(signal) })
        });
        let state = begun.unwrap_or_else(|error| State::Failed(Some(error)));
        Self { state, grace }
    }

    /// A handle that looks into the server and stops it, from any thread; `None` if it could not start.
    pub fn handle(&self) -> Option<Handle> {
        match &self.state {
            State::Running { handle, .. } => Some(handle.clone()),
            State::Failed(_) | State::Over => None,
        }
    }
}

impl Future for ServeFuture {
    type Output = io::Result<Report>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let grace = self.grace;
        let outcome = match &mut self.state {
            State::Failed(error) => {
                Err(error.take().unwrap_or_else(|| io::Error::other("polled again after its end")))
            }
            State::Over => Err(io::Error::other("polled again after its end")),
            State::Running { handle, ended, signal } => {
                if let Some(waiting) = signal
                    && waiting.as_mut().poll(cx).is_ready()
                {
                    *signal = None;
                    handle.stop(grace);
                }
                let ended = std::task::ready!(Pin::new(ended).poll(cx));
                ended.unwrap_or_else(|_| Err(io::Error::other("nobody waits for the workers")))
            }
        };
        self.state = State::Over;
        Poll::Ready(outcome)
    }
}

impl Drop for ServeFuture {
    fn drop(&mut self) {
        if let State::Running { handle, .. } = &self.state {
            handle.stop(self.grace);
        }
    }
}

impl fmt::Debug for ServeFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeFuture").field("grace", &self.grace).finish_non_exhaustive()
    }
}
