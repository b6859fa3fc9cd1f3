//! What a connection of an HTTP server speaks: HTTP/1.1 until an exchange makes a tunnel of it.

use nova_io::Time;

use super::{Awaits, Cx, Flow, Http1, Protocol, Tunnel};
use crate::application::Application;
use crate::exchange::{Exchange, Gone};
use crate::failures::Phase;

/// HTTP/1.1, then perhaps a tunnel (RFC 9110 §7.8 and §9.3.6).
///
/// ```
/// use nova_http::{Awaits, Flow, Http, Protocol};
/// use nova_io::Time;
///
/// // A connection on which nothing has come yet.
/// let http = Http::new(Time::NEVER);
/// assert!(matches!(http, Http::Http1(_)));
/// assert_eq!((http.flow(), http.awaits()), (Flow::More, Awaits::Request));
/// ```
#[derive(Debug)]
pub enum Http {
    /// Messages.
    Http1(Http1),
    /// Octets.
    Tunnel(Tunnel),
}

/// The same call for whatever it is.
macro_rules! either {
    ($self:ident, $it:ident => $call:expr) => {
        match $self {
            Self::Http1($it) => $call,
            Self::Tunnel($it) => $call,
        }
    };
}

impl Http {
    /// An HTTP/1.1 connection before its first request, which serves no further ones after `old`.
    pub fn new(old: Time) -> Self {
        Self::Http1(Http1::new(old))
    }

    /// If an exchange has become a tunnel, so does the connection.
    #[inline]
    fn turn_over<A>(&mut self, cx: &Cx<'_, A>) -> bool {
        let Self::Http1(http) = self else { return false };
        let Some(tunnel) = http.tunnel(cx) else { return false };
        *self = Self::Tunnel(tunnel);
        true
    }
}

impl Protocol for Http {
    #[inline]
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        let consumed = either!(self, it => it.receive(octets, cx));
        if self.turn_over(cx) {
            // What the client has sent behind its request is the tunnel's.
            return consumed + self.receive(&mut octets[consumed..], cx);
        }
        consumed
    }

    fn end_of_stream<A: Application>(&mut self, rest: usize, cx: &mut Cx<'_, A>) {
        either!(self, it => it.end_of_stream(rest, cx));
    }

    fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        let known = either!(self, it => it.lend(number, cx, call));
        self.turn_over(cx);
        known
    }

    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        either!(self, it => it.writable(cx));
    }

    #[inline]
    fn quiet(&self) -> bool {
        either!(self, it => it.quiet())
    }

    #[inline]
    fn wants_room(&self) -> bool {
        either!(self, it => it.wants_room())
    }

    fn expired<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        either!(self, it => it.expired(cx));
    }

    fn shed<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        either!(self, it => it.shed(cx));
    }

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        either!(self, it => it.gone(why, cx));
    }

    fn stop(&mut self) {
        either!(self, it => it.stop());
    }

    #[inline]
    fn flow(&self) -> Flow {
        either!(self, it => it.flow())
    }

    #[inline]
    fn awaits(&self) -> Awaits {
        either!(self, it => it.awaits())
    }

    #[inline]
    fn deadline(&self) -> Time {
        either!(self, it => it.deadline())
    }

    fn phase(&self) -> Phase {
        either!(self, it => it.phase())
    }

    #[inline]
    fn held(&self) -> usize {
        either!(self, it => it.held())
    }
}
