//! Why a server could not start, each with what to do about it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use nova_io::portable::Endpoint;

/// Why a server could not start, or ended.
///
/// ```
/// use nova_http::{Server, ServerError};
///
/// let error = Server::bind("here").unwrap_err();
/// assert!(matches!(error, ServerError::Address { .. }));
/// assert!(error.to_string().contains("an address looks like 127.0.0.1:3000"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The address is not one.
    Address {
        /// As it was given.
        given: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The address cannot be listened on.
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// The Unix socket cannot be listened on.
    Unix {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The server listens there already.
    Twice {
        /// What was to be added.
        endpoint: Endpoint,
        /// What the server has, and what covers it.
        other: Endpoint,
    },
    /// A listener that was made elsewhere cannot be used.
    Inherited {
        /// What it is called: its number, or the service manager's name for it.
        name: String,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The server was started without anything to listen on.
    NoListener,
    /// The kernel refused a worker what it needs.
    Worker(io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { given, source } => write!(
                f,
                "'{given}' is not an address to listen on: {source} (an address looks like \
                 127.0.0.1:3000, [::1]:3000 or localhost:3000)"
            ),
            Self::Bind { address, source } => write_bind(f, address, source),
            Self::Unix { path, source } => write_unix(f, path.display(), source),
            Self::Twice { endpoint, other } if endpoint == other => {
                write!(f, "{endpoint} was given twice: give it once")
            }
            Self::Twice { endpoint, other } => write!(
                f,
                "{endpoint} cannot be had beside {other}, which this server listens on already: \
                 leave out one of them (0.0.0.0 and [::] go together if 0.0.0.0 comes first)"
            ),
            Self::Inherited { name, source } => write!(
                f,
                "the inherited listener {name} cannot be used: {source} (hand over a TCP or Unix \
                 stream socket that listens; for systemd: ListenStream= and Accept=no)"
            ),
            Self::NoListener => f.write_str(
                "the server has nothing to listen on: give it an address, a Unix socket or a \
                 listener before starting it",
            ),
            Self::Worker(source) => write!(f, "a worker cannot run: {source}"),
        }
    }
}

fn write_bind(f: &mut fmt::Formatter<'_>, address: &SocketAddr, source: &io::Error) -> fmt::Result {
    match source.kind() {
        io::ErrorKind::AddrInUse => write!(
            f,
            "{address} is in use: another program listens on this port; stop it or choose another \
             port"
        ),
        io::ErrorKind::PermissionDenied => write!(
            f,
            "no permission to listen on {address}: ports below 1024 are for privileged users; \
             choose a higher one"
        ),
        io::ErrorKind::AddrNotAvailable => write!(
            f,
            "{address} is not an address of this machine: choose one that is, or {} for all",
            if address.is_ipv6() { "[::]" } else { "0.0.0.0" }
        ),
        _ => write!(f, "cannot listen on {address}: {source}"),
    }
}

fn write_unix(
    f: &mut fmt::Formatter<'_>,
    path: std::path::Display<'_>,
    source: &io::Error,
) -> fmt::Result {
    match source.kind() {
        io::ErrorKind::AddrInUse => write!(
            f,
            "{path} is in use: another process listens on this socket; stop it or choose another \
             file"
        ),
        io::ErrorKind::AlreadyExists => {
            write!(f, "{path} is there and is not a socket: remove it or choose another file")
        }
        io::ErrorKind::NotFound => {
            write!(f, "the folder for the socket {path} does not exist: make it first")
        }
        io::ErrorKind::PermissionDenied => write!(
            f,
            "no permission to make the socket {path}: choose a folder that this user may write to"
        ),
        _ => write!(f, "cannot listen on {path}: {source}"),
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Address { source, .. }
            | Self::Bind { source, .. }
            | Self::Unix { source, .. }
            | Self::Inherited { source, .. }
            | Self::Worker(source) => Some(source),
            Self::Twice { .. } | Self::NoListener => None,
        }
    }
}
