//! Application tests: requests in, parsed answers out, over a whole server without a kernel.
//!
//! An [`App`] is what clients see of a [`Bench`] with one worker: the protocol, the limits and the
//! deadlines are the real ones, the network and the clock are not. `ask.rs` is a request that is put
//! together and the answer while it comes, `received.rs` reads answers.

use std::cell::{Ref, RefCell, RefMut};
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nova_io::sim::{Client, ClientState, Network};
use nova_io::{Driver, Wait};

use super::Bench;
use super::ask::Asking;
use crate::application::Application;
use crate::buffered::Buffered;
use crate::counters::Counters;
use crate::handler::Handler;
use crate::limits::Limits;
use crate::stack::PlainHttp;
use crate::task::{AsyncHandler, Tasks};
use crate::worker::Next;

/// An application under test. Copies are the same application.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response, Router};
///
/// fn user(request: &Request<'_>, response: Response<'_>) -> Answered {
///     let id = request.param("id").unwrap_or_default();
///     response.fields(&[("content-type", "text/plain")]).send(format!("user {id}").as_bytes())
/// }
///
/// let app = App::new(Router::new().get("/users/{id}", user));
///
/// let answer = app.get("/users/7").field("accept", "text/plain").send();
/// assert_eq!(answer.status(), 200);
/// assert_eq!(answer.field("content-type"), Some("text/plain"));
/// assert_eq!(answer.text(), "user 7");
///
/// assert_eq!(app.post("/users/7").content("x").send().status(), 405);
/// ```
///
/// # Time
/// The application's clock stands still until [`App::advance`] moves it, and then everything happens
/// in its order, in no real time:
///
/// ```
/// use std::time::Duration;
///
/// use nova_http::Call;
/// use nova_http::testing::App;
///
/// async fn slow(call: Call) -> &'static str {
///     call.sleep(Duration::from_secs(3600)).await;
///     "at last"
/// }
///
/// let app = App::new_async(slow);
/// let answer = app.get("/").begin();
/// app.advance(Duration::from_secs(3599));
/// assert!(!answer.is_complete());
/// app.advance(Duration::from_secs(1));
/// assert_eq!(answer.finish().text(), "at last");
/// ```
///
/// Tokio's clock is not the application's: what needs a Tokio runtime is tested over real sockets.
///
/// # Connections
/// A request takes a connection that an earlier answer has left open, if there is one, and gives it
/// back when its answer is complete, as clients do.
///
/// # Other threads
/// [`Asking::send`] waits for answers that other threads make, such as those of
/// [`Response::blocking`](crate::Response::blocking), in real time.
#[derive(Clone)]
pub struct App {
    shared: Rc<RefCell<Shared>>,
}

/// Makes the server when the first request comes, so that its limits can be set before.
type Make = Box<dyn FnOnce(Network, Limits) -> Box<dyn Served>>;

struct Shared {
    network: Network,
    limits: Limits,
    make: Option<Make>,
    served: Option<Box<dyn Served>>,
    /// Connections that nobody uses.
    spare: Vec<Client>,
}

impl App {
    /// An application that answers with `handler`: a function or a [`Router`](crate::Router).
    pub fn new(handler: impl Handler + 'static) -> Self {
        Self::with(Buffered::new(handler))
    }

    /// An application that answers with futures.
    pub fn new_async<H>(handler: H) -> Self
    where
        H: AsyncHandler<Future: 'static> + 'static,
    {
        Self::with(Tasks::new(handler))
    }

    /// Any other application.
    pub fn with(application: impl Application + 'static) -> Self {
        let make: Make = Box::new(move |network, limits| {
            let mut application = Some(application);
            Box::new(Bench::new(network, limits, 1, move |_| {
                (PlainHttp, application.take().expect("one worker asks once"))
            }))
        });
        Self {
            shared: Rc::new(RefCell::new(Shared {
                network: Network::calm(),
                limits: Limits::default(),
                make: Some(make),
                served: None,
                spare: Vec::new(),
            })),
        }
    }

    /// Other limits than the default ones.
    ///
    /// # Panics
    /// After the first request.
    pub fn limits(self, limits: Limits) -> Self {
        self.before_the_start().limits = limits;
        self
    }

    /// Another network than a calm one: [`Network::rough`] cuts, delays and joins what is sent,
    /// differently for each seed.
    ///
    /// # Panics
    /// After the first request.
    pub fn network(self, network: Network) -> Self {
        self.before_the_start().network = network;
        self
    }

