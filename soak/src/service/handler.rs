//! Functions: at once, in pieces, or from another thread.

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;

use ledger::{Ledger, Receipt};
use nova_http::{
    Answered, Bounds, Bytes, Handler, Lost, OwnedAnswer, OwnedStreamed, Receive, Request,
    RequestHead, Responder, Response, Status,
};

use super::flow::{Pour, Upload};
use super::{Door, Entry};

/// An answer that another thread is to give.
#[derive(Debug)]
pub(super) struct Later {
    responder: Responder,
    content: Vec<u8>,
    in_pieces: bool,
}

impl Later {
    fn give(self) -> Result<(), Lost> {
        if !self.in_pieces {
            return self.responder.respond(OwnedAnswer::new(Status::OK, self.content));
        }
        let mut writer = self.responder.start(OwnedStreamed::new(Status::OK))?;
        let content = Bytes::from(self.content);
        for begin in (0..content.len()).step_by(PIECE) {
            writer.write(content.slice(begin..content.len().min(begin + PIECE)))?;
        }
        writer.finish()
    }
}

/// Octets of a piece of an answer.
pub(super) const PIECE: usize = 8 * 1024;

/// A thread that gives answers, in order. It ends with the last of its senders.
pub(super) fn deferred() -> Sender<Later> {
    let (sender, receiver) = mpsc::channel::<Later>();
    thread::spawn(move || {
        for later in receiver {
            // Its client may have left.
            let _ = later.give();
        }
    });
    sender
}

/// The handler of everything that is no future.
#[derive(Clone, Debug)]
pub(super) struct Functions {
    books: Arc<Ledger>,
    deferred: Sender<Later>,
}

impl Functions {
    pub(super) const fn new(books: Arc<Ledger>, deferred: Sender<Later>) -> Self {
        Self { books, deferred }
    }
}

impl Handler for Functions {
    fn receive(&mut self, head: &RequestHead<'_>, _bounds: &mut Bounds) -> Receive {
        match Entry::of(head) {
            Some(entry) if entry.door == Door::Flow => {
                Receive::Flow(Box::new(Upload::new(self.books.clone(), entry)))
            }
            _ => Receive::Whole,
        }
    }

    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        let Some(entry) = Entry::of(&request.head) else {
            return response.status(Status::NOT_FOUND).send(b"");
        };
        self.books.ran(entry.mark);
        let content = entry.answer(&Receipt::of(entry.mark, request.content));
        self.books.read(entry.mark);
        match entry.door {
            Door::Deferred | Door::DeferredPieces => {
                let (responder, answered) = response.defer();
                let in_pieces = entry.door == Door::DeferredPieces;
                // If its thread is gone the responder is dropped, and the client gets 500.
                let _ = self.deferred.send(Later { responder, content, in_pieces });
                answered
            }
            Door::Stream => {
                let length = entry.mark.tag.is_multiple_of(2).then_some(content.len() as u64);
                response.stream(length, Pour::new(content))
            }
            _ => response.send(&content),
        }
    }
}
