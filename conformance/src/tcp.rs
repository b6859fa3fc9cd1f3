//! A server behind real sockets, on the loopback.
//!
//! Nothing here sleeps. That the server has read what was sent, and has nothing to say to it, is
//! known from a *witness*: another connection of the same worker, on which three exchanges are made
//! meanwhile. Each of them takes a turn of the worker of its own, and so much has a new connection to
//! go through: it is accepted in the first turn, read in the second, at the latest, before or after
//! the witness, and so it has been served when the witness is served for the third time.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::answers;
use crate::case::Step;
use crate::outcome::Fate;
use crate::transcript::{End, PROBE, Transcript};

/// No answer takes this long, whatever else the machine does.
const BOUND: Duration = Duration::from_secs(20);

/// A client of the server at an address, with its witness.
#[derive(Debug)]
pub struct Tcp {
    address: SocketAddr,
    witness: TcpStream,
}

impl Tcp {
    /// A client.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { address, witness: connect(address)? })
    }

    /// Goes through `steps` on a new connection, sending in pieces of `piece` octets, and waits for
    /// what `fate` would look like.
    ///
    /// # Errors
    /// What the kernel says, or a step in which the server does not do its part.
    pub fn talk(&mut self, steps: &[Step], piece: usize, fate: Fate) -> io::Result<Transcript> {
        let mut stream = connect(self.address)?;
        let (mut octets, mut half_closed, mut slowly) = (Vec::new(), false, false);
        for step in steps {
            match step {
                Step::Send(whole) => send(&mut stream, &mut octets, whole, piece)?,
                Step::Shut => {
                    stream.shutdown(std::net::Shutdown::Write)?;
                    half_closed = true;
                }
                Step::Pause => self.settle()?,
                Step::Await100 => {
                    receive(&mut stream, &mut octets, 1, |octets| octets.ends_with(b"\r\n\r\n"))?;
                }
                Step::AwaitAnswers(count) => {
                    receive(&mut stream, &mut octets, 4_096, |octets| has(octets, *count))?;
                }
                Step::Reset => {
                    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
                    drop(stream);
                    let mut other = connect(self.address)?;
                    let end = End::Left { probe: exchange(&mut other)? };
                    return Ok(Transcript { octets, half_closed, end });
                }
                Step::ReadSlowly => slowly = true,
            }
        }
        let room = if slowly { 1 } else { 4_096 };
        let end = match fate {
            Fate::Wait => {
                self.settle()?;
                stream.set_nonblocking(true)?;
                match receive(&mut stream, &mut octets, room, |_| false) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        End::Open { probe: None }
                    }
                    Err(error) => return Err(error),
                    Ok(end) => end,
                }
            }
            Fate::Kept => {
                // In case that the server does not close, it has the probe to answer.
                let _ = stream.write_all(PROBE);
                let end = receive(&mut stream, &mut octets, room, |octets| {
                    octets.ends_with(b"\r\n\r\n/probe 0")
                })?;
                let begin = octets.windows(9).rposition(|window| window == b"HTTP/1.1 ");
                match (end, begin) {
                    (End::Open { .. }, Some(begin)) => {
                        End::Open { probe: Some(octets.split_off(begin)) }
                    }
                    (end, _) => end,
                }
            }
            Fate::Close | Fate::Parted | Fate::Gone => {
                receive(&mut stream, &mut octets, room, |_| false)?
            }
        };
        Ok(Transcript { octets, half_closed, end })
    }

    /// Returns when the server has seen all that was sent before.
    fn settle(&mut self) -> io::Result<()> {
        (0..3).try_for_each(|_| exchange(&mut self.witness).map(drop))
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(BOUND))?;
    stream.set_write_timeout(Some(BOUND))?;
    Ok(stream)
}

/// Sends all of it, and takes answers meanwhile if it is long: a server may stop reading when its
/// answers are not taken. That a server no longer wants the rest is no error.
fn send(stream: &mut TcpStream, seen: &mut Vec<u8>, whole: &[u8], piece: usize) -> io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut write = move || -> io::Result<()> {
        whole.chunks(piece).try_for_each(|piece| writer.write_all(piece))
    };
    if whole.len() <= 16 * 1024 {
        let _ = write();
        return Ok(());
    }
    thread::scope(|scope| {
        let writing = scope.spawn(write);
        stream.set_read_timeout(Some(Duration::from_millis(20)))?;
        while !writing.is_finished() {
            match receive(stream, seen, 4_096, |_| writing.is_finished()) {
                Ok(End::Open { .. }) => {}
                Ok(_) => break, // Nothing more comes; what is wrong about it shows later, too.
                Err(error) if would_block(&error) => {}
                Err(error) => return Err(error),
            }
        }
        stream.set_read_timeout(Some(BOUND))
    })
}

fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Reads, at most `room` octets at a time, until `enough` says so or nothing more comes.
fn receive(
    stream: &mut TcpStream,
    octets: &mut Vec<u8>,
    room: usize,
    enough: impl Fn(&[u8]) -> bool,
) -> io::Result<End> {
    let mut buffer = vec![0; room];
    loop {
        if enough(octets) {
            return Ok(End::Open { probe: None });
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(End::Ended),
            Ok(n) => octets.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(End::Reset),
            Err(error) => return Err(error),
        }
    }
}

fn has(octets: &[u8], count: usize) -> bool {
    answers::read(octets).is_ok_and(|(answers, _)| answers.len() >= count)
}

/// Sends the probe and returns its answer.
fn exchange(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    stream.write_all(PROBE)?;
    receive(stream, &mut octets, 4_096, |octets| octets.ends_with(b"\r\n\r\n/probe 0"))?;
    Ok(octets)
}
