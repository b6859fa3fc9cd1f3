//! xitca-web with one worker: what was agreed, answered in its own ways.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::task::Poll;

use agreed::{HELLO, JSON, MESSAGE, OCTETS, PIECE, PIECES, POST, STREAM, TEXT, counted};
use anyhow::Context;
use clap::Parser;
use futures_util::stream;
use xitca_web::App;
use xitca_web::body::{ResponseBody, StreamDataBody};
use xitca_web::bytes::Bytes;
use xitca_web::handler::body::Limit;
use xitca_web::handler::handler_service;
use xitca_web::handler::json::Json;
use xitca_web::http::WebResponse;
use xitca_web::http::header::{CONTENT_TYPE, HeaderValue};
use xitca_web::route::{get, post};

/// More than is ever posted.
const LONGEST: usize = 1 << 20;

/// xitca-web on one worker thread.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
}

fn with(kind: &'static str, content: ResponseBody) -> WebResponse {
    let mut answer = WebResponse::new(content);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

async fn hello() -> WebResponse {
    with(TEXT, HELLO.into())
}

async fn json() -> Json<agreed::Message> {
    Json(MESSAGE)
}

async fn content((content, _): (Vec<u8>, Limit<LONGEST>)) -> WebResponse {
    with(TEXT, counted(content.len()).into())
}

async fn pieces() -> WebResponse {
    let mut pieces = (0..PIECES).map(|_| Ok::<_, Infallible>(Bytes::from_static(&PIECE)));
    // An iterator would say how many pieces are left, and the server would take that for octets.
    let pieces = stream::poll_fn(move |_| Poll::Ready(pieces.next()));
    with(OCTETS, ResponseBody::boxed(StreamDataBody::new(pieces)))
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    let app = App::new()
        .at("/", get(handler_service(hello)))
        .at("/articles/{id}", get(handler_service(hello)))
        .at(JSON, get(handler_service(json)))
        .at(POST, post(handler_service(content)))
        .at(STREAM, get(handler_service(pieces)));
    app.serve()
        .worker_threads(1)
        .backlog(1024)
        .disable_signal()
        .bind(options.bind)?
        .run()
        .wait()?;
    Ok(())
}
