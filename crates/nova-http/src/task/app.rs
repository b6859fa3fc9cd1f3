//! The worker's end: which future is polled when.

use std::fmt;
use std::sync::Arc;

use nova_http1::Fields;
use nova_io::Time;

use super::slab::Slab;
use super::wake::Woken;
use super::{AsyncHandler, Call};
use crate::answer::{Answer, Status};
use crate::application::Application;
use crate::blocking::Pool;
use crate::by_exchange::ByExchange;
use crate::exchange::{Exchange, ExchangeId, Gone};
use crate::remote::Post;
use crate::request::{Incoming, RequestHead};

/// An [`AsyncHandler`] as an [`Application`].
///
/// ```
/// use nova_http::testing::Bench;
/// use nova_http::{Call, Limits, PlainHttp, Tasks};
/// use nova_io::sim::Network;
///
/// async fn hello(_call: Call) -> &'static str {
///     "hello"
/// }
///
/// let mut bench = Bench::new(Network::calm(), Limits::default(), 1, |_| (PlainHttp, Tasks::new(hello)));
/// let mut client = bench.connect();
/// client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
/// assert!(bench.drain(&mut client).ends_with(b"\r\n\r\nhello"));
/// ```
pub struct Tasks<H: AsyncHandler> {
    pub(super) handler: H,
    pub(super) slab: Slab<H::Future>,
    /// Slots of open exchanges that have outlived their first poll.
    pub(super) by_exchange: ByExchange<u32>,
    woken: Option<Arc<Woken>>,
    /// Woken slots that are to be looked at in this turn.
    due: Vec<u32>,
}

impl<H: AsyncHandler> Tasks<H> {
    /// An application that asks `handler`.
    pub fn new(handler: H) -> Self {
        Self::with_pool(handler, Pool::default())
    }

    pub(crate) fn with_pool(handler: H, pool: Pool) -> Self {
        Self {
            handler,
            slab: Slab::new(pool),
            by_exchange: ByExchange::default(),
            woken: None,
            due: Vec::new(),
        }
    }

    /// How many requests have a future, or are answered by another task.
    pub fn running(&self) -> usize {
        self.slab.running()
    }
}

impl<H: AsyncHandler> Application for Tasks<H> {
    fn attach(&mut self, _worker: u16, post: &Arc<dyn Post>) {
        self.woken = Some(Arc::new(Woken::new(post.clone())));
        self.slab.clock.attach(post.clone());
    }

    fn takes_connect(&self) -> bool {
        self.handler.takes_connect()
    }

    fn turn(&mut self, now: Time) {
        self.slab.clock.tick(now);
    }

    #[inline]
    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let woken = self.woken.as_ref();
        let slot = woken.and_then(|woken| self.slab.take(head, content, exchange, woken));
        let Some(number) = slot else {
            tracing::error!("a request finds no slot: the application belongs to no worker");
            let _ = exchange.respond(&Answer::new(Status::SERVICE_UNAVAILABLE));
            return;
        };
        // Should the handler, or the first poll, panic, the slot is found and emptied.
        let begun = Begun { tasks: self, number, id: exchange.id() };
        let slot = &mut begun.tasks.slab.slots[number as usize];
        let future = begun.tasks.handler.call(Call::new(slot.line.clone()));
        slot.future.set(Some(future));
        begun.tasks.poll(number, exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let Some(number) = self.number(exchange) else { return };
        let waiting = {
            let mut state = self.state(number);
            state.credit = state.credit.saturating_sub(octets.len() as u64);
            state.arrived.extend_from_slice(octets);
            // Who waits for all has nothing to look at yet.
            if state.whole { None } else { state.reader.take() }
        };
        self.tell(number, waiting, exchange);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        let Some(number) = self.number(exchange) else { return };
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let pairs = fields.iter().map(|field| (text(field.name), text(field.value)));
        self.state(number).trailers = pairs.collect();
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let Some(number) = self.number(exchange) else { return };
        let waiting = {
            let mut state = self.state(number);
            state.complete = true;
            state.reader.take()
        };
        self.tell(number, waiting, exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        let Some(number) = self.number(exchange) else { return };
        self.drive(number, exchange);
    }

    fn next_ready(&mut self, _now: Time) -> Option<ExchangeId> {
        loop {
            let Some(number) = self.due.pop() else {
                if !self.woken.as_ref()?.take(&mut self.due) {
                    return None;
                }
                // In the order in which they were woken.
                self.due.reverse();
                continue;
            };
            let Some(slot) = self.slab.slots.get(number as usize) else { continue };
            slot.line.waker.look();
            match slot.open {
                Some(id) => return Some(id),
                None => self.poll_alone(number),
            }
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.slab.clock.next()
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        if let Some(number) = self.number(exchange) {
            self.drive(number, exchange);
        }
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        if let Some(number) = self.by_exchange.remove(&id) {
            self.slab.abandon(number, why);
        }
    }
}

/// A request whose future has not been polled yet. When it has been, or has panicked, its slot can be
/// found by its exchange until that ends.
struct Begun<'a, H: AsyncHandler> {
    tasks: &'a mut Tasks<H>,
    number: u32,
    id: ExchangeId,
}

impl<H: AsyncHandler> Drop for Begun<'_, H> {
    #[inline]
    fn drop(&mut self) {
        // Another request cannot have got the slot meanwhile.
        if self.tasks.slab.slots[self.number as usize].open.is_some() {
            self.tasks.by_exchange.insert(self.id, self.number);
        }
    }
}

impl<H: AsyncHandler> fmt::Debug for Tasks<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &self.running()).finish_non_exhaustive()
    }
}
