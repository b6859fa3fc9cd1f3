//! Handlers that are a tower service, behind the adapter (`nova-tower`): what they do with a request is
//! said by its target, as at the desk and in the study.
//!
//! `keeper.rs` is the service, `sheet.rs` the content of its answers, `errands.rs` the tasks that it spawns
//! and the clock that it sleeps by: what a runtime would be. Here is the door itself, and what the adapter
//! promises about content is watched.

mod errands;
mod keeper;
mod sheet;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use ledger::Mark;
use nova_http::{
    Application, Exchange, ExchangeId, Fields, Gone, Incoming, Key, Post, RequestHead, Time,
};
use nova_tower::Door;

use self::errands::Errands;
use self::keeper::Keeper;
use super::books::Books;
use super::desk::read_head;
use crate::oracle::Oracle;

/// One worker's service, behind its door.
pub(crate) struct Tower {
    door: Door<Keeper>,
    errands: Rc<Errands>,
    books: Rc<Books>,
    /// Whose exchange it is, unless that may become a tunnel, whose octets nobody has to ask for.
    marks: HashMap<ExchangeId, Mark>,
}

impl Tower {
    pub(crate) fn new(books: &Rc<Books>) -> Self {
        let errands = Rc::<Errands>::default();
        let keeper = Keeper::new(books.clone(), errands.clone());
        Self { door: Door::new(keeper), errands, books: books.clone(), marks: HashMap::new() }
    }

    /// The worker has ended, and its runtime with it.
    pub(crate) fn over(&self) {
        self.errands.over();
    }

    /// Requests and tasks that are not done with.
    pub(crate) fn running(&self) -> usize {
        self.door.running() + self.errands.running()
    }
}

impl Application for Tower {
    fn attach(&mut self, worker: u16, post: &Arc<dyn Post>) {
        self.errands.attach(post);
        self.door.attach(worker, post);
    }

    fn turn(&mut self, now: Time) {
        self.errands.turn(now);
        self.door.turn(now);
    }

    fn next_ready(&mut self, now: Time) -> Option<ExchangeId> {
        loop {
            let went = self.errands.go_on();
            let next = self.door.next_ready(now);
            if next.is_some() || !went {
                return next;
            }
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.errands.deadline()
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        self.door.resume(exchange);
    }

    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        if let Some((act, mark)) = read_head(head)
            && !act.is_tunnel()
        {
            self.marks.insert(exchange.id(), mark);
        }
        self.door.request(head, content, exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        if let Some(mark) = self.marks.get(&exchange.id())
            && !self.books.is_wanted(*mark)
        {
            let what = format!("{mark} got content before anybody had asked for it");
            self.books.wrong(Oracle::Callbacks, what);
        }
        self.door.content(exchange, octets);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        self.door.trailers(exchange, fields);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.door.end(exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.door.writable(exchange);
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        self.door.gone(id, why);
    }

    fn ended(&mut self, id: ExchangeId) {
        self.door.ended(id);
    }

    fn closed(&mut self, connection: Key) {
        self.marks.retain(|id, _| id.connection != connection);
        self.door.closed(connection);
    }
}
