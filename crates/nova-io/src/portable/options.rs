//! How to listen, and what the kernel shall do by itself for each connection.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// Whether accepted sockets have the listener's options, so that they need not be set on each.
pub(super) const OPTIONS_ARE_INHERITED: bool =
    cfg!(any(target_os = "linux", target_os = "android"));

/// How to listen, and what accepted connections are like.
///
/// Everything that concerns connections is TCP's and does nothing for Unix sockets. Where accepted
/// sockets inherit it (Linux), it is set once, on the listener, and costs nothing afterwards;
/// elsewhere it is set on each accepted socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// SO_REUSEPORT: several listeners share one port and the kernel spreads clients over them.
    /// Default: false, so that a second copy of a program meets a busy port. Ignored where the
    /// system has no such thing (see [`ListenOptions::CAN_REUSE_PORT`]).
    pub reuse_port: bool,
    /// How many connections may wait to be accepted. Default: 1024 (Node and nginx: 511, actix:
    /// 1024); systems cap it silently (Linux: `net.core.somaxconn`).
    pub backlog: i32,
    /// Whether an IPv6 listener leaves IPv4 clients alone (IPV6_V6ONLY). Default: as the system has
    /// it, which for `[::]` means both families on Linux, macOS and Windows, unless configured
    /// otherwise (Node does the same; nginx sets it since 1.3.4).
    pub v6_only: Option<bool>,
    /// Probing silent clients. Default: on, see [`Keepalive`]. Node, nginx and hyper leave it off;
    /// then a client that lost its network in the middle of a long exchange stays until something
    /// is sent to it. Go has it on.
    pub keepalive: Option<Keepalive>,
    /// How long octets that were sent may stay unacknowledged, or unwanted by the client's window,
    /// before the kernel gives up (TCP_USER_TIMEOUT, Linux; RFC 5482). Default: 120 s; without it,
    /// Linux goes on for a quarter of an hour, and Node, nginx and hyper let it. A stalled client
    /// whose octets are still with us is reset much earlier by the server; this is for the last of
    /// them, which only the kernel has. It must not be shorter than keep-alive's own verdict, which
    /// it overrides on Linux: with 60 s, one lost probe would end a connection.
    pub user_timeout: Option<Duration>,
    /// How many octets may wait in the kernel before their first transmission (TCP_NOTSENT_LOWAT,
    /// Linux). Default: 1 MiB; without it, a slow reader makes the kernel hold up to 4 MiB for each
    /// connection that no limit of the server's sees. Octets that are under way do not count, so a
    /// fast, distant client still gets all that its window takes.
    ///
    /// Sends come up short at about this mark, and room is told at half of it. Lower marks cost a fast
    /// client: with 128 KiB, an answer of 1 MiB over loopback took 1.4 times the processor time. Node,
    /// nginx and hyper leave it unlimited; h2o lowers it for HTTP/2, where what is queued cannot be
    /// overtaken.
    pub notsent_lowat: Option<u32>,
    /// Permissions of a Unix socket's file, such as `0o660`; who may write to it may connect.
    /// Default: what the process's umask leaves.
    pub mode: Option<u32>,
}

/// When to ask a silent client whether it is still there, and how often before giving up.
///
/// The default finds out after two minutes: 60 s of silence (systems: two hours), then 4 probes,
/// 15 s apart. A minute costs next to nothing and keeps address translators from forgetting a
/// connection that is used; 4 probes outlive a short loss of network. A connection without a request
/// ends by the server's own deadline before that, so this is for long exchanges and tunnels. (Go:
/// 15 s, then 9 probes, 15 s apart.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first probe: whole seconds, at least one.
    pub idle: Duration,
    /// Time between probes: whole seconds, at least one.
    pub interval: Duration,
    /// Unanswered probes that end the connection.
    pub probes: u32,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self { idle: Duration::from_secs(60), interval: Duration::from_secs(15), probes: 4 }
    }
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            reuse_port: false,
            backlog: 1024,
            v6_only: None,
            keepalive: Some(Keepalive::default()),
            user_timeout: Some(Duration::from_secs(120)),
            notsent_lowat: Some(1024 * 1024),
            mode: None,
        }
    }
}

impl ListenOptions {
    /// Whether several listeners can share one port and its load on this system.
    pub const CAN_REUSE_PORT: bool = cfg!(all(unix, not(target_os = "solaris")));

    /// Sets what concerns connections on `socket`: a listener whose connections inherit it, or one
    /// connection. What is not wanted is unset: the socket may come from somebody else.
    pub(super) fn apply(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        match &self.keepalive {
            Some(keepalive) => socket.set_tcp_keepalive(&keepalive.to_system())?,
            None => socket.set_keepalive(false)?,
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            socket.set_tcp_user_timeout(self.user_timeout)?;
            // Zero stands for the system's own setting.
            socket.set_tcp_notsent_lowat(self.notsent_lowat.unwrap_or(0))?;
        }
        Ok(())
    }
}

impl Keepalive {
    fn to_system(self) -> TcpKeepalive {
        let silence = TcpKeepalive::new().with_time(self.idle);
        #[cfg(any(
            target_os = "linux",
            target_os = "android",
            target_os = "macos",
            target_os = "ios",
            target_os = "freebsd",
            target_os = "netbsd",
            target_os = "dragonfly",
            windows,
        ))]
        let silence = silence.with_interval(self.interval).with_retries(self.probes);
        silence
    }
}
