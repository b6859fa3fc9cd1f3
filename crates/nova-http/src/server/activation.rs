//! Listeners that a service manager has opened for us.
//!
//! systemd's protocol (sd_listen_fds(3)): `LISTEN_FDS` descriptors from 3 on belong to the process
//! `LISTEN_PID`, and `LISTEN_FDNAMES` has their names. The service can then start as an ordinary
//! user on port 80, on the first request, and be replaced while clients wait in the kernel's queue
//! instead of being refused.

#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::os::fd::OwnedFd;

use nova_io::portable::Listener;

use super::{Server, ServerError};

/// A listener that a service manager has opened.
///
/// ```no_run
/// use nova_http::{Activated, Server, activated};
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let mut server = Server::bind("127.0.0.1:3000")?;
/// for Activated { name, listener } in activated()? {
///     println!("also on {name:?}");
///     server = server.and_listener(listener)?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Activated {
    /// Its name (systemd: `FileDescriptorName=`, or else the unit's); `None` if it has none.
    pub name: Option<String>,
    /// The listener.
    pub listener: Listener,
}

/// The listeners that a service manager has opened for this process, in its order; none if there is
/// no such manager, or on systems that have no such thing.
///
/// They are there once: a second call finds none. A `LISTEN_PID` that is missing counts as ours, for
/// tools that start the program through another one. The variables are taken out of the environment,
/// so that children do not believe themselves addressed; changing the environment is why this is to
/// be called before other threads are started.
///
/// # Errors
/// [`ServerError::Inherited`] if one of the descriptors is not a listening TCP or Unix stream socket.
///
/// ```no_run
/// use nova_http::{Server, activated};
///
/// # fn main() -> Result<(), nova_http::ServerError> {
/// let (public, internal): (Vec<_>, Vec<_>) =
///     activated()?.into_iter().partition(|found| found.name.as_deref() == Some("public"));
/// let public = Server::from_listeners(public.into_iter().map(|found| found.listener))?;
/// let internal = Server::from_listeners(internal.into_iter().map(|found| found.listener))?;
/// # Ok(())
/// # }
/// ```
pub fn activated() -> Result<Vec<Activated>, ServerError> {
    #[cfg(unix)]
    return inherit();
    #[cfg(not(unix))]
    Ok(Vec::new())
}

impl Server {
    /// A server on all listeners that a service manager has opened for this process, or `None` if it
    /// has opened none: see [`activated`].
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nova_http::ServerError> {
    /// use nova_http::Server;
    ///
    /// let server = match Server::activated()? {
    ///     Some(server) => server,
    ///     None => Server::bind("127.0.0.1:3000")?,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`activated`].
    pub fn activated() -> Result<Option<Self>, ServerError> {
        let found = activated()?;
        if found.is_empty() {
            return Ok(None);
        }
        Self::from_listeners(found.into_iter().map(|found| found.listener)).map(Some)
    }
}

#[cfg(unix)]
fn inherit() -> Result<Vec<Activated>, ServerError> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut given = listenfd::ListenFd::from_env();
    let mut found = Vec::with_capacity(given.len());
    for index in 0..given.len() {
        let name = names.next().filter(|name| !name.is_empty()).map(str::to_string);
        let listener = take(&mut given, index).map_err(|source| ServerError::Inherited {
            name: name.clone().unwrap_or_else(|| format!("number {index}")),
            source,
        })?;
        found.push(Activated { name, listener });
    }
    Ok(found)
}

#[cfg(unix)]
fn take(given: &mut listenfd::ListenFd, index: usize) -> io::Result<Listener> {
    let taken = match given.take_tcp_listener(index) {
        Ok(listener) => listener.map(OwnedFd::from),
        Err(_) => given.take_unix_listener(index)?.map(OwnedFd::from),
    };
    Listener::from_fd(taken.ok_or(io::ErrorKind::NotFound)?)
}
