//! Handlers that are functions, and flows where content comes or goes in pieces.

use agreed::{
    COUNT, HELLO, JSON, JSON_TYPE, MESSAGE, OCTETS, PIECE, PIECES, POST, SLEEP, STREAM, TEXT,
    counted,
};
use nova_http::{
    Answer, Answered, Bounds, Bytes, Exchange, Fields, Flowing, Handler, Receive, Request,
    RequestHead, Response, Status,
};

/// More than is ever sent: the content comes as fast as it is taken.
const CREDIT: u64 = u64::MAX;

/// Answers all that was agreed.
#[derive(Clone)]
pub(crate) struct Handlers;

impl Handler for Handlers {
    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        let path = request.head.path();
        if path == POST.as_bytes() || path == COUNT.as_bytes() {
            // Where content arrives together with its head there is nothing to collect or to wait for.
            let text = counted(request.content.len());
            return response.fields(&[("content-type", TEXT)]).send(text.as_bytes());
        }
        if path == STREAM.as_bytes() {
            return response.fields(&[("content-type", OCTETS)]).stream(None, Stream(0));
        }
        if path == JSON.as_bytes() {
            return match serde_json::to_vec(&MESSAGE) {
                Ok(json) => response.fields(&[("content-type", JSON_TYPE)]).send(&json),
                Err(_) => response.status(Status::INTERNAL_SERVER_ERROR).send(b""),
            };
        }
        if path == SLEEP.as_bytes() {
            return response.status(Status::NOT_IMPLEMENTED).send(b"functions cannot sleep");
        }
        response.fields(&[("content-type", TEXT)]).send(HELLO.as_bytes())
    }

    fn receive(&mut self, head: &RequestHead<'_>, _bounds: &mut Bounds) -> Receive {
        if head.path() == COUNT.as_bytes() {
            return Receive::Flow(Box::new(Count(0)));
        }
        Receive::Whole
    }
}

/// Counts content as it comes and keeps nothing of it.
#[derive(Debug)]
struct Count(usize);

impl Flowing for Count {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(CREDIT);
    }

    fn content(&mut self, _exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.0 += octets.len();
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        let text = counted(self.0);
        let answer = Answer::new(Status::OK)
            .fields(Fields::from_pairs(&[("content-type", TEXT)]))
            .bytes(text.as_bytes());
        // A client that has gone needs no answer.
        let _ = exchange.respond(&answer);
    }
}

/// The stream, as far as it has been written.
#[derive(Debug)]
struct Stream(usize);

impl Flowing for Stream {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        while self.0 < PIECES * PIECE.len() {
            let piece = Bytes::from_static(&PIECE[self.0 % PIECE.len()..]);
            let Ok(written) = exchange.write_shared(&piece) else { return };
            self.0 += written.octets;
            if written.octets < piece.len() {
                // It calls again when there is room.
                return;
            }
        }
        let _ = exchange.finish();
    }
}
