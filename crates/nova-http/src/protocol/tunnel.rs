//! A tunnel (RFC 9110 §7.8 and §9.3.6): octets both ways, no messages.
//!
//! It is one exchange whose content never has a framing: what arrives is the application's content,
//! as far as it grants credit; what it writes leaves as it is. Limits, credit, deadlines and counters
//! are those of every other connection.

use std::sync::Arc;

use nova_http1::Fields;

use super::{Awaits, Cx, Flow, Protocol};
use crate::answer::{Answer, OwnedAnswer, Prepared, Status};
use crate::application::Application;
use crate::exchange::{Exchange, ExchangeError, Gone, Outlet, Post, Written};

/// The state of a tunnel.
#[derive(Debug)]
pub struct Tunnel {
    number: u32,
    /// Octets that the application is willing to get.
    credit: u64,
    /// The peer has ended its direction, and the application knows.
    ended: bool,
    /// The application has ended ours.
    finished: bool,
    /// A write came up short; the application is told when there is room.
    wants_room: bool,
    /// So much waits to be sent that nothing more is read.
    congested: bool,
}

impl Tunnel {
    /// The tunnel that the exchange `number` has become, with the credit it had left.
    pub const fn new(number: u32, credit: u64) -> Self {
        Self { number, credit, ended: false, finished: false, wants_room: false, congested: false }
    }

    fn lend<A: Application>(
        &mut self,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) {
        let id = cx.exchange(self.number);
        let room = cx.tools.limits.unsent_bytes.saturating_sub(cx.unsent);
        let mut side = Side { tunnel: self, out: cx.out, room, post: &cx.tools.post };
        call(cx.app, &mut Exchange::new(id, &mut side));
    }
}

impl Protocol for Tunnel {
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        let mut at = 0;
        // The application may grant more with every piece that it gets.
        while at < octets.len() && self.credit > 0 && !self.finished && !cx.congested() {
            let credit = usize::try_from(self.credit).unwrap_or(usize::MAX);
            let count = (octets.len() - at).min(credit);
            self.credit -= count as u64;
            self.lend(cx, |app, exchange| app.content(exchange, &octets[at..at + count]));
            at += count;
        }
        self.congested = cx.congested();
        at
    }

    fn end_of_stream<A: Application>(&mut self, _rest: usize, cx: &mut Cx<'_, A>) {
        if !std::mem::replace(&mut self.ended, true) {
            self.lend(cx, |app, exchange| app.end(exchange));
        }
    }

    fn answer<A: Application>(&mut self, _: u32, _: &OwnedAnswer, _: &mut Cx<'_, A>) -> bool {
        false
    }

    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if std::mem::take(&mut self.wants_room) {
            self.lend(cx, |app, exchange| app.writable(exchange));
        }
    }

    fn expired<A: Application>(&mut self, _: &mut Cx<'_, A>) {
        self.finished = true;
    }

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        if !self.finished {
            cx.app.gone(cx.exchange(self.number), why);
        }
    }

    fn stop(&mut self) {}

    fn flow(&self) -> Flow {
        match self {
            Self { finished: true, .. } => Flow::End,
            Self { congested: true, .. } => Flow::Room,
            Self { credit: 0, .. } => Flow::Hold,
            _ => Flow::More,
        }
    }

    fn awaits(&self) -> Awaits {
        Awaits::Application
    }
}

/// What the application may do to its tunnel during a callback.
struct Side<'a> {
    tunnel: &'a mut Tunnel,
    out: &'a mut Vec<u8>,
    room: usize,
    post: &'a Arc<dyn Post>,
}

impl Outlet for Side<'_> {
    fn answer(&mut self, _: &Answer<'_>) -> Result<(), ExchangeError> {
        Err(ExchangeError::AnsweredAlready)
    }

    fn answer_prepared(&mut self, _: &Prepared) -> Result<(), ExchangeError> {
        Err(ExchangeError::AnsweredAlready)
    }

    fn interim(&mut self, _: Status, _: Fields<'_>) -> Result<bool, ExchangeError> {
        Err(ExchangeError::AnsweredAlready)
    }

    fn grant(&mut self, octets: u64) {
        self.tunnel.credit = self.tunnel.credit.saturating_add(octets);
    }

    fn write(&mut self, octets: &[u8]) -> Result<Written, ExchangeError> {
        if self.tunnel.finished {
            return Err(ExchangeError::AnsweredAlready);
        }
        let count = octets.len().min(self.room.saturating_sub(self.out.len()));
        self.out.extend_from_slice(&octets[..count]);
        self.tunnel.wants_room |= count < octets.len();
        Ok(Written { octets: count })
    }

    fn finish(&mut self) -> Result<(), ExchangeError> {
        self.tunnel.finished = true;
        Ok(())
    }

    fn defer(&mut self) -> Arc<dyn Post> {
        self.post.clone()
    }
}
