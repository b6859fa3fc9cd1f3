//! Very many scripts against one server, and what must be true of it afterwards.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use nova_http::{Handle, Reason};

use super::prober::{Common, Prober};
use super::script::Scripts;
use crate::drive::drive;
use crate::reader;
use crate::traffic::{Notes, Sums};

/// How many scripts, and how.
#[derive(Clone, Debug)]
pub struct Siege {
    /// The number of the first script.
    pub first: u64,
    /// How many scripts, at most.
    pub scripts: u64,
    /// How many generated inputs, about.
    pub inputs: u64,
    /// Connections at a time.
    pub connections: usize,
    /// No script is begun after so long a time.
    pub bound: Duration,
    /// How long a server may say nothing when it owes an answer or an end.
    pub patience: Duration,
}

impl Default for Siege {
    fn default() -> Self {
        Self {
            first: 0,
            scripts: u64::MAX,
            inputs: u64::MAX,
            connections: 64,
            bound: Duration::MAX,
            patience: Duration::from_secs(1),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What must not be.
    pub notes: Notes,
    /// What was done.
    pub sums: Sums,
    /// Generated inputs that were sent.
    pub inputs: u64,
    /// The number of the next script.
    pub next: u64,
}

impl Found {
    /// What came of the scripts that followed, too.
    pub fn absorb(&mut self, other: Self) {
        self.notes.absorb(other.notes);
        self.sums.absorb(&other.sums);
        self.inputs += other.inputs;
        self.next = other.next;
    }
}

impl Siege {
    /// Sends the scripts to the server at `address`.
    ///
    /// # Errors
    /// What the kernel says about waiting.
    pub fn lay(&self, address: SocketAddr, scripts: &mut Scripts) -> io::Result<Found> {
        let mut cx = Common {
            address,
            scripts,
            next: self.first,
            end: self.first.saturating_add(self.scripts),
            inputs_left: self.inputs,
            until: Instant::now().checked_add(self.bound),
            patience: self.patience,
            notes: Notes::default(),
            sums: Sums::default(),
            inputs: 0,
        };
        let mut probers: Vec<_> = (0..self.connections).map(Prober::new).collect();
        drive(&mut probers, &mut cx, |_| {})?;
        let Common { notes, sums, inputs, next, .. } = cx;
        Ok(Found { notes, sums, inputs, next })
    }
}

/// What must be true of a server that nobody visits any more: it has no connection, has failed in
/// nothing itself, and answers the next one who comes.
///
/// Connections have `patience` to end.
pub fn aftermath(handle: &Handle, patience: Duration, notes: &mut Notes) {
    let until = Instant::now() + patience;
    while handle.connections().iter().any(|&connections| connections > 0) {
        if Instant::now() > until {
            notes.take(|| format!("connections that stay: {:?}", handle.connections()));
            break;
        }
        std::thread::yield_now();
    }
    if let Err(error) = ask(handle.local_addr()) {
        notes.take(|| format!("a sound request afterwards: {error}"));
    }
    let never = [
        Reason::TimedOut,
        Reason::Stalled,
        Reason::Panicked,
        Reason::Unanswered,
        Reason::InvalidAnswer,
        Reason::BrokenPromise,
        Reason::Aborted,
        Reason::Shed,
    ];
    let total = handle.total();
    for (reason, phase, count) in total.failures.all() {
        if count > 0 && never.contains(&reason) {
            notes.take(|| format!("{count} times {} in {}", reason.name(), phase.name()));
        }
    }
    if total.callback_panics.get() > 0 {
        notes.take(|| "a callback has panicked".into());
    }
}

fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n")?;
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets)?;
    match reader::read(&octets, false) {
        Ok(Some((response, len))) if response.status == 200 && len == octets.len() => Ok(()),
        other => Err(io::Error::other(format!("{other:?}"))),
    }
}
