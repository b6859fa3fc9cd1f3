//! The way out: from the worker's buffers to the driver, and what waits for the peer.

use std::io::IoSlice;

use nova_io::{Driver, Failure, Key};

use super::Connection;
use crate::application::Application;
use crate::buffers::Buffers;
use crate::limits::Limits;
use crate::out::Out;
use crate::protocol::{Cx, Protocol};
use crate::spill::{send_out, send_slices};
use crate::transport::Transport;

impl<T: Transport, P: Protocol> Connection<T, P> {
    /// Sends what this call has produced; what does not leave now spills.
    #[inline]
    pub(crate) fn flush<D: Driver>(
        &mut self,
        key: Key,
        driver: &mut D,
        out: &mut Out,
        wire: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<usize, Failure> {
        if out.is_empty() && wire.is_empty() {
            return Ok(0);
        }
        let roomy = self.unsent() == 0;
        let mut sent = 0;
        if out.is_flat() || self.transport.seals() {
            out.flatten();
            let octets = self.transport.seal(out, wire);
            if roomy {
                sent = driver.send(key, octets)?;
            }
            if sent < octets.len() {
                self.spill.put(&octets[sent..], buffers);
            }
        } else {
            if roomy {
                sent = send_out(key, driver, out)?;
            }
            self.spill.put_rest(out, sent, buffers);
        }
        out.clear();
        wire.clear();
        Ok(sent)
    }

    /// As `flush`, and behind it octets that somebody lends for this call: they are copied only if they do
    /// not leave now, or if the transport must see them.
    pub(crate) fn flush_lending<D: Driver>(
        &mut self,
        key: Key,
        driver: &mut D,
        out: &mut Out,
        lent: &[IoSlice<'_>],
        wire: &mut Vec<u8>,
        buffers: &mut Buffers,
    ) -> Result<usize, Failure> {
        if self.transport.seals() {
            out.flatten();
            lent.iter().for_each(|octets| out.extend_from_slice(octets));
            return self.flush(key, driver, out, wire, buffers);
        }
        let before = self.flush(key, driver, out, wire, buffers)?;
        let mut sent = 0;
        if self.unsent() == 0 {
            sent = send_slices(key, driver, lent)?;
        }
        let mut left = sent;
        for octets in lent {
            let skipped = left.min(octets.len());
            left -= skipped;
            self.spill.put(&octets[skipped..], buffers);
        }
        Ok(before + sent)
    }

    /// There is room again: sends what has spilled.
    pub(crate) fn send_spill<D: Driver>(
        &mut self,
        key: Key,
        driver: &mut D,
        buffers: &mut Buffers,
    ) -> Result<usize, Failure> {
        self.spill.send(key, driver, buffers)
    }

    /// Lets an exchange that writes in pieces go on, if there is room.
    #[inline]
    pub(crate) fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>, buffers: &mut Buffers) {
        if self.protocol.wants_room() && self.roomy(&cx.tools.limits) {
            self.protocol.writable(cx);
            self.resume(cx, buffers);
        }
    }

    /// Whether so little is unsent that more can be made.
    pub(super) fn roomy(&self, limits: &Limits) -> bool {
        self.unsent() <= limits.unsent_bytes / 4
    }
}
