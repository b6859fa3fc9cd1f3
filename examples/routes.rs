//! Several paths and methods, and state that all workers share.
//!
//! ```text
//! cargo run -p nova-examples --bin routes
//! curl -i http://127.0.0.1:3000/users/7
//! curl -i http://127.0.0.1:3000/visits -X POST
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Answered, Request, Response, Router, Server, Status};

/// A parameter is percent-decoded; what cannot be decoded is no user of ours.
fn user(request: &Request<'_>, response: Response<'_>) -> Answered {
    match request.param("id") {
        Some(id) => response.send(format!("user {id}").as_bytes()),
        None => response.status(Status::NOT_FOUND).send(b""),
    }
}

/// `{*rest}` is everything that follows, slashes included, as it was sent: not a safe file name.
fn mirror(request: &Request<'_>, response: Response<'_>) -> Answered {
    response.send(request.raw_param("rest").unwrap_or_default().as_bytes())
}

/// The query is decoded as browsers encode forms.
fn search(request: &Request<'_>, response: Response<'_>) -> Answered {
    match request.head.query_value("q") {
        Some(wanted) => response.send(format!("you look for {wanted}").as_bytes()),
        None => response.status(Status::BAD_REQUEST).send(b"ask with ?q=..."),
    }
}

fn nothing_there(request: &Request<'_>, response: Response<'_>) -> Answered {
    let path = String::from_utf8_lossy(request.head.path());
    response.status(Status::NOT_FOUND).send(format!("there is no {path}").as_bytes())
}

fn router() -> Router {
    // Handlers of a router are shared by all workers, so what they change is atomic or locked.
    let visits = Arc::new(AtomicU64::new(0));
    let counted = visits.clone();
    Router::new()
        .get("/", |_, response| response.send(b"home"))
        .get("/users/{id}", user)
        .get("/files/{*rest}", mirror)
        .get("/search", search)
        .get("/visits", move |_, response| {
            response.send(visits.load(Ordering::Relaxed).to_string().as_bytes())
        })
        .post("/visits", move |_, response| {
            counted.fetch_add(1, Ordering::Relaxed);
            response.status(Status::NO_CONTENT).send(b"")
        })
        .fallback(nothing_there)
    // HEAD, OPTIONS and 405 with Allow need no handler.
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.workers(2).start(router())?;
    until_stopped(running)?;
    Ok(())
}
