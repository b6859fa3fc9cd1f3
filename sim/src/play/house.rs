//! The application: all doors in one house, and somebody who watches what the engine calls.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use nova_http::{
    Application, Buffered, Exchange, ExchangeId, Fields, Gone, Incoming, Key, Post, RequestHead,
    Tasks, Time,
};

use super::books::Books;
use super::desk::{Desk, read_head};
use super::study::Study;
use super::tower::Tower;
use super::watch::Watch;
use crate::story::Handlers;

/// Handlers that are functions and handlers that are futures, on the same connections; or a service that
/// does what all of them do.
pub(crate) struct House {
    desk: Buffered<Desk>,
    study: Tasks<Study>,
    tower: Tower,
    handlers: Handlers,
    /// The exchanges that others answer than the desk.
    rooms: HashMap<ExchangeId, Room>,
    pub(crate) watch: Watch,
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
enum Room {
    Study,
    Tower,
}

impl House {
    pub(crate) fn new(
        worker: usize,
        open_exchanges: usize,
        handlers: Handlers,
        books: &Rc<Books>,
    ) -> Self {
        Self {
            desk: Buffered::new(Desk { books: books.clone() }),
            study: Tasks::new(Study { books: books.clone() }),
            tower: Tower::new(books),
            handlers,
            rooms: HashMap::new(),
            watch: Watch::new(worker as u16, open_exchanges, books.clone()),
        }
    }

    /// The worker has ended.
    pub(crate) fn over(&self) {
        self.tower.over();
    }

    /// Requests that are not done with.
    pub(crate) fn running(&self) -> usize {
        self.desk.running() + self.study.running() + self.tower.running()
    }
}

/// The same call through the right door.
macro_rules! door {
    ($self:ident, $id:expr, $it:ident => $call:expr) => {
        match $self.rooms.get(&$id) {
            Some(Room::Study) => {
                let $it = &mut $self.study;
                $call
            }
            Some(Room::Tower) => {
                let $it = &mut $self.tower;
                $call
            }
            None => {
                let $it = &mut $self.desk;
                $call
            }
        }
    };
}

impl Application for House {
    fn attach(&mut self, worker: u16, post: &Arc<dyn Post>) {
        self.study.attach(worker, post);
        self.tower.attach(worker, post);
    }

    fn turn(&mut self, now: Time) {
        self.study.turn(now);
        self.tower.turn(now);
    }

    fn next_ready(&mut self, now: Time) -> Option<ExchangeId> {
        self.study.next_ready(now).or_else(|| self.tower.next_ready(now))
    }

    fn deadline(&self) -> Option<Time> {
        self.study.deadline().into_iter().chain(self.tower.deadline()).min()
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        self.watch.resumed(exchange.id());
        door!(self, exchange.id(), it => it.resume(exchange));
    }

    fn connected(&mut self, connection: Key, peer: Option<SocketAddr>) {
        self.watch.connected(connection, peer);
    }

    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let id = exchange.id();
        let act = read_head(head);
        self.watch.request(id, content, act.map(|(_, mark)| mark));
        if self.handlers == Handlers::Tower {
            self.rooms.insert(id, Room::Tower);
        } else if act.is_some_and(|(act, _)| act.is_async()) {
            self.rooms.insert(id, Room::Study);
        }
        door!(self, id, it => it.request(head, content, exchange));
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.watch.content(exchange.id(), octets.len());
        if exchange.ended() {
            self.watch.content_too_late(exchange.id());
        }
        door!(self, exchange.id(), it => it.content(exchange, octets));
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        self.watch.trailers(exchange.id());
        door!(self, exchange.id(), it => it.trailers(exchange, fields));
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.watch.end(exchange.id());
        door!(self, exchange.id(), it => it.end(exchange));
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.watch.writable(exchange.id());
        door!(self, exchange.id(), it => it.writable(exchange));
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        self.watch.gone(id, why);
        door!(self, id, it => it.gone(id, why));
    }

    fn ended(&mut self, id: ExchangeId) {
        self.watch.ended(id);
        door!(self, id, it => it.ended(id));
    }

    fn closed(&mut self, connection: Key) {
        self.watch.closed(connection);
        self.rooms.retain(|id, _| id.connection != connection);
        self.tower.closed(connection);
    }
}
