//! One axum router, the example's own or that of the field, behind three front doors on one thread each: `axum::serve`,
//! hyper as its documents advise (`pipeline_flush`, a timer), and Nova. Or without any: the router is
//! called so often as `--calls` says, which is what nobody can win.
#![forbid(unsafe_code)]

#[path = "../../../../examples/axum/app.rs"]
mod app;
mod calls;
mod field;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::serve::ListenerExt;
use clap::{Parser, ValueEnum};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket};

/// hyper's own default, and Nova's. `axum::serve` has none.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// Connections that may wait to be accepted: as Tokio's own `bind` has it, and Nova.
const BACKLOG: u32 = 1024;

/// An axum router behind a front door.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
    /// Who serves.
    #[arg(long, value_enum, default_value = "axum")]
    door: Door,
    /// Serve nobody; call the router so often, within the program.
    #[arg(long, value_name = "N")]
    calls: Option<u64>,
    /// Serve what was agreed for the field instead of the example's application.
    #[arg(long)]
    field: bool,
    /// The path that is called.
    #[arg(long, default_value = "/")]
    path: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Door {
    /// `axum::serve`.
    Axum,
    /// hyper with `pipeline_flush`.
    Hyper,
    /// `nova_tower`, with one worker.
    Nova,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(calls) = options.calls {
        return calls::run(app::app(), &options.path, calls);
    }
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    let app = if options.field { field::app() } else { app::app() };
    if let Door::Nova = options.door {
        let server = nova_tower::Server::bind(options.bind)?.workers(1);
        server.start(app)?.join()?;
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = listen(options.bind)?;
        match options.door {
            Door::Axum => {
                let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
                Ok(axum::serve(listener, app).await?)
            }
            _ => hyper(listener, app).await,
        }
    })
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address).with_context(|| format!("cannot listen on {address}"))?;
    Ok(socket.listen(BACKLOG)?)
}

async fn hyper(listener: TcpListener, app: Router) -> anyhow::Result<()> {
    let mut http = Builder::new();
    http.pipeline_flush(true).timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(app.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // A connection that fails ends; the client has noticed.
        tokio::spawn(async move { drop(connection.await) });
    }
}
