//! The middle seam: what the octets of a connection mean.
//!
//! A [`Protocol`] is given octets and a moment; it calls the [`Application`] and appends what is to be
//! sent to [`Cx::out`]. It never sees a socket. What it wants next it says through [`Protocol::flow`]
//! and [`Protocol::awaits`], and the connection and the worker act on that.

mod http;
mod http1;
mod tunnel;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use nova_http1::HeadReader;
use nova_http1::response::DateField;
use nova_io::{Key, Time};

use crate::application::Application;
use crate::exchange::{Exchange, ExchangeId, Gone};
use crate::failures::{Phase, Reason};
use crate::limits::Limits;
use crate::out::Out;
use crate::remote::Post;
use crate::seen::Seen;

pub use http::Http;
pub use http1::Http1;
pub(crate) use http1::Spares;
pub use tunnel::Tunnel;

/// Reads a connection's octets and writes its answers. One value for each connection.
///
/// ```
/// use nova_http::testing::Bench;
/// # use nova_http::{Answer, Awaits, Exchange, Gone, Incoming, Phase, RequestHead};
/// use nova_http::{Application, Cx, Flow, Limits, Opening, Plain, Protocol, Stack};
/// use nova_io::Time;
/// use nova_io::sim::Network;
///
/// /// Sends back what comes, and asks no application.
/// #[derive(Debug, Default)]
/// struct Echo {
///     ended: bool,
/// }
///
/// impl Protocol for Echo {
///     fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
///         cx.out.extend_from_slice(octets);
///         octets.len()
///     }
///
///     fn end_of_stream<A: Application>(&mut self, _rest: usize, _: &mut Cx<'_, A>) {
///         self.ended = true;
///     }
///
///     fn flow(&self) -> Flow {
///         if self.ended { Flow::End } else { Flow::More }
///     }
///
///     // … and so on: it has no exchanges, and waits like a tunnel.
/// #     fn lend<A: Application>(
/// #         &mut self,
/// #         _: u32,
/// #         _: &mut Cx<'_, A>,
/// #         _: impl FnOnce(&mut A, &mut Exchange<'_>),
/// #     ) -> bool {
/// #         false
/// #     }
/// #     fn writable<A: Application>(&mut self, _: &mut Cx<'_, A>) {}
/// #     fn quiet(&self) -> bool {
/// #         true
/// #     }
/// #     fn wants_room(&self) -> bool {
/// #         false
/// #     }
/// #     fn expired<A: Application>(&mut self, _: &mut Cx<'_, A>) {
/// #         self.ended = true;
/// #     }
/// #     fn shed<A: Application>(&mut self, _: &mut Cx<'_, A>) {
/// #         self.ended = true;
/// #     }
/// #     fn gone<A: Application>(&mut self, _: Gone, _: &mut Cx<'_, A>) {}
/// #     fn stop(&mut self) {
/// #         self.ended = true;
/// #     }
/// #     fn awaits(&self) -> Awaits {
/// #         Awaits::Tunnel
/// #     }
/// #     fn deadline(&self) -> Time {
/// #         Time::NEVER
/// #     }
/// #     fn phase(&self) -> Phase {
/// #         Phase::Tunnel
/// #     }
/// #     fn held(&self) -> usize {
/// #         0
/// #     }
/// }
///
/// # struct Nothing;
/// # impl Application for Nothing {
/// #     fn request(&mut self, _: &RequestHead<'_>, _: Incoming<'_>, _: &mut Exchange<'_>) {}
/// #     fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}
/// #     fn end(&mut self, _: &mut Exchange<'_>) {}
/// # }
/// struct Echoes;
///
/// impl Stack for Echoes {
///     type Transport = Plain;
///     type Protocol = Echo;
///
///     fn open(&mut self, _: &Opening<'_>) -> (Plain, Echo) {
///         (Plain, Echo::default())
///     }
/// }
///
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 1, |_| (Echoes, Nothing));
/// let mut client = bench.connect();
/// client.write(b"hello");
/// assert_eq!(bench.drain(&mut client), b"hello");
/// ```
pub trait Protocol: fmt::Debug {
    /// Reads from the front of `octets` and says how many are done with; the rest is given again,
    /// with more behind it. Called with no octets when something else has changed: there is room
    /// again, a budget is fresh, an answer has come.
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize;

    /// The peer has ended its stream, and `receive` has left `rest` octets that are not enough for
    /// anything.
    fn end_of_stream<A: Application>(&mut self, rest: usize, cx: &mut Cx<'_, A>);

    /// Lends an open exchange to `call`, which is the application's or acts for it; `false` if there
    /// is no such exchange (any more).
    fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool;

    /// What was sent has left; exchanges that write in pieces may go on.
    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>);

    /// Whether there is no open exchange, and so neither a wish for room, nor a deadline, nor memory.
    fn quiet(&self) -> bool;

    /// Whether [`Protocol::writable`] should be called as soon as there is room.
    fn wants_room(&self) -> bool;

