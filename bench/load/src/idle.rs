//! Thousands of connections that have each done some requests, or none, and then say nothing.
//!
//! In waves: all connections of a wave are opened, send the first request, read its answer, send the
//! next; so the server has many requests open at a time, as it would have in life.

use std::io::{BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::answer::Answer;

/// Connections from one source address: far fewer than it has ports.
const PER_SOURCE: usize = 2_000;

/// What each connection does before it falls silent.
pub struct Visit<'a> {
    /// The server.
    pub address: SocketAddrV4,
    /// The requests, each with all its octets.
    pub requests: Vec<&'a [u8]>,
    /// How many connections do it at the same time.
    pub wave: usize,
}

impl Visit<'_> {
    /// Opens `count` connections, wave by wave, and returns them open.
    pub fn open(&self, count: usize) -> anyhow::Result<Vec<TcpStream>> {
        let mut kept = Vec::with_capacity(count);
        while kept.len() < count {
            let from = kept.len();
            for number in from..count.min(from + self.wave.max(1)) {
                kept.push(self.connect(number)?);
            }
            for request in &self.requests {
                for stream in &mut kept[from..] {
                    stream.write_all(request).context("sending a request")?;
                }
                for stream in &kept[from..] {
                    let answer = Answer::read(&mut BufReader::new(stream))?;
                    let status = &answer.status_line;
                    ensure!(status.starts_with("HTTP/1.1 200 "), "answered {status}");
                }
            }
        }
        Ok(kept)
    }

    fn connect(&self, number: usize) -> anyhow::Result<TcpStream> {
        let source = Ipv4Addr::new(127, 0, 0, 1 + (number / PER_SOURCE) as u8);
        let stream = bench_sys::socket::connect_from(source, self.address).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.set_write_timeout(Some(Duration::from_secs(10)))?;
        Ok(stream)
    }
}

/// How many of the connections the server still keeps, and on which it said nothing more.
pub fn still_silent(connections: &[TcpStream]) -> anyhow::Result<usize> {
    let mut silent = 0;
    for stream in connections {
        stream.set_nonblocking(true)?;
        match stream.peek(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => silent += 1,
            Ok(_) | Err(_) => {}
        }
    }
    Ok(silent)
}
