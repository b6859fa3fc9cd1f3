//! hyper 1 as its documents advise for a server that answers small and often: a current-thread
//! runtime, `TCP_NODELAY`, `pipeline_flush`, persistent connections, a static answer.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

/// hyper's own default, and Nova's: what a server on the open internet runs with.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// hyper 1 on one thread.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
    /// Run without a timer, that is without the deadline for heads: not fit for production, here to
    /// show what the deadline costs.
    #[arg(long)]
    no_timer: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(&options))
}

async fn serve(options: &Options) -> anyhow::Result<()> {
    let mut http = Builder::new();
    http.pipeline_flush(true);
    if options.no_timer {
        http.header_read_timeout(None);
    } else {
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    }
    let listener = TcpListener::bind(options.bind)
        .await
        .with_context(|| format!("cannot listen on {}", options.bind))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http.serve_connection(TokioIo::new(stream), service_fn(hello));
        // A connection that fails ends; the client has noticed.
        tokio::spawn(async move { drop(connection.await) });
    }
}

/// The answer. Content is read where there is any, as Nova's hello does; a GET has none and pays
/// nothing for the question.
async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut content = request.into_body();
    while !content.is_end_stream() {
        match content.frame().await {
            Some(Ok(_)) => {}
            // The connection is broken or at its end; hyper says so itself.
            Some(Err(_)) | None => break,
        }
    }
    let mut answer = Response::new(Full::new(Bytes::from_static(b"Hello World")));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(answer)
}
