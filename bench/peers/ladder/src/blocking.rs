//! The old way to receive: a thread waits for one connection, and serves nobody else meanwhile.

use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use rustix::buffer::spare_capacity;

use crate::clock::Clock;
use crate::memory::{BUFFER, Memory};
use crate::service::{CONTENT_LIMIT, HEAD_LIMIT, Service, serve_all};

/// How long a persistent connection may be silent (as Node's).
const IDLE: Duration = Duration::from_secs(5);

/// What becomes of a connection after its first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It ends.
    Close,
    /// It goes on, until the client ends it, says that it will, or is silent for too long; the next
    /// one has to wait until then.
    KeepAlive,
    /// It goes on, in a thread of its own.
    KeepAliveInThreads,
}

/// Serves one connection after the other, for ever.
///
/// # Errors
/// It cannot accept any more.
pub fn serve<S, M>(listener: &TcpListener, after: After) -> anyhow::Result<()>
where
    S: Service + Default + 'static,
    M: Memory + 'static,
{
    let mut worker = Worker::<S, M>::default();
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // A connection that died in the queue is nobody's failure.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error.into()),
        };
        // How a connection ends is the client's affair.
        let _ = match after {
            After::Close => worker.visit(stream, true),
            After::KeepAlive => worker.visit(stream, false),
            After::KeepAliveInThreads => {
                let visit = || Worker::<S, M>::default().visit(stream, false);
                std::thread::Builder::new().spawn(visit).map(drop)
            }
        };
    }
}

/// What a thread has.
#[derive(Default)]
struct Worker<S, M> {
    service: S,
    memory: M,
    clock: Clock,
}

impl<S: Service, M: Memory> Worker<S, M> {
    /// Serves a connection until it ends; `once`: after the first answer.
    fn visit(&mut self, mut stream: TcpStream, once: bool) -> std::io::Result<()> {
        if !once {
            stream.set_read_timeout(Some(IDLE))?;
        }
        let mut inbox = self.memory.buffer();
        loop {
            inbox.reserve(BUFFER / 2);
            if rustix::io::read(&stream, spare_capacity(&mut inbox))? == 0 {
                break;
            }
            self.clock.look();
            let mut out = self.memory.buffer();
            let batch = serve_all(&mut self.service, &inbox, once, &self.clock, &mut out);
            stream.write_all(&out)?;
            self.memory.take_back_buffer(out);
            if batch.last || inbox.len() > HEAD_LIMIT + CONTENT_LIMIT {
                break;
            }
            if batch.consumed == inbox.len() {
                // Each request has a buffer of its own.
                self.memory.take_back_buffer(std::mem::take(&mut inbox));
                inbox = self.memory.buffer();
            } else {
                inbox.drain(..batch.consumed);
            }
        }
        self.memory.take_back_buffer(inbox);
        Ok(())
    }
}
