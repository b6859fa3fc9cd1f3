//! The application's end of a tunnel, as hyper wants it.
//!
//! First it is what hyper reads its request from and writes its answer to ([`Stage`]); from there on,
//! within `Upgraded`, it is the tunnel.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use nova_http::Gone;

use super::outlet::Outlet;
use crate::inflow::{Cut, Inflow, Piece};

/// What hyper makes an `OnUpgrade` of. The real request has been judged by the engine.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";

pub(super) struct Stream {
    stage: Stage,
    inflow: Arc<Inflow>,
    outlet: Arc<Outlet>,
    /// What of a piece has not been read yet.
    rest: Bytes,
}

/// How far hyper has come.
enum Stage {
    /// It reads its request.
    Request,
    /// It waits for its service, and then writes an answer.
    Answer,
    /// It has nothing to do with it any more.
    Tunnel,
}

impl Stream {
    pub(super) fn new(inflow: Arc<Inflow>, outlet: Arc<Outlet>) -> Self {
        Self { stage: Stage::Request, inflow, outlet, rest: Bytes::new() }
    }

    /// Fills `rest`, unless the client's direction has ended.
    fn poll_piece(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match std::task::ready!(self.inflow.poll(cx)) {
                Ok(Piece::Octets(octets)) => self.rest = octets,
                Ok(Piece::Trailers(_)) => {}
                Ok(Piece::End) => break,
                Err(cut) => return Poll::Ready(Err(error(cut))),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.stage {
            Stage::Request => {
                // hyper's buffer is greater than this; otherwise it finds no request, and that is seen.
                let count = REQUEST.len().min(buffer.remaining());
                buffer.put_slice(&REQUEST[..count]);
                self.stage = Stage::Answer;
            }
            Stage::Answer => return Poll::Pending,
            Stage::Tunnel => {
                std::task::ready!(self.poll_piece(cx))?;
                let count = self.rest.len().min(buffer.remaining());
                buffer.put_slice(&self.rest[..count]);
                self.rest.advance(count);
                if self.rest.is_empty() {
                    // An empty one, too, would keep all of its piece.
                    self.rest = Bytes::new();
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.stage {
            Stage::Tunnel => self.outlet.poll_write(cx, octets),
            Stage::Request | Stage::Answer => {
                // A head has no content here: after it comes what the tunnel is for.
                if octets.ends_with(b"\r\n\r\n") {
                    self.stage = Stage::Tunnel;
                }
                Poll::Ready(Ok(octets.len()))
            }
        }
    }

    /// What was written is the worker's to send; nothing here holds it back.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outlet.finish();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    /// As a socket that is dropped: what was written still leaves.
    fn drop(&mut self) {
        self.outlet.finish();
    }
}

/// What a socket would say.
fn error(cut: Cut) -> io::Error {
    let (kind, text) = match cut {
        Cut::Gone(Gone::Reset) => (io::ErrorKind::ConnectionReset, "the client has left"),
        Cut::Gone(Gone::Expired) => (io::ErrorKind::TimedOut, "the tunnel was silent for too long"),
        Cut::Gone(Gone::Stopped) => (io::ErrorKind::ConnectionAborted, "the server was stopped"),
        Cut::Gone(_) => (io::ErrorKind::ConnectionAborted, "the tunnel was cut off"),
        Cut::Answered => (io::ErrorKind::NotConnected, "the tunnel has been ended on this side"),
    };
    io::Error::new(kind, text)
}
