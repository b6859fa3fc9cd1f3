//! hyper 1 as its documents advise for a server that answers small and often: a current-thread
//! runtime for each thread, `TCP_NODELAY`, `pipeline_flush`, persistent connections, static answers.
//!
//! `pipeline_flush` makes hyper copy what it sends into one buffer without a bound, so a streamed answer
//! is whole in memory before its first octet leaves; without it pieces leave as they are, with `writev`.
#![forbid(unsafe_code)]

mod answers;

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket};

/// hyper's own default, and Nova's: what a server on the open internet runs with.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// Connections that may wait to be accepted: as Tokio's own `bind` has it, and Nova.
const BACKLOG: u32 = 1024;

/// hyper 1 on one thread, or several that share nothing.
#[derive(Clone, Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
    /// Run without a timer, that is without the deadline for heads: not fit for production, here to
    /// show what the deadline costs.
    #[arg(long)]
    no_timer: bool,
    /// Run without `pipeline_flush`: for streamed answers.
    #[arg(long)]
    no_pipeline_flush: bool,
    /// Threads, each with a runtime and a listener (SO_REUSEPORT) of its own.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(options.threads > 0, "no thread, no server");
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    for _ in 1..options.threads {
        let options = options.clone();
        thread::spawn(move || {
            // A server with a thread less is another server than the one to be measured.
            let Err(error) = run(&options);
            eprintln!("hyper-peer: {error:#}");
            std::process::exit(1);
        });
    }
    let Err(error) = run(&options);
    Err(error)
}

/// Runs until the process is killed, or something fails.
fn run(options: &Options) -> Result<std::convert::Infallible, anyhow::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

fn listen(options: &Options) -> anyhow::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(options.threads > 1)?;
    socket.bind(options.bind).with_context(|| format!("cannot listen on {}", options.bind))?;
    Ok(socket.listen(BACKLOG)?)
}

async fn serve(options: &Options) -> anyhow::Result<std::convert::Infallible> {
    let mut http = Builder::new();
    http.pipeline_flush(!options.no_pipeline_flush);
    if options.no_timer {
        http.header_read_timeout(None);
    } else {
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    }
    let listener = listen(options)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http.serve_connection(TokioIo::new(stream), service_fn(answers::answer));
        // A connection that fails ends; the client has noticed.
        tokio::spawn(async move { drop(connection.await) });
    }
}
