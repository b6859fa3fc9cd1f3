//! actix-web with one worker: what was agreed, answered in its own ways.

use std::convert::Infallible;
use std::net::SocketAddr;

use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use agreed::{HELLO, JSON, MESSAGE, PIECE, PIECES, POST, STREAM, TEXT, counted};
use anyhow::Context;
use clap::Parser;
use futures_util::stream;

/// More than is ever posted; actix-web's own limit is 256 KiB.
const LONGEST: usize = 1 << 20;

/// actix-web on one worker thread.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body(HELLO)
}

async fn json() -> HttpResponse {
    HttpResponse::Ok().json(MESSAGE)
}

async fn post(content: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body(counted(content.len()))
}

async fn pieces() -> HttpResponse {
    let pieces = (0..PIECES).map(|_| Ok::<_, Infallible>(Bytes::from_static(&PIECE)));
    HttpResponse::Ok().content_type(ContentType::octet_stream()).streaming(stream::iter(pieces))
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    let app = || {
        App::new()
            .app_data(web::PayloadConfig::new(LONGEST))
            .route(JSON, web::get().to(json))
            .route(POST, web::post().to(post))
            .route(STREAM, web::get().to(pieces))
            .default_service(web::to(hello))
    };
    let server = HttpServer::new(app).workers(1).backlog(1024).disable_signals();
    server.bind(options.bind)?.run().await?;
    Ok(())
}
