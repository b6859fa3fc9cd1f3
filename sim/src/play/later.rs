//! Answers that come from elsewhere: what other threads would do, at moments that the dice choose.

use ledger::{Mark, Receipt};
use nova_http::{
    Bytes, ExchangeId, Lost, OwnedAnswer, OwnedStreamed, RemoteContent, Responder, Status,
};

use super::books::{Promise, body};
use crate::story::Later;

/// A responder in somebody's hands.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub(crate) mark: Mark,
    pub(crate) id: ExchangeId,
    receipt: Receipt,
    length: usize,
    later: Later,
    hands: Hands,
    /// There was no room, and no worker has turned since.
    full: bool,
    _promise: Promise,
}

#[derive(Debug)]
enum Hands {
    Responder(Responder),
    Both(Responder, Responder),
    Content(RemoteContent, Bytes),
}

/// What has been done with it.
pub(crate) enum Done {
    /// It goes on.
    Part(Box<Deferred>),
    /// That was all.
    All,
}

impl Deferred {
    pub(crate) fn new(
        receipt: Receipt,
        length: usize,
        later: Later,
        responder: Responder,
        second: Option<Responder>,
        promise: Promise,
    ) -> Self {
        let id = responder.id();
        let hands = match second {
            Some(second) => Hands::Both(responder, second),
            None => Hands::Responder(responder),
        };
        Self {
            mark: receipt.mark,
            id,
            receipt,
            length,
            later,
            hands,
            full: false,
            _promise: promise,
        }
    }

    /// Whether it will ever be used.
    pub(crate) fn is_for_ever(&self) -> bool {
        self.later == Later::Never
    }

    /// Whether it waits for room.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// A worker has turned: there may be room.
    pub(crate) fn look_again(&mut self) {
        self.full = false;
    }

    /// Whether the exchange is known to have ended.
    pub(crate) fn is_gone(&self) -> Option<bool> {
        match &self.hands {
            Hands::Responder(responder) | Hands::Both(responder, _) => Some(responder.is_gone()),
            Hands::Content(..) => None,
        }
    }

    /// Uses it as if for ever it had been kept: whether it is told that nobody waits.
    pub(crate) fn takes_nothing(self) -> bool {
        match self.hands {
            Hands::Responder(responder) => {
                responder.respond(OwnedAnswer::empty(Status::OK)) == Err(Lost)
            }
            Hands::Both(first, second) => {
                [first, second].map(|it| it.respond(OwnedAnswer::empty(Status::OK)))
                    == [Err(Lost), Err(Lost)]
            }
            Hands::Content(content, _) => content.finish() == Err(Lost),
        }
    }

    /// The next thing that its thread does; `piece` is how much it writes.
    pub(crate) fn go_on(mut self, piece: usize) -> Done {
        let mark = self.mark.to_string();
        let content = body(self.receipt, self.length);
        match self.hands {
            Hands::Responder(responder) => match self.later {
                Later::Answer | Later::Twice => {
                    let answer = OwnedAnswer::new(Status::OK, content);
                    let _ = responder.respond(answer.field(ledger::FIELD, mark));
                    Done::All
                }
                Later::Drop => Done::All,
                Later::Never => Done::All,
                Later::Pieces | Later::Breaks => {
                    let head = OwnedStreamed::new(Status::OK).field(ledger::FIELD, mark);
                    match responder.start(head) {
                        Ok(remote) => {
                            self.hands = Hands::Content(remote, content);
                            Done::Part(Box::new(self))
                        }
                        Err(Lost) => Done::All,
                    }
                }
            },
            Hands::Both(first, second) => {
                let answer = OwnedAnswer::new(Status::OK, content).field(ledger::FIELD, mark);
                let _ = first.respond(answer.clone());
                let _ = second.respond(answer);
                Done::All
            }
            Hands::Content(mut remote, mut rest) => {
                if rest.is_empty() || (self.later == Later::Breaks && rest.len() < 20) {
                    if self.later != Later::Breaks {
                        let _ = remote.finish();
                    }
                    return Done::All;
                }
                let next = rest.split_to(piece.min(rest.len()));
                match remote.try_write(next) {
                    Ok(None) => {
                        self.hands = Hands::Content(remote, rest);
                        Done::Part(Box::new(self))
                    }
                    Ok(Some(back)) => {
                        let whole = [&back[..], &rest[..]].concat();
                        self.hands = Hands::Content(remote, whole.into());
                        self.full = true;
                        Done::Part(Box::new(self))
                    }
                    Err(Lost) => Done::All,
                }
            }
        }
    }
}
