//! Another protocol on an HTTP connection (RFC 9110 §7.8): an echo, by a handler that is a function.
//!
//! ```text
//! cargo run -p nova-examples --bin upgrade
//! printf 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello' | nc 127.0.0.1 3000
//! ```

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Answered, Exchange, Flowing, Request, Response, Server, Status};

/// Octets of the client that may be on their way to us: what a tunnel may cost us in memory.
const WINDOW: u64 = 64 * 1024;

/// The tunnel, as a state machine that the worker calls.
#[derive(Debug, Default)]
struct Echo {
    /// What came and could not be written yet: never more than the window.
    unwritten: Vec<u8>,
    /// The client has ended its direction.
    ended: bool,
}

impl Flowing for Echo {
    fn begin(&mut self, exchange: &mut Exchange<'_>) {
        // Without credit nothing would come.
        exchange.grant(WINDOW);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        self.unwritten.extend_from_slice(octets);
        self.writable(exchange);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        self.ended = true;
        self.writable(exchange);
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        let Ok(written) = exchange.write(&self.unwritten) else { return };
        self.unwritten.drain(..written.octets);
        // Only what has left makes room for more.
        exchange.grant(written.octets as u64);
        if !self.unwritten.is_empty() {
            exchange.wait_for_room();
        } else if self.ended {
            let _ = exchange.finish();
        }
    }
}

fn upgrade(request: &Request<'_>, response: Response<'_>) -> Answered {
    let fields = [("upgrade", "echo")];
    let response = response.fields(&fields);
    let wanted = request.head.fields.get("upgrade");
    if request.head.upgrade && wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(b"echo")) {
        // Answers 101; what the client has already sent behind its request is the tunnel's.
        return response.tunnel(Echo::default());
    }
    response.status(Status::UPGRADE_REQUIRED).send(b"this server speaks echo")
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.start(upgrade)?;
    until_stopped(running)?;
    Ok(())
}
