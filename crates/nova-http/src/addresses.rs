//! How many connections each client address has, over all workers.
//!
//! Counted only where [`Limits::connections_per_address`](crate::Limits) bounds them, since the table
//! is shared by all workers: one lock for each connection, none for a request. It has an entry for
//! each address that is connected, and so no more than there are connections.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Connections by address.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    limit: Option<usize>,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

impl Addresses {
    /// A table that allows `limit` connections for an address; `usize::MAX`: does not count.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: (limit != usize::MAX).then_some(limit), counts: Mutex::default() }
    }

    /// How many addresses have connections.
    pub(crate) fn len(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether it counts at all.
    pub(crate) fn counts(&self) -> bool {
        self.limit.is_some()
    }

    /// Counts one more connection; `false` if that is one too many, and it is not counted.
    pub(crate) fn admit(&self, address: IpAddr) -> bool {
        let Some(limit) = self.limit else { return true };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address.to_canonical()).or_default();
        if *count >= limit {
            return false;
        }
        *count += 1;
        true
    }

    /// A connection that was admitted has ended.
    pub(crate) fn ended(&self, address: IpAddr) {
        if self.limit.is_none() {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let address = address.to_canonical();
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address gets so many connections and no more; one that has ended makes room; an IPv4
    /// address that comes over IPv6 is the same address; nothing is kept of who is not there.
    #[test]
    fn addresses_are_counted_while_they_are_there() {
        let addresses = Addresses::new(2);
        let (four, mapped): (IpAddr, IpAddr) =
            ("192.0.2.1".parse().unwrap(), "::ffff:192.0.2.1".parse().unwrap());
        assert!(addresses.admit(four) && addresses.admit(mapped) && !addresses.admit(four));
        assert!(addresses.admit("192.0.2.2".parse().unwrap()));
        addresses.ended(mapped);
        assert!(addresses.admit(four));
        for address in [four, four, "192.0.2.2".parse().unwrap()] {
            addresses.ended(address);
        }
        assert!(addresses.counts.lock().unwrap().is_empty());
    }
}
