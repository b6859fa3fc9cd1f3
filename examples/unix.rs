//! A server on a Unix socket: for clients on the same machine, such as a proxy in front of it.
//!
//! ```text
//! cargo run -p nova-examples --bin unix -- --bind nova.sock
//! curl -i --unix-socket nova.sock http://localhost/
//! ```

use nova_examples::Outcome;

#[cfg(unix)]
fn main() -> Outcome {
    use nova_examples::{arguments, until_stopped};
    use nova_http::{Answered, ListenOptions, Request, Response, Server};

    fn hello(request: &Request<'_>, response: Response<'_>) -> Answered {
        // Clients on Unix sockets have no address.
        assert_eq!(request.peer, None);
        response.fields(&[("content-type", "text/plain")]).send(b"Hello from a socket")
    }

    let bind = arguments("nova.sock")?.bind;
    // Who may write to the file may connect: here the owner and the group.
    let options = ListenOptions { mode: Some(0o660), ..ListenOptions::default() };
    // A file that a dead server has left is replaced; ours is removed when we stop.
    let running = Server::with(options).and_unix(bind)?.workers(2).start(hello)?;
    until_stopped(running)?;
    Ok(())
}

#[cfg(not(unix))]
fn main() -> Outcome {
    Err("this system has no Unix sockets".into())
}
