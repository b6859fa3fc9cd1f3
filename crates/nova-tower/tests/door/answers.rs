//! What becomes of a response: its content, its fields, its status.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, StreamBody};
use nova_http::testing::App;
use nova_tower::{Door, FieldNames};
use tower::service_fn;

use crate::{Content, app, frames_of, full};

/// A response with this status, these fields and this text.
fn response(status: u16, fields: &[(&'static str, &'static str)], text: &'static str) -> App {
    let fields = fields.to_vec();
    app(move |_| {
        let mut response = Response::new(full(text));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in &fields {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        std::future::ready(response)
    })
}

/// The names of fields are in lower case, unless they are asked for as they are.
#[test]
fn names_are_spelled_as_the_response_says() {
    let app = app(|_| {
        let mut response = Response::new(full("hello"));
        response.headers_mut().append("x-request-id", "7".parse().unwrap());
        response.headers_mut().append("x-other", "8".parse().unwrap());
        response.extensions_mut().insert(FieldNames::new(["X-Request-ID"]));
        std::future::ready(response)
    });
    let answer = app.get("/").send();
    let names: Vec<_> = answer.fields().iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"X-Request-ID") && names.contains(&"x-other"), "{names:?}");
}

/// What is at hand leaves as one piece whose length is said, in whichever way the body says so.
#[test]
fn content_at_hand_is_not_chunked() {
    let answer = response(200, &[], "hello").get("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), "hello"));
    let unknown = app(|_| {
        let frames = frames_of(vec!["hello"]);
        std::future::ready(Response::new(StreamBody::new(frames).boxed_unsync()))
    });
    let answer = unknown.get("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), "hello"));
    let empty = app(|_| std::future::ready(Response::new(Empty::new().boxed_unsync())));
    assert_eq!(empty.get("/").send().field("content-length"), Some("0"));
}

/// Several pieces of unknown length are chunked, several of a known one are not.
#[test]
fn content_in_pieces_is_chunked_unless_its_length_is_known() {
    let pieces = |fields: &'static [(&'static str, &'static str)]| {
        app(move |_| {
            let frames = frames_of(vec!["a", "bc", "def"]);
            let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
            for (name, value) in fields {
                response.headers_mut().append(*name, value.parse().unwrap());
            }
            std::future::ready(response)
        })
    };
    let answer = pieces(&[]).get("/").send();
    assert_eq!(answer.field("transfer-encoding"), Some("chunked"));
    assert_eq!((answer.field("content-length"), answer.text()), (None, "abcdef"));
    let answer = pieces(&[("content-length", "6")]).get("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("6"), "abcdef"));
}

/// A promised length that is not kept is a reset: the client cannot take what it got for the whole.
#[test]
fn less_than_was_promised_is_a_reset() {
    let app = app(|_| {
        let frames = frames_of(vec!["a", "bc"]);
        let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
        response.headers_mut().append("content-length", "6".parse().unwrap());
        std::future::ready(response)
    });
    assert!(app.get("/").begin().is_cut());
}

/// HEAD gets the fields that GET would have got, and no content, whoever cares for it.
#[test]
fn head_has_no_content() {
    let answer = response(200, &[], "hello").head("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), ""));
    let answer = response(200, &[("content-length", "7")], "").head("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("7"), ""));
    let router = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
    let answer = App::with(Door::of(&router)).head("/").send();
    assert_eq!((answer.field("content-length"), answer.text()), (Some("5"), ""));
}

/// Statuses without content have none, and no length, whatever frameworks add to them.
#[test]
fn statuses_without_content_have_none() {
    let answer = response(204, &[("content-length", "0")], "").get("/").send();
    assert_eq!((answer.status(), answer.field("content-length")), (204, None));
    let answer = response(204, &[], "too much").get("/").send();
    assert_eq!((answer.status(), answer.text()), (204, ""));
    let answer = response(304, &[("content-length", "0"), ("etag", "\"a\"")], "").get("/").send();
    assert_eq!((answer.status(), answer.field("content-length")), (304, None));
    let answer = response(304, &[("content-length", "7")], "").get("/").send();
    assert_eq!((answer.status(), answer.field("content-length")), (304, Some("7")));
}

/// What belongs to the connection is the engine's; that it is to be closed is taken as a wish.
#[test]
fn fields_of_the_connection_are_the_engines() {
    let fields = [
        ("connection", "keep-alive"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let answer = response(200, &fields, "hello").get("/").send();
    assert_eq!((answer.status(), answer.text()), (200, "hello"));
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        assert_eq!(answer.field(name), None, "{name}");
    }
    assert_eq!(answer.field("date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    let answer = response(200, &[("connection", "close")], "hello").get("/").send();
    assert_eq!(answer.field("connection"), Some("close"));
}

/// What cannot be sent is the application's mistake, and the client gets 500.
#[test]
fn what_cannot_be_sent_is_500() {
    assert_eq!(response(200, &[("content-length", "7")], "hello").get("/").send().status(), 500);
    assert_eq!(response(103, &[], "").get("/").send().status(), 500);
    let fails =
        service_fn(|_: Request<nova_tower::Body>| async { Err::<Response<Content>, _>("no") });
    assert_eq!(App::with(Door::of(&fails)).get("/").send().status(), 500);
}

/// A client that does not read stops the body from being asked, until it reads on.
#[test]
fn a_slow_reader_holds_up_the_body() {
    const PIECE: usize = 16 * 1024;
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let app = app(move |_| {
        let count = count.clone();
        let frames = futures_util::stream::poll_fn(move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let piece = Bytes::from(vec![b'x'; PIECE]);
            Poll::Ready(
                (number < 1_000).then(|| Ok::<_, Infallible>(http_body::Frame::data(piece))),
            )
        });
        std::future::ready(Response::new(StreamBody::new(frames).boxed_unsync()))
    });
    let answer = app.get("/").begin();
    answer.window(1);
    let begun = made.load(Ordering::SeqCst);
    assert!(begun < 1_000, "{begun} pieces were made for a client that reads nothing");
    let mut octets = 0;
    answer.window(usize::MAX);
    while !answer.is_complete() {
        octets += answer.read().len();
        app.settle();
    }
    octets += answer.read().len();
    assert_eq!(octets, 1_000 * PIECE);
}