    fn before_the_start(&self) -> RefMut<'_, Shared> {
        let shared = self.shared.borrow_mut();
        assert!(shared.served.is_none(), "the application has been started by a request already");
        shared
    }

    /// A request with GET.
    pub fn get(&self, target: &str) -> Asking {
        self.request("GET", target)
    }

    /// A request with HEAD.
    pub fn head(&self, target: &str) -> Asking {
        self.request("HEAD", target)
    }

    /// A request with POST.
    pub fn post(&self, target: &str) -> Asking {
        self.request("POST", target)
    }

    /// A request with PUT.
    pub fn put(&self, target: &str) -> Asking {
        self.request("PUT", target)
    }

    /// A request with PATCH.
    pub fn patch(&self, target: &str) -> Asking {
        self.request("PATCH", target)
    }

    /// A request with DELETE.
    pub fn delete(&self, target: &str) -> Asking {
        self.request("DELETE", target)
    }

    /// A request with any method. The target is sent as it is.
    pub fn request(&self, method: &str, target: &str) -> Asking {
        Asking::new(self.clone(), method, target)
    }

    /// Lets `time` pass. What is due meanwhile happens at its moment: a future that sleeps for a
    /// second, ten times, has done so after ten seconds.
    pub fn advance(&self, time: Duration) {
        self.served().advance(time);
    }

    /// Lets everything happen that needs no time. Requests do so by themselves.
    pub fn settle(&self) {
        self.served().settle();
    }

    /// Tells the server to stop: see [`Handle::stop`](crate::Handle::stop).
    pub fn stop(&self, grace: Duration) {
        self.served().stop(grace);
    }

    /// What the server has counted.
    pub fn counters(&self) -> Arc<Counters> {
        self.served().counters()
    }

    fn served(&self) -> RefMut<'_, dyn Served> {
        RefMut::map(self.shared.borrow_mut(), |shared| {
            if let Some(make) = shared.make.take() {
                shared.served = Some(make(shared.network.clone(), shared.limits));
            }
            &mut **shared.served.as_mut().expect("it was made at the latest now")
        })
    }

    /// A connection: a new one for an address of the test's choice, else one that is open already,
    /// if there is one.
    pub(super) fn connection(&self, from: Option<SocketAddr>) -> Client {
        self.settle();
        while let (None, Some(client)) = (from, self.shared.borrow_mut().spare.pop()) {
            // The server may have closed it meanwhile.
            if client.state() == ClientState::Open {
                return client;
            }
        }
        self.served().connect(from)
    }

    pub(super) fn give_back(&self, client: Client) {
        self.shared.borrow_mut().spare.push(client);
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared: Ref<'_, Shared> = self.shared.borrow();
        f.debug_struct("App").field("spare", &shared.spare.len()).finish_non_exhaustive()
    }
}

/// A bench, whatever its application.
trait Served {
    fn connect(&mut self, from: Option<SocketAddr>) -> Client;
    fn settle(&mut self);
    fn advance(&mut self, time: Duration);
    fn stop(&mut self, grace: Duration);
    fn counters(&self) -> Arc<Counters>;
}

/// Deadlines may be a little early, but time must pass.
const LEAST_STEP: Duration = Duration::from_millis(1);

impl<A: Application> Served for Bench<PlainHttp, A> {
    fn connect(&mut self, from: Option<SocketAddr>) -> Client {
        match from {
            Some(from) => self.network.connect_from(self.address, from),
            None => Self::connect(self),
        }
    }

    fn settle(&mut self) {
        Self::settle(self);
    }

    /// From one deadline to the next.
    fn advance(&mut self, time: Duration) {
        let mut left = time;
        loop {
            Self::settle(self);
            let worker = &mut self.workers[0];
            let next = worker.turn(Wait::No).expect("the simulated driver does not fail");
            let step = match next {
                Next::At(moment) => moment.since(worker.driver().now()).max(LEAST_STEP),
                Next::Again => continue,
                Next::WhenWoken | Next::Done => left,
            };
            if step >= left {
                return Self::advance(self, left);
            }
            left -= step;
            Self::advance(self, step);
        }
    }

    fn stop(&mut self, grace: Duration) {
        Self::stop(self, grace);
        Self::settle(self);
    }

    fn counters(&self) -> Arc<Counters> {
        self.counters[0].clone()
    }
}
