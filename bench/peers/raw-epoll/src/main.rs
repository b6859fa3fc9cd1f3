//! The reference: what an HTTP-shaped exchange costs when nothing is parsed.
//!
//! One thread, level-triggered epoll, one `recv` for each readiness, one `send` for all the answers
//! that a `recv` called for. It finds the ends of request heads, counts them, and sends that many
//! fixed answers (with a `Date` that is right to the second). It reads no method, no field and no
//! content: it is a floor to measure from, not a server.
#![forbid(unsafe_code)]

mod answer;
mod connection;
mod heads;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd};

use anyhow::Context;
use bench_sys::epoll::{Epoll, Events, READABLE};
use clap::Parser;

use answer::{Answers, Form};
use connection::{Connection, Fate};
use heads::{HeadEnds, Memmem, Naive};

const LISTENER: u64 = u64::MAX;
const RECEIVE_BUFFER: usize = 64 * 1024;

/// The raw epoll reference.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
    /// Find the end of a head with memchr's memmem instead of a window search.
    #[arg(long)]
    memmem: bool,
    /// Answer what arrives first on a connection, say in the answer that this was the last, and close.
    #[arg(long)]
    close: bool,
    /// What is answered.
    #[arg(long, default_value = "Hello World")]
    content: String,
    /// Its type.
    #[arg(long, default_value = "text/plain")]
    content_type: String,
    /// One more field line of the answer, `name: value`, so that it is as long as its peers'. May be
    /// repeated.
    #[arg(long = "field", value_name = "LINE")]
    fields: Vec<String>,
}

impl Options {
    /// The answer that the options describe.
    fn form(self) -> Form {
        let close = self.close.then(|| "connection: close".to_owned());
        let lines = close.into_iter().chain(self.fields);
        let fields = lines.map(|line| line + "\r\n").collect();
        Form { fields, content_type: self.content_type, content: self.content }
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    let listener = TcpListener::bind(options.bind)
        .with_context(|| format!("cannot listen on {}", options.bind))?;
    listener.set_nonblocking(true)?;
    let (close, memmem) = (options.close, options.memmem);
    let answers = Answers::new(options.form());
    if memmem {
        serve(&listener, &Memmem::new(), answers, close)
    } else {
        serve(&listener, &Naive, answers, close)
    }
}

/// Runs until the process is killed. `find` is a type parameter, so neither variant pays for the
/// choice.
fn serve(
    listener: &TcpListener,
    find: &impl HeadEnds,
    mut answers: Answers,
    close: bool,
) -> anyhow::Result<()> {
    let epoll = Epoll::new()?;
    epoll.add(listener.as_fd(), LISTENER, READABLE)?;
    let mut events = Events::with_capacity(1024);
    // Indexed by descriptor: the kernel hands out the lowest free one, so the table stays dense.
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut buffer = vec![0; RECEIVE_BUFFER];
    loop {
        epoll.wait(&mut events, -1)?;
        answers.refresh();
        for (token, _) in events.iter() {
            if token == LISTENER {
                accept_all(listener, &epoll, &mut connections)?;
                continue;
            }
            let index = token as usize;
            let Some(connection) = connections[index].as_mut() else { continue };
            let fate = connection.ready(&epoll, token, &mut buffer, find, &answers);
            if fate == Fate::Close || (close && connection.has_answered()) {
                connections[index] = None;
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    epoll: &Epoll,
    connections: &mut Vec<Option<Connection>>,
) -> io::Result<()> {
    loop {
        let stream = match bench_sys::socket::accept_nonblocking(listener) {
            Ok(stream) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            // A connection that died in the queue is nobody's failure.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        stream.set_nodelay(true)?;
        let index = stream.as_raw_fd() as usize;
        if index >= connections.len() {
            connections.resize_with(index + 1, || None);
        }
        epoll.add(stream.as_fd(), index as u64, READABLE)?;
        connections[index] = Some(Connection::new(stream));
    }
}
