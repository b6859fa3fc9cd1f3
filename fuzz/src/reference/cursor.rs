//! A walk over octets, which ends early where they do or where they are wrong.

use nova_http1::Fault;

use super::Faults;

/// Why a walk ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The octets are over; what there is may be the beginning of something.
    Incomplete,
    /// Nothing begins like this.
    Refused(Faults),
}

impl Stop {
    /// Refused for one reason.
    pub const fn because(fault: Fault) -> Self {
        Self::Refused(Faults::one(fault))
    }

    /// Refused, and either reason will do.
    pub const fn either(one: Fault, other: Fault) -> Self {
        Self::Refused(Faults::one(one).or(other))
    }
}

/// Where the walk is.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    /// All octets.
    pub octets: &'a [u8],
    /// The place of the next one.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// A walk from the first octet on.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    /// The next octet, which stays.
    ///
    /// # Errors
    /// There is none.
    pub fn peek(&self) -> Result<u8, Stop> {
        self.octets.get(self.at).copied().ok_or(Stop::Incomplete)
    }

    /// The next octet.
    ///
    /// # Errors
    /// There is none.
    pub fn take(&mut self) -> Result<u8, Stop> {
        let octet = self.peek()?;
        self.at += 1;
        Ok(octet)
    }

    /// The next octet, which must be this one; the walk stays at another one.
    ///
    /// # Errors
    /// There is none, or it is another one.
    pub fn expect(&mut self, octet: u8, otherwise: Stop) -> Result<(), Stop> {
        if self.peek()? != octet {
            return Err(otherwise);
        }
        self.at += 1;
        Ok(())
    }

    /// The octets from here on that are members; perhaps none.
    pub fn run(&mut self, member: impl Fn(u8) -> bool) -> &'a [u8] {
        let from = self.at;
        while self.octets.get(self.at).is_some_and(|&octet| member(octet)) {
            self.at += 1;
        }
        &self.octets[from..self.at]
    }

    /// Whether all octets were walked over.
    pub const fn is_done(&self) -> bool {
        self.at >= self.octets.len()
    }
}
