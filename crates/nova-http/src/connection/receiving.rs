//! The way in: from octets of the wire to the protocol, and what waits in between.

use super::{Connection, Phase};
use crate::application::Application;
use crate::buffers::Buffers;
use crate::exchange::Exchange;
use crate::failures::{Phase as At, Reason};
use crate::protocol::{Cx, Flow, Protocol};
use crate::transport::Transport;

impl<T: Transport, P: Protocol> Connection<T, P> {
    /// Octets have arrived.
    #[inline]
    pub(crate) fn receive<A: Application>(
        &mut self,
        wire: &mut [u8],
        cx: &mut Cx<'_, A>,
        reply: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<(), ()> {
        if self.phase == Phase::Lingering || matches!(self.protocol.flow(), Flow::End | Flow::Done)
        {
            return Ok(()); // Read only so that the peer can go on; nobody wants it.
        }
        self.arrived += wire.len() as u64;
        if self.sealed.is_empty() {
            let opened = self.open(wire, cx, reply, buffers)?;
            self.sealed = buffers.keep(&wire[opened..]);
        } else {
            let mut sealed = std::mem::take(&mut self.sealed);
            buffers.append(&mut sealed, wire);
            let opened = self.open(&mut sealed, cx, reply, buffers);
            buffers.consume(&mut sealed, *opened.as_ref().unwrap_or(&usize::MAX));
            self.sealed = sealed;
            opened?;
        }
        Ok(())
    }

    #[inline]
    fn open<A: Application>(
        &mut self,
        wire: &mut [u8],
        cx: &mut Cx<'_, A>,
        reply: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<usize, ()> {
        let mut at = 0;
        while at < wire.len() {
            let opened = self.transport.open(&mut wire[at..], reply).map_err(|_| ())?;
            if opened.consumed == 0 {
                break;
            }
            at += opened.consumed;
            if let Some(source) = self.transport.source() {
                cx.peer = Some(source);
            }
            if !opened.plain.is_empty() {
                self.read(opened.plain, cx, buffers);
            }
        }
        Ok(at)
    }

    #[inline]
    fn read<A: Application>(
        &mut self,
        plain: &mut [u8],
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
    ) {
        let open = self.protocol.flow() == Flow::More;
        if open && self.inbox.is_empty() {
            let consumed = self.protocol.receive(plain, cx);
            self.inbox = buffers.keep(&plain[consumed..]);
        } else {
            buffers.append(&mut self.inbox, plain);
            if open {
                self.resume(cx, buffers);
            }
        }
    }

    /// Lets the protocol go on with what it has: its budget is fresh, there is room, an answer came.
    pub(crate) fn resume<A: Application>(&mut self, cx: &mut Cx<'_, A>, buffers: &mut Buffers) {
        let mut inbox = std::mem::take(&mut self.inbox);
        let consumed = self.protocol.receive(&mut inbox, cx);
        buffers.consume(&mut inbox, consumed);
        self.inbox = inbox;
    }

    /// Lends an open exchange to `call`; `false` if there is none with this number (any more).
    pub(crate) fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        buffers: &mut Buffers,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        let known = self.protocol.lend(number, cx, call);
        self.resume(cx, buffers);
        known
    }

    /// The peer has ended its direction.
    pub(crate) fn end_of_stream(&mut self) {
        self.phase = match self.phase {
            Phase::Serving => Phase::HalfClosed,
            Phase::Lingering => Phase::Over,
            phase => phase,
        };
    }

    /// Whether the protocol must still be told of the end.
    #[inline]
    pub(crate) fn has_untold_end(&self) -> bool {
        self.phase == Phase::HalfClosed
    }

    /// Tells the protocol of the end of the stream, once it has read all that came before.
    pub(crate) fn pass_end_on<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if self.phase == Phase::HalfClosed && matches!(self.protocol.flow(), Flow::More) {
            self.phase = Phase::HalfClosedTold;
            if self.transport.opening() && !self.sealed.is_empty() {
                cx.fail(Reason::Incomplete, At::Handshake);
            }
            self.protocol.end_of_stream(self.inbox.len() + self.sealed.len(), cx);
        }
    }
}
