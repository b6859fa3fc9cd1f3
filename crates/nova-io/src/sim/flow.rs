//! One direction of a connection: octets in order, and perhaps an end.

/// How a direction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// FIN: all octets before it count.
    Fin,
    /// RST: the connection is gone.
    Reset,
}

/// Octets that were written, some of which have arrived; then perhaps an end, which may also still
/// be under way.
#[derive(Debug, Default)]
pub(super) struct Flow {
    octets: Vec<u8>,
    /// Octets before this place have been taken.
    taken: usize,
    /// Octets before this place have arrived.
    arrived: usize,
    end: Option<End>,
    end_arrived: bool,
}

impl Flow {
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Ends the flow. A reset may follow a FIN, nothing else follows anything.
    pub(super) fn finish(&mut self, end: End) {
        match self.end {
            None => self.end = Some(end),
            Some(End::Fin) if end == End::Reset => {
                self.end = Some(end);
                self.end_arrived = false;
            }
            Some(_) => {}
        }
    }

    /// What has not been taken, arrived or not.
    pub(super) fn left(&self) -> &[u8] {
        &self.octets[self.taken..]
    }

    /// Forgets what has not been taken.
    pub(super) fn discard(&mut self) {
        self.octets.clear();
        self.taken = 0;
        self.arrived = 0;
    }

    /// Forgets what has not arrived.
    pub(super) fn lose_under_way(&mut self) {
        self.octets.truncate(self.arrived);
    }

    /// Octets that have not been taken, arrived or not.
    pub(super) const fn len(&self) -> usize {
        self.octets.len() - self.taken
    }

    /// Octets that could be taken.
    pub(super) const fn ready(&self) -> usize {
        self.arrived - self.taken
    }

    /// Octets that have not arrived.
    pub(super) const fn under_way(&self) -> usize {
        self.octets.len() - self.arrived
    }

    /// How it ends, known to the sender.
    pub(super) const fn end(&self) -> Option<End> {
        self.end
    }

    /// How it ends, if the end has arrived.
    pub(super) const fn end_seen(&self) -> Option<End> {
        if self.end_arrived { self.end } else { None }
    }

    /// Whether anything has not arrived.
    pub(super) const fn is_moving(&self) -> bool {
        self.under_way() > 0 || (self.end.is_some() && !self.end_arrived)
    }

    pub(super) fn arrive(&mut self, octets: usize) {
        self.arrived += octets.min(self.under_way());
    }

    /// Everything arrives, the end included.
    pub(super) fn arrive_all(&mut self) {
        self.arrived = self.octets.len();
        self.end_arrived = self.end.is_some();
    }

    pub(super) const fn end_arrives(&mut self) {
        self.end_arrived = self.end.is_some();
    }

    /// The next `octets` of those that have arrived.
    pub(super) fn take(&mut self, octets: usize) -> Taken<'_> {
        let from = self.taken;
        self.taken = self.arrived.min(from + octets);
        Taken { flow: self, from }
    }
}

/// Octets on their way out of a flow, which tidies up afterwards.
pub(super) struct Taken<'a> {
    flow: &'a mut Flow,
    from: usize,
}

impl Taken<'_> {
    pub(super) fn octets(&self) -> &[u8] {
        &self.flow.octets[self.from..self.flow.taken]
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let flow = &mut *self.flow;
        if flow.taken == flow.octets.len() {
            // The usual case keeps the memory for the next message.
            flow.discard();
        } else if flow.taken >= flow.octets.len() / 2 {
            // Moving half of what is left of the memory costs no more than writing it did.
            flow.octets.drain(..flow.taken);
            flow.arrived -= flow.taken;
            flow.taken = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_come_out_as_they_went_in() {
        // Whatever the pieces, the order holds and nothing is taken before it has arrived.
        let mut flow = Flow::default();
        flow.push(b"abcdef");
        flow.finish(End::Fin);
        assert_eq!((flow.ready(), flow.under_way()), (0, 6));
        flow.arrive(4);
        assert_eq!(flow.take(3).octets(), b"abc");
        assert_eq!(flow.take(9).octets(), b"d");
        assert_eq!(flow.end_seen(), None);
        flow.arrive_all();
        assert_eq!(flow.take(9).octets(), b"ef");
        assert_eq!(flow.end_seen(), Some(End::Fin));
    }
}
