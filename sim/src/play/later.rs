//! Answers that come from elsewhere: what other threads would do, at moments that the dice choose.

use ledger::{Mark, Receipt};
use nova_http::{
    Bytes, ExchangeId, Lost, OwnedAnswer, OwnedStreamed, RemoteContent, Responder, Status,
};

use tokio::sync::{mpsc, oneshot};

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
    /// A service's future waits for a word.
    Told(oneshot::Sender<Word>),
    /// The content of its answer comes through a channel.
    Pieces(mpsc::Sender<Bytes>, Bytes),
}

/// What a service's future is told.
#[derive(Debug)]
pub(crate) enum Word {
    /// The content of the answer.
    Whole(Bytes),
    /// Whence it comes.
    Pieces(mpsc::Receiver<Bytes>),
}

/// Pieces that wait in a channel.
const CHANNEL: usize = 2;

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

    /// What the future of a service waits for.
    pub(crate) fn told(
        receipt: Receipt,
        length: usize,
        later: Later,
        id: ExchangeId,
        said: oneshot::Sender<Word>,
        promise: Promise,
    ) -> Self {
        let (mark, hands) = (receipt.mark, Hands::Told(said));
        Self { mark, id, receipt, length, later, hands, full: false, _promise: promise }
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
            Hands::Told(said) => Some(said.is_closed()),
            Hands::Pieces(pieces, _) => Some(pieces.is_closed()),
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
            Hands::Told(said) => said.send(Word::Whole(Bytes::new())).is_err(),
            Hands::Pieces(pieces, _) => pieces.is_closed(),
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
            Hands::Told(said) => match self.later {
                Later::Answer | Later::Twice => {
                    let _ = said.send(Word::Whole(content));
                    Done::All
                }
                Later::Drop | Later::Never => Done::All,
                Later::Pieces | Later::Breaks => {
                    let (pieces, receiver) = mpsc::channel(CHANNEL);
                    if said.send(Word::Pieces(receiver)).is_err() {
                        return Done::All;
                    }
                    self.hands = Hands::Pieces(pieces, content);
                    Done::Part(Box::new(self))
                }
            },
            Hands::Pieces(pieces, mut rest) => {
                if Self::breaks_or_ends(self.later, &rest) {
                    return Done::All;
                }
                let next = rest.split_to(piece.min(rest.len()));
                match pieces.try_send(next.clone()) {
                    Ok(()) => {}
                    Err(mpsc::error::TrySendError::Closed(_)) => return Done::All,
                    Err(mpsc::error::TrySendError::Full(_)) => {
                        rest = [&next[..], &rest[..]].concat().into();
                        self.full = true;
                    }
                }
                self.hands = Hands::Pieces(pieces, rest);
                Done::Part(Box::new(self))
            }
            Hands::Content(mut remote, mut rest) => {
                if Self::breaks_or_ends(self.later, &rest) {
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
    /// Whether nothing more is to be written.
    fn breaks_or_ends(later: Later, rest: &Bytes) -> bool {
        rest.is_empty() || (later == Later::Breaks && rest.len() < 20)
    }
}