    /// A deadline has passed: that of [`Protocol::awaits`] or [`Protocol::deadline`]. Not called for
    /// [`Awaits::Request`], where the connection is simply closed.
    fn expired<A: Application>(&mut self, cx: &mut Cx<'_, A>);

    /// Gives up what is open with an answer that says why, if one can still be given; else
    /// [`Protocol::flow`] will say [`Flow::Reset`].
    fn shed<A: Application>(&mut self, cx: &mut Cx<'_, A>);

    /// The connection is gone: open exchanges are told so.
    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>);

    /// The server stops: the next answer is to be the last.
    fn stop(&mut self);

    /// What is to happen next.
    fn flow(&self) -> Flow;

    /// What the connection waits for, which decides its deadline.
    fn awaits(&self) -> Awaits;

    /// A deadline beside that of [`Protocol::awaits`], which the open exchanges have.
    fn deadline(&self) -> Time;

    /// How far it has come, for reports of failures.
    fn phase(&self) -> Phase;

    /// Octets that open exchanges hold in memory: answers that wait, content that is collected.
    fn held(&self) -> usize;
}

/// What a protocol wants after it has read what it could.
///
/// ```
/// use nova_http::{Flow, Protocol, Tunnel};
///
/// // A tunnel reads as far as its application has granted credit.
/// assert_eq!(Tunnel::new(0, 1_024).flow(), Flow::More);
/// assert_eq!(Tunnel::new(0, 0).flow(), Flow::Hold);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More octets.
    More,
    /// No octets until the application has answered or granted credit.
    Hold,
    /// No octets until what is to be sent has left.
    Room,
    /// To be called again in the next turn: its budget is used up, there is more to read.
    Again,
    /// Nothing more, ever: send what there is, then close so that the peer can read it.
    End,
    /// As `End`, and the peer has announced that it sends nothing more: there is nothing to wait for.
    Done,
    /// Nothing more, ever: the peer must see that what it got is incomplete.
    Reset,
}

/// What a connection waits for.
///
/// ```
/// use nova_http::{Awaits, Http1, Protocol};
///
/// /// Whether it is the client who keeps us waiting.
/// fn awaits_octets(it: Awaits) -> bool {
///     it != Awaits::Application
/// }
///
/// assert_eq!(Http1::default().awaits(), Awaits::Request);
/// assert!(awaits_octets(Awaits::Content(0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// The first octet of a request: the connection is idle.
    Request,
    /// The rest of the head of the request with this number.
    Head(u32),
    /// The rest of the content of the request with this number.
    Content(u32),
    /// The application. Its time is not the client's fault.
    Application,
    /// Octets of a tunnel, in any direction.
    Tunnel,
}

/// What a protocol works with during a call.
///
/// ```
/// use nova_http::{Cx, Phase, Reason};
///
/// /// A part of a protocol: refuses what it cannot read.
/// fn refuse<A>(cx: &mut Cx<'_, A>) {
///     cx.fail(Reason::Malformed, Phase::Head);
///     if !cx.congested() {
///         cx.out.extend_from_slice(b"that is no request\n");
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Cx<'w, A> {
    /// The moment of this turn.
    pub now: Time,
    /// The connection.
    pub key: Key,
    /// The client, as far as it is known.
    pub peer: Option<SocketAddr>,
    /// Who answers.
    pub app: &'w mut A,
    /// Where octets for the peer go; they are sent when the call is over.
    pub out: &'w mut Out,
    /// Octets of earlier turns that the peer has not taken yet.
    pub unsent: usize,
    /// What all connections of the worker share.
    pub tools: &'w mut Tools,
}

impl<A> Cx<'_, A> {
    /// Whether so much waits to be sent that no more should be read.
    #[inline]
    pub fn congested(&self) -> bool {
        self.unsent + self.out.total() >= self.tools.limits.unsent_bytes
    }

    /// The full name of one of this connection's exchanges.
    #[inline]
    pub fn exchange(&self, number: u32) -> ExchangeId {
        ExchangeId { worker: self.tools.worker, connection: self.key, number }
    }

    /// Counts, tells and logs a failure of this connection.
    #[cold]
    pub fn fail(&self, reason: Reason, phase: Phase) {
        self.tools.seen.fail(self.now, reason, phase, Some(self.key), self.peer);
    }
}

/// What all connections of a worker share.
///
/// ```
/// use nova_http::{Cx, Tools};
///
/// /// A part of a protocol: says what time it is, if the peer takes what is said.
/// fn tell_the_time<A>(cx: &mut Cx<'_, A>) {
///     let Tools { limits, date, .. } = &*cx.tools;
///     if cx.unsent < limits.unsent_bytes {
///         cx.out.extend_from_slice(date.value());
///     }
/// }
/// ```
pub struct Tools {
    /// The worker's own number.
    pub worker: u16,
    /// The server's bounds.
    pub limits: Limits,
    /// What is counted and who is told.
    pub seen: Seen,
    /// The worker's mailbox, for deferred answers.
    pub post: Arc<dyn Post>,
    /// The `Date` field line of this second.
    pub date: DateField,
    /// Reads request heads, with all that it remembers.
    pub reader: HeadReader,
    /// What exchanges lie in while their content comes.
    pub(crate) spares: Spares,
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tools").field("worker", &self.worker).finish_non_exhaustive()
    }
}
