//! A listener with the socket options that Nova's has by default.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// What all rungs may be told.
#[derive(Debug, Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
}

/// Listens where the command line says, with all the descriptors that this process may have.
///
/// # Errors
/// What the system says.
pub fn from_command_line() -> anyhow::Result<TcpListener> {
    let Options { bind } = Options::parse();
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    listen(bind).with_context(|| format!("cannot listen on {bind}"))
}

/// Listens on `address`. Connections inherit what is set here.
///
/// # Errors
/// What the system says.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    socket.set_tcp_nodelay(true)?;
    let probes = TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(15))
        .with_retries(4);
    socket.set_tcp_keepalive(&probes)?;
    socket.set_tcp_user_timeout(Some(Duration::from_secs(120)))?;
    socket.set_tcp_notsent_lowat(1024 * 1024)?;
    Ok(socket.into())
}
