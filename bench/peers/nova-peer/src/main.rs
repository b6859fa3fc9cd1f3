//! Nova over its public API, with the default limits, in each of the ways in which a program can use
//! it: handlers that are functions, handlers that are futures, and the latter as guests of Tokio.
#![forbid(unsafe_code)]

mod futures;
mod handlers;

use std::net::SocketAddr;

use anyhow::ensure;
use clap::Parser;
use nova_http::Server;

/// Nova's peer.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
    /// Worker threads.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Handlers are functions: what is done without a further word. They cannot sleep.
    #[arg(long, conflicts_with_all = ["future", "tokio"])]
    sync: bool,
    /// Handlers are futures, polled by the worker; they sleep on its clock.
    #[arg(long = "async", conflicts_with = "tokio")]
    future: bool,
    /// Handlers are futures, and each worker is the guest of a Tokio runtime; they sleep on its clock.
    #[arg(long)]
    tokio: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(options.workers > 0, "no worker, no server");
    bench_sys::process::raise_descriptor_limit()?;
    let server = Server::bind(options.bind)?.workers(options.workers);
    if options.tokio {
        server.tokio().serve_async(futures::on_tokio)?;
    } else if options.future {
        server.serve_async(futures::on_the_worker)?;
    } else {
        server.serve(handlers::Handlers)?;
    }
    Ok(())
}
