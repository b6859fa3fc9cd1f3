//! The server that is fuzzed: it answers each request with its digest.
//!
//! PUT is received in pieces, DELETE is answered from another thread, all else is answered by a
//! function at once.

use std::io;
use std::sync::mpsc::{self, Sender};
use std::thread;

use nova_http::{
    Answer, Answered, Bounds, Exchange, Flowing, Handler, Limits, Method, OwnedAnswer, Receive,
    Request, RequestHead, Responder, Response, Running, Server, Status,
};

use super::digest::Digest;

/// Memory for buffers: a leak of a few octets for each connection would use it up in a long run, and
/// the server would count what it had to shed.
const BUFFERS: usize = 16 * 1024 * 1024;

/// Starts it on a free port of the loopback.
///
/// # Errors
/// What the kernel refuses.
pub fn start(workers: usize) -> io::Result<Running> {
    let limits = Limits { buffer_bytes: BUFFERS, ..Limits::default() };
    let server = Server::bind("127.0.0.1:0").map_err(io::Error::other)?;
    server.workers(workers).limits(limits).start(Echo::new()).map_err(io::Error::other)
}

/// The handler.
#[derive(Clone, Debug)]
struct Echo {
    deferred: Sender<(Responder, String)>,
}

impl Echo {
    fn new() -> Self {
        let (deferred, receiver) = mpsc::channel::<(Responder, String)>();
        thread::spawn(move || {
            for (responder, line) in receiver {
                // Its client may have left.
                let _ = responder.respond(OwnedAnswer::new(Status::OK, line));
            }
        });
        Self { deferred }
    }
}

impl Handler for Echo {
    fn receive(&mut self, head: &RequestHead<'_>, _bounds: &mut Bounds) -> Receive {
        if head.method != Method::Put {
            return Receive::Whole;
        }
        Receive::Flow(Box::new(Pieces(Digest::new(head.method, head.target.raw, head.fields))))
    }

    fn handle(&mut self, request: &Request<'_>, response: Response<'_>) -> Answered {
        let head = request.head;
        let mut digest = Digest::new(head.method, head.target.raw, head.fields);
        digest.content(request.content);
        let line = digest.line();
        if head.method != Method::Delete {
            return response.send(line.as_bytes());
        }
        let (responder, answered) = response.defer();
        // If its thread is gone the responder is dropped, and the client gets 500.
        let _ = self.deferred.send((responder, line));
        answered
    }
}

/// Content that is not kept.
#[derive(Debug)]
struct Pieces(Digest);

impl Flowing for Pieces {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        exchange.grant(64);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.0.content(octets);
        exchange.grant(octets.len() as u64);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        // What is not sent is a 500, which the client notices.
        let _ = exchange.respond(&Answer::new(Status::OK).bytes(self.0.line().as_bytes()));
    }
}
