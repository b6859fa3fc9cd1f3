//! A tunnel (RFC 9110 §7.8 and §9.3.6): octets both ways, no messages.
//!
//! It is one exchange whose content never has a framing: what arrives is the application's content,
//! as far as it grants credit; what it writes leaves as it is. Limits, credit, deadlines and counters
//! are those of every other connection. It ends when the application has finished, or after it has
//! been told of the end of the client's stream.

use std::sync::Arc;

use nova_http1::Fields;
use nova_io::Time;

use super::{Awaits, Cx, Flow, Protocol};
use crate::answer::Answer;
use crate::application::Application;
use crate::exchange::{Exchange, ExchangeError, Gone, Outlet, Written};
use crate::failures::{Phase, Reason};
use crate::out::Out;
use crate::remote::{Post, Remote};
use crate::seen::guard;

/// The state of a tunnel.
///
/// ```
/// use nova_http::{Awaits, Phase, Protocol, Tunnel};
///
/// // What the exchange with the number 7 has become, with credit for an octet.
/// let tunnel = Tunnel::new(7, 1);
/// assert_eq!((tunnel.awaits(), tunnel.phase()), (Awaits::Tunnel, Phase::Tunnel));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    number: u32,
    /// Octets that the application is willing to get.
    credit: u64,
    /// The peer has ended its direction, and the application knows.
    ended: bool,
    /// What has become of our direction.
    ours: Ours,
    /// A write came up short; the application is told when there is room.
    wants_room: bool,
    /// So much waits to be sent that nothing more is read.
    congested: bool,
}

/// Our direction of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ours {
    Open,
    /// The application has ended it.
    Finished,
    /// The application, or a bound, has given it up.
    Cut,
}

impl Tunnel {
    /// The tunnel that the exchange `number` has become, with the credit it had left.
    pub const fn new(number: u32, credit: u64) -> Self {
        let ours = Ours::Open;
        Self { number, credit, ended: false, ours, wants_room: false, congested: false }
    }

    /// The same tunnel with so much credit.
    pub(super) const fn with_credit(self, credit: u64) -> Self {
        Self { credit, ..self }
    }

    /// Whether our direction has ended.
    pub(super) fn is_over(&self) -> bool {
        self.ours != Ours::Open
    }

    /// What the application may do to it; `limit` octets may lie in `out` then.
    pub(super) fn side<'a>(
        &'a mut self,
        out: &'a mut Out,
        limit: usize,
        post: &'a Arc<dyn Post>,
    ) -> Side<'a> {
        Side { tunnel: self, out, limit, post }
    }

    fn call<A: Application>(
        &mut self,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) {
        let id = cx.exchange(self.number);
        let limit = cx.tools.limits.unsent_bytes.saturating_sub(cx.unsent);
        let (post, peer) = (&cx.tools.post, cx.peer.as_ref());
        let open = !self.is_over();
        let mut side = self.side(cx.out, limit, post);
        let well = guard("tunnel", || call(cx.app, &mut Exchange::new(id, peer, &mut side)));
        if !well {
            cx.fail(Reason::Panicked, Phase::Tunnel);
            self.cut(Gone::Aborted, cx);
        } else if open && self.ours == Ours::Cut {
            cx.fail(Reason::Aborted, Phase::Tunnel);
        }
    }

    fn cut<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        if self.ours == Ours::Open {
            self.ours = Ours::Cut;
            let id = cx.exchange(self.number);
            cx.tools.seen.guard("gone", || cx.app.gone(id, why));
        }
    }
}

impl Protocol for Tunnel {
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        let mut at = 0;
        // The application may grant more with every piece that it gets.
        while at < octets.len() && self.credit > 0 && self.ours == Ours::Open && !cx.congested() {
            let credit = usize::try_from(self.credit).unwrap_or(usize::MAX);
            let count = (octets.len() - at).min(credit);
            self.credit -= count as u64;
            self.call(cx, |app, exchange| app.content(exchange, &octets[at..at + count]));
            at += count;
        }
        self.congested = cx.congested();
        at
    }

    fn end_of_stream<A: Application>(&mut self, _rest: usize, cx: &mut Cx<'_, A>) {
        if !std::mem::replace(&mut self.ended, true) {
            self.call(cx, |app, exchange| app.end(exchange));
        }
    }

    fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        let open = number == self.number && self.ours == Ours::Open;
        if open {
            self.call(cx, call);
        }
        open
    }

    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if std::mem::take(&mut self.wants_room) {
            self.call(cx, |app, exchange| app.writable(exchange));
        }
    }

    fn quiet(&self) -> bool {
        false
    }

    fn wants_room(&self) -> bool {
        self.wants_room && self.ours == Ours::Open
    }

    fn expired<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        cx.fail(Reason::TimedOut, Phase::Tunnel);
        self.cut(Gone::Expired, cx);
    }

    fn shed<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        cx.fail(Reason::Shed, Phase::Tunnel);
        self.cut(Gone::Shed, cx);
    }

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        self.cut(why, cx);
    }

    fn stop(&mut self) {}

    fn flow(&self) -> Flow {
        match self {
            Self { ours: Ours::Cut, .. } => Flow::Reset,
            Self { ours: Ours::Finished, .. } => Flow::End,
            Self { congested: true, .. } => Flow::Room,
            Self { credit: 0, .. } => Flow::Hold,
            _ => Flow::More,
        }
    }

    fn awaits(&self) -> Awaits {
        Awaits::Tunnel
    }

    fn deadline(&self) -> Time {
        Time::NEVER
    }

    fn phase(&self) -> Phase {
        Phase::Tunnel
    }

    fn held(&self) -> usize {
        0
    }
}

/// What the application may do to its tunnel during a callback.
pub(super) struct Side<'a> {
    tunnel: &'a mut Tunnel,
    out: &'a mut Out,
    limit: usize,
    post: &'a Arc<dyn Post>,
}

impl Outlet for Side<'_> {
    fn answer(&mut self, _: &Answer<'_>) -> Result<(), ExchangeError> {
        Err(ExchangeError::AnsweredAlready)
    }

    fn grant(&mut self, octets: u64) {
        self.tunnel.credit = self.tunnel.credit.saturating_add(octets);
    }

    fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError> {
        if self.tunnel.is_over() {
            return Err(ExchangeError::AnsweredAlready);
        }
        let count = octets.len().min(self.room());
        self.out.extend_from_slice(&octets[..count]);
        self.tunnel.wants_room |= count < octets.len();
        Ok(Written { octets: count })
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.total())
    }

    fn finish(&mut self, _: Fields<'_>) -> Result<(), ExchangeError> {
        match self.tunnel.is_over() {
            true => Err(ExchangeError::AnsweredAlready),
            false => {
                self.tunnel.ours = Ours::Finished;
                Ok(())
            }
        }
    }

    fn abort(&mut self) {
        if !self.tunnel.is_over() {
            self.tunnel.ours = Ours::Cut;
        }
    }

    fn promise(&mut self) {}

    fn defer(&mut self) -> (Arc<dyn Post>, Arc<Remote>) {
        // There is no answer to give any more: whoever tries learns it at once.
        let remote = Remote::new(self.limit);
        remote.end();
        (self.post.clone(), Arc::new(remote))
    }

    fn ended(&self) -> bool {
        self.tunnel.is_over()
    }

    fn wait_for_room(&mut self) {
        self.tunnel.wants_room = true;
    }
}
