//! The smallest server: every request gets the same answer.
//!
//! ```text
//! cargo run -p nova-examples --bin hello
//! curl -i http://127.0.0.1:3000/
//! ```

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Answered, Request, Response, Server};

fn hello(_request: &Request<'_>, response: Response<'_>) -> Answered {
    // The status is 200 unless `response.status(...)` says otherwise; Date, Content-Length and
    // Connection are added by the server.
    response.fields(&[("content-type", "text/plain")]).send(b"Hello World")
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    // Each worker is a thread with its own listener and its own copy of the handler.
    let running = Server::bind(bind)?.workers(2).start(hello)?;
    until_stopped(running)?;
    Ok(())
}
